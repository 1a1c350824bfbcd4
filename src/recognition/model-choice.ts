/**
 * Which model reads whose drawings.
 *
 * One model is in service: it reads everything for which no other model is named. Where everybody may do everything, a run
 * that ends is put into service automatically unless it is only guessing. Where roles exist an admin has to choose it, and
 * users' own runs read their own drawings.
 */
import { isDeepStrictEqual } from 'node:util';
import { TEST_IMAGES } from '../datasets/mnist.ts';
import { validationCount } from '../datasets/split.ts';
import { DIGITS } from '../network/lenet5.ts';
import type { RunModel, RunSummary, Service, ServiceBefore } from '../runs/run.ts';
import { isGuessing } from '../statistics/guessing.ts';
import type { RunStore } from '../store/run-store.ts';
import { type Model, type ModelSource, modelName } from './model.ts';
import type { RecognitionService } from './recognition-service.ts';

export interface ModelChoiceOptions {
  readonly store: RunStore;
  readonly recognition: Pick<RecognitionService, 'serve' | 'serving'>;
  readonly shipped: Model;
  /** The model that MODEL names, if any. */
  readonly file: Model | null;
  /** Does every start put that one into service? Else only while no other was ever chosen. */
  readonly beginsWithFile: boolean;
  /** Everybody may do everything, so a run may go into service automatically. */
  readonly isOpen: boolean;
  readonly log: { error(error: unknown, message: string): void };
}

/** The model that was in service before. */
export interface ModelBefore {
  /** The argument of `serve` for it. */
  readonly choice: Choice;
  readonly name: string;
  readonly testAccuracy: number | null;
}

/** A run by its number, the built-in model, or MODEL's file. */
export type Choice = number | 'shipped' | 'file';

/** A client's own model, which takes precedence over the model in service. */
export interface OwnReading {
  /** That of their newest run that has ended and is not only guessing; null when there is none. */
  readonly model: Model | null;
  /** A newer one that is skipped because it is only guessing. */
  readonly guessing: RunSummary | null;
}

/** Models whose weights are kept in memory, 0.25 MB each: a class of thirty and the runs that are being watched. */
const KEPT_MODELS = 64;

export class ModelChoice {
  readonly #options: ModelChoiceOptions;
  readonly #models = new Map<string, Model>();
  #service: Service = { runId: null, since: now(), chosenBy: null, before: null };
  #source: ModelSource | null = null;
  #swap: Promise<unknown> = Promise.resolve();

  constructor(options: ModelChoiceOptions) {
    this.#options = options;
  }

  /** Puts MODEL's file or the model in service when the server ended into service, else the built-in one. */
  async open(): Promise<void> {
    const { store, recognition, shipped, file, beginsWithFile } = this.#options;
    const service = file !== null && beginsWithFile ? null : await store.service();
    const run = service?.runId ? await this.#sound(service.runId) : null;
    const model = run ?? file ?? shipped;
    await recognition.serve(model);
    this.#source = model.source;
    // Damaged weights do not keep the server from starting; the model before them no longer matters.
    if (service && (run !== null || service.runId === null)) this.#service = service;
  }

  /** The model in service before the current one; null when there was none, or it no longer exists. */
  async before(): Promise<ModelBefore | null> {
    const { store, shipped, file } = this.#options;
    const { before } = this.#service;
    if (before === null) return null;
    if (before.kind === 'run') {
      const run = await store.summary(before.runId);
      if (run === null || run.bestEpoch === null) return null;
      const name = modelName({ source: { kind: 'run', runId: run.id, epoch: run.bestEpoch } });
      return { choice: run.id, name, testAccuracy: run.testAccuracy };
    }
    const model = before.kind === 'file' ? file : shipped;
    return model && { choice: before.kind, name: modelName(model), testAccuracy: model.testAccuracy };
  }

  /**
   * Puts a model into service; for a run, its best weights.
   *
   * @param chosenBy id of the owner who wants it, whose own earlier runs then no longer read their drawings
   * @returns null when there is no such model, or the run has no weights yet
   */
  serve(choice: Choice, chosenBy: string | null = null): Promise<Model | null> {
    // One after another: the last requested model serves.
    const swapped = this.#swap.then(() => this.#swapTo(choice, chosenBy));
    this.#swap = swapped.catch(() => {});
    return swapped;
  }

  /** Called when a run with weights finished or was stopped. */
  ended(run: RunSummary): void {
    const { state, pauseAfter, epochsDone } = run;
    // A trial that pauses has not ended.
    if (state === 'stopped' && pauseAfter !== null && epochsDone >= pauseAfter) return;
    if (guesses(run)) return;
    // After a fine-tune or a sweep, people first compare the results, and then choose the model.
    const isTried = run.settings.data === 'corrections' || run.sweepId !== null;
    if (!(run.serve ?? (this.#options.isOpen && !isTried))) return;
    this.serve(run.id).catch((error) => {
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
    const { since, chosenBy } = this.#service;
    let guessing: RunSummary | null = null;
    for await (const run of this.#options.store.ownReaders(ownerId)) {
      // An owner who has chosen the model in service since then wants to use it.
      if (chosenBy === ownerId && run.endedAt! <= since) break;
      if (guesses(run)) {
        guessing ??= run;
        continue;
      }
      const model = await this.#kept(`${run.id} ${run.bestEpoch}`, () => this.#sound(run.id));
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

  async #chosen(choice: Choice): Promise<Model | null> {
    if (choice === 'shipped') return this.#options.shipped;
    if (choice === 'file') return this.#options.file;
    const weights = await this.#options.store.model(choice);
    return weights && toModel(weights);
  }

  async #swapTo(choice: Choice, chosenBy: string | null): Promise<Model | null> {
    const model = await this.#chosen(choice);
    if (model === null) return null;
    await this.#options.recognition.serve(model);
    const was = this.#source && toBefore(this.#source);
    const is = toBefore(model.source);
    // A run chosen again, or with another best epoch, does not replace itself.
    const before = isDeepStrictEqual(was, is) ? this.#service.before : was;
    const runId = is.kind === 'run' ? is.runId : null;
    this.#service = await this.#options.store.setService({ runId, chosenBy, before });
    this.#source = model.source;
    return model;
  }

  /** A run's best weights; null, and logged, when they are damaged. */
  async #sound(runId: number): Promise<Model | null> {
    try {
      const model = await this.#chosen(runId);
      if (model === null || model.weights.length === DIGITS.parameterCount) return model;
      throw new RangeError(`${model.weights.length} weights instead of ${DIGITS.parameterCount}`);
    } catch (error) {
      this.#options.log.error(error, `Run ${runId} cannot be used any more: another model takes its place`);
      return null;
    }
  }

  /** Weights never change after an epoch. The least recently used are evicted first. */
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

function toBefore(source: ModelSource): ServiceBefore {
  return source.kind === 'run' ? { kind: 'run', runId: source.runId } : { kind: source.kind };
}

const now = () => new Date().toISOString();

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
