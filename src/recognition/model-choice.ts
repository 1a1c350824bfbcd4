/**
 * Which model reads whose drawings.
 *
 * One model is in service: it reads what nobody else is named for. Where everybody may do everything, a run that ends is
 * put into service by itself, unless it only guesses. Where roles exist nothing is: somebody who may has to choose it, and
 * who trained a run has their own drawings read by it.
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
  /** Everybody may do everything, so nobody is bothered by a run that goes into service by itself. */
  readonly isOpen: boolean;
  readonly log: { error(error: unknown, message: string): void };
}

/** The model that was in service before. */
export interface ModelBefore {
  /** How `serve` is told of it. */
  readonly choice: Choice;
  readonly name: string;
  readonly testAccuracy: number | null;
}

/** A run by its number, the model that came with the workbench, or MODEL's file. */
export type Choice = number | 'shipped' | 'file';

/** By what somebody's drawings are read before the model in service. */
export interface OwnReading {
  /** Of their newest run that has ended and reads; null when there is none. */
  readonly model: Model | null;
  /** A newer one that only guesses, and therefore does not read. */
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

  /** Puts MODEL's file into service, else what was in service when the server ended, else the shipped model. */
  async open(): Promise<void> {
    const { store, recognition, shipped, file } = this.#options;
    const service = file === null ? await store.service() : null;
    const run = service?.runId ? await this.#sound(service.runId) : null;
    const model = file ?? run ?? shipped;
    await recognition.serve(model);
    this.#source = model.source;
    // Damaged weights do not keep the server from starting; what was before them no longer matters.
    if (service && (run !== null || service.runId === null)) this.#service = service;
  }

  /** What was in service before the model that is; null when nothing was, or it is no longer there. */
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
   * Puts a model into service: of a run its best weights.
   *
   * @param chosenBy id of the owner who wants it, whose own earlier runs then no longer read their drawings
   * @returns null when there is no such model, or the run has no weights yet
   */
  serve(choice: Choice, chosenBy: string | null = null): Promise<Model | null> {
    // One after another: the model that was asked for last serves.
    const swapped = this.#swap.then(() => this.#swapTo(choice, chosenBy));
    this.#swap = swapped.catch(() => {});
    return swapped;
  }

  /** Hears that a run finished or was stopped, with weights. */
  ended(run: RunSummary): void {
    const { state, pauseAfter, epochsDone } = run;
    // A trial that pauses has not ended.
    if (state === 'stopped' && pauseAfter !== null && epochsDone >= pauseAfter) return;
    if (guesses(run)) return;
    // Who fine-tunes looks first at what was forgotten, who sweeps at the other trials, and then says what is to read.
    const isTried = run.settings.data === 'corrections' || run.sweepId !== null;
    if (!(run.serve ?? (this.#options.isOpen && !isTried))) return;
    this.serve(run.id).catch((error) => {
      this.#options.log.error(error, `Run ${run.id} cannot be put into service`);
    });
  }

  /** Resolves when all models that were put into service, also those of runs that have ended, are. */
  async settled(): Promise<void> {
    // While one swap is waited for, another may be asked for.
    for (let waited: unknown; waited !== this.#swap; await waited) waited = this.#swap;
  }

  /** By what an owner's drawings are read where roles exist. */
  async ownReading(ownerId: string): Promise<OwnReading> {
    const { since, chosenBy } = this.#service;
    let guessing: RunSummary | null = null;
    for await (const run of this.#options.store.ownReaders(ownerId)) {
      // Who has chosen the model in service since wants to be read by it.
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
      // How sure it may be is known of its best weights alone, and at its end.
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
    // Chosen once more, or with another best epoch, it has not taken over from itself.
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
      this.#options.log.error(error, `Run ${runId} cannot read any more: another model does`);
      return null;
    }
  }

  /** Weights never change after an epoch. Those longest unused are forgotten first. */
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
 * Does a run only guess, by the validation images that chose its best epoch?
 *
 * Of a fine-tune, which is validated with some corrections, by the test images.
 */
export function guesses({ settings, bestValAccuracy, testAccuracy }: RunSummary): boolean {
  if (settings.data === 'corrections') {
    return testAccuracy !== null && isGuessing(testAccuracy, TEST_IMAGES, DIGITS.classes);
  }
  return bestValAccuracy !== null && isGuessing(bestValAccuracy, validationCount(settings), DIGITS.classes);
}
