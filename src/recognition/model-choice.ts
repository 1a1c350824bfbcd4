/**
 * Which model reads whose drawings.
 *
 * One model is in service: it reads everything for which no other model is named. Where everybody may do everything, a run
 * that ends is put into service automatically unless it is only guessing. Where roles exist an admin has to choose it, and
 * users' own runs read their own drawings.
 */
import { EventEmitter } from 'node:events';
import type { Message } from '../catalogue/catalogue.ts';
import { TEST_IMAGES } from '../datasets/mnist.ts';
import { validationCount } from '../datasets/split.ts';
import { CodedError } from '../errors.ts';
import { DIGITS } from '../network/lenet5.ts';
import type { Owner, RunModel, RunSummary } from '../runs/run.ts';
import { isSameModel, type Service, type ServiceReason } from '../runs/service.ts';
import { isGuessing } from '../statistics/guessing.ts';
import type { RunStore } from '../store/run-store.ts';
import type { ServiceStore } from '../store/service-store.ts';
import { type Model, modelName } from './model.ts';
import { type ModelId, modelId, parseModelId, servedModel } from './model-id.ts';
import type { RecognitionService } from './recognition-service.ts';

export interface ModelChoiceOptions {
  readonly store: RunStore;
  readonly services: ServiceStore;
  readonly recognition: Pick<RecognitionService, 'serve' | 'serving'>;
  readonly shipped: Model;
  /** The model that MODEL names, if any. */
  readonly file: Model | null;
  /** Does every start put that one into service? Else only while no other was ever chosen. */
  readonly beginsWithFile: boolean;
  /** Does a run go into service when it ends? */
  readonly promotes: boolean;
  readonly log: {
    error(error: unknown, message: string): void;
    info(details: object, message: string): void;
  };
}

/** The model that was in service before. */
export interface ModelBefore {
  /** Its id. */
  readonly id: string;
  readonly name: string;
  readonly testAccuracy: number | null;
}

/** How a model comes into service. */
export interface Promotion {
  /** Who wants it; their own earlier runs then no longer read their drawings. */
  readonly by?: Owner | null | undefined;
  readonly reason?: ServiceReason;
  /** Id of the entry of the history that has to be the current one. */
  readonly expected?: number | undefined;
}

/** A client's own model, which takes precedence over the model in service. */
export interface OwnReading {
  /** That of their newest run that has ended and is not only guessing; null when there is none. */
  readonly model: Model | null;
  /** A newer one that is skipped because it is only guessing. */
  readonly guessing: RunSummary | null;
}

/** Events: `service` when another model is in service. */
export interface ModelChoiceEvents {
  service: [service: Service, model: Model];
}

/** Models whose weights are kept in memory, 0.25 MB each: a class of thirty and the runs that are being watched. */
const KEPT_MODELS = 64;
/** Entries of the history among which the model before the current one is looked for. */
const LOOKED_AT = 20;

export class ModelChoice extends EventEmitter<ModelChoiceEvents> {
  readonly #options: ModelChoiceOptions;
  readonly #models = new Map<string, Model>();
  #service: Service | null = null;
  /** What `before` found, until anything is stored: every poll asks for it. */
  #before: { readonly change: number; readonly model: Model | null } | null = null;
  #swap: Promise<unknown> = Promise.resolve();

  constructor(options: ModelChoiceOptions) {
    super();
    this.#options = options;
  }

  /** Puts MODEL's file or the model in service when the server ended into service, else the built-in one. */
  async open(): Promise<void> {
    const { services, recognition, shipped, file, beginsWithFile } = this.#options;
    const current = await services.current();
    const isFiles = file !== null && beginsWithFile;
    const known = current === null || isFiles ? null : await this.#sound(current.model);
    // Damaged weights do not keep the server from starting.
    const model = known ?? file ?? shipped;
    await recognition.serve(model);
    this.#service = (await services.put({ model: servedModel(model), reason: 'started' }))!;
  }

  /** The current entry of the history. Not before `open`. */
  get service(): Service {
    return this.#service!;
  }

  /** The model in service before the current one; null when there was none, or it no longer exists. */
  async before(): Promise<ModelBefore | null> {
    const change = this.#options.store.changes();
    if (this.#before?.change !== change) this.#before = { change, model: await this.#earlier() };
    const { model } = this.#before;
    return model && { id: modelId(model), name: modelName(model), testAccuracy: model.testAccuracy };
  }

  /** Newest first. */
  history(limit: number): Promise<Service[]> {
    return this.#options.services.history(limit);
  }

  /** A model by its id; null when there is none, or its weights are no longer kept. */
  async model(id: string): Promise<Model | null> {
    const wanted = parseModelId(id);
    const { serving } = this.#options.recognition;
    if (serving !== null && modelId(serving) === id) return serving;
    return wanted && this.#chosen(wanted);
  }

  /**
   * Puts a model into service.
   *
   * @param id of the model
   * @returns null when there is no such model, or the run has no weights yet
   * @throws CodedError 412 when another entry of the history than expected is the current one
   */
  serve(id: string | number, promotion: Promotion = {}): Promise<Model | null> {
    return this.#next(async () => {
      const model = await this.model(String(id));
      return model && this.#swapTo(model, promotion);
    });
  }

  /**
   * Puts the model before the current one back into service.
   *
   * @returns null when there is none whose weights are kept
   * @throws CodedError 412
   */
  rollBack(promotion: Omit<Promotion, 'reason'> = {}): Promise<Model | null> {
    return this.#next(async () => {
      const model = await this.#earlier();
      return model && this.#swapTo(model, { ...promotion, reason: 'rolledback' });
    });
  }

  /** Called when a run with weights finished or was stopped. */
  ended(run: RunSummary): void {
    const { state, pauseAfter, epochsDone } = run;
    // A trial that pauses has not ended.
    if (state === 'stopped' && pauseAfter !== null && epochsDone >= pauseAfter) return;
    if (guesses(run)) return;
    // After a fine-tune or a sweep, people first compare the results, and then choose the model.
    const isTried = run.settings.data === 'corrections' || run.sweepId !== null;
    if (!(run.serve ?? (this.#options.promotes && !isTried))) return;
    this.serve(run.id, { by: run.owner, reason: 'trained' }).catch((error) => {
      this.#options.log.error(error, `Run ${run.id} cannot be put into service`);
    });
  }

  /** Resolves when all models that were put into service, also those of runs that have ended, are. */
  async settled(): Promise<void> {
    // While waiting for one swap, another may be requested.
    for (let waited: unknown; waited !== this.#swap; await waited) waited = this.#swap;
  }

  /** The model that reads an owner's drawings where roles exist. */
  async ownReading(ownerId: string): Promise<OwnReading> {
    const { since, chosenBy, reason } = this.service;
    const hasChosen = chosenBy?.id === ownerId && reason !== 'trained';
    let guessing: RunSummary | null = null;
    for await (const run of this.#options.store.ownReaders(ownerId)) {
      // An owner who has chosen the model in service since then wants to use it.
      if (hasChosen && run.endedAt! <= since) break;
      if (guesses(run)) {
        guessing ??= run;
        continue;
      }
      const model = await this.#sound({ kind: 'run', runId: run.id, epoch: run.bestEpoch });
      if (model !== null) return { model, guessing };
    }
    return { model: null, guessing };
  }

  /** A run's weights after an epoch, also while it learns; null when they are not kept. */
  afterEpoch(runId: number, epoch: number): Promise<Model | null> {
    return this.#kept(`${runId} ${epoch} learning`, async () => {
      const weights = await this.#options.store.checkpoints.model(runId, epoch);
      // The temperature is known only for its best weights, and only at its end.
      return weights && { ...toModel(weights), testAccuracy: null, temperature: 1 };
    });
  }

  async #chosen(wanted: ModelId): Promise<Model | null> {
    if (wanted.kind !== 'run') return wanted.kind === 'file' ? this.#options.file : this.#options.shipped;
    const { runId } = wanted;
    const { checkpoints } = this.#options.store;
    const run = await checkpoints.measured(runId);
    const epoch = wanted.epoch ?? run?.bestEpoch;
    if (run === null || epoch == null) return null;
    return this.#kept(`${runId} ${epoch} ${Object.values(run)}`, async () => {
      const weights = await checkpoints.model(runId, epoch);
      return weights && toModel(weights);
    });
  }

  /** The latest model in service that is another one than the current one and can still be had. */
  async #earlier(): Promise<Model | null> {
    const { serving } = this.#options.recognition;
    const is = serving && servedModel(serving);
    for (const { model, isKept } of await this.history(LOOKED_AT)) {
      if (!isKept || (is && isSameModel(model, is))) continue;
      const found = await this.#sound(model);
      if (found !== null) return found;
    }
    return null;
  }

  /** One after another: the last requested model serves. */
  #next<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#swap.then(work);
    this.#swap = done.catch(() => {});
    return done;
  }

  async #swapTo(model: Model, { by, reason = 'chosen', expected }: Promotion): Promise<Model> {
    const { services, recognition, log } = this.#options;
    const before = recognition.serving;
    if (before !== model) await recognition.serve(model);
    const service = await services.put({ model: servedModel(model), reason, by, expected }).catch((error) => {
      if (before) void recognition.serve(before);
      throw error;
    });
    if (service === null) {
      if (before) await recognition.serve(before);
      throw notExpected();
    }
    this.#service = service;
    log.info({ model: modelId(model), service: service.id, reason }, `${modelName(model)} is in service`);
    this.emit('service', service, model);
    return model;
  }

  /** Null, and logged, when its weights are damaged. */
  async #sound(wanted: ModelId): Promise<Model | null> {
    try {
      const model = await this.#chosen(wanted);
      if (model === null || model.weights.length === DIGITS.parameterCount) return model;
      throw new RangeError(`${model.weights.length} weights instead of ${DIGITS.parameterCount}`);
    } catch (error) {
      const { runId } = wanted as { runId?: number };
      this.#options.log.error(error, `Run ${runId} cannot be used any more: another model takes its place`);
      return null;
    }
  }

  /** @param key another one for all that may change: weights never do after an epoch. The least recently used are evicted first. */
  async #kept(key: string, read: () => Promise<Model | null>): Promise<Model | null> {
    const model = this.#models.get(key) ?? (await read());
    if (model === null) return null;
    this.#models.delete(key);
    this.#models.set(key, model);
    if (this.#models.size > KEPT_MODELS) this.#models.delete(this.#models.keys().next().value!);
    return model;
  }
}

function toModel({ runId, epoch, valAccuracy, ...weights }: RunModel): Model {
  return { ...weights, source: { kind: 'run', runId, epoch }, validationAccuracy: valAccuracy };
}

function notExpected(): CodedError {
  const message: Message = ['errors.anotherIsInService'];
  return new CodedError({ code: 'PRECONDITION_FAILED', status: 412, message });
}

/**
 * Is a run only guessing, judged by the validation images that chose its best epoch?
 *
 * A fine-tune, which is validated with some corrections, is judged by the test images.
 */
export function guesses({ settings, bestValAccuracy, testAccuracy }: RunSummary): boolean {
  if (settings.data === 'corrections') {
    return testAccuracy !== null && isGuessing(testAccuracy, TEST_IMAGES, DIGITS.classes);
  }
  return bestValAccuracy !== null && isGuessing(bestValAccuracy, validationCount(settings), DIGITS.classes);
}
