import type { Message } from '../catalogue/catalogue.ts';
import { CodedError } from '../errors.ts';
import type { Grid } from '../runs/grid.ts';
import type { Run, RunSummary } from '../runs/run.ts';
import { isUnderWay } from '../runs/run.ts';
import { decide, rungOf } from '../runs/successive-halving.ts';
import type { Sweep } from '../runs/sweep.ts';
import { ranked, type SweepState, sweepState } from '../runs/trials.ts';
import { creation, type RunStart, type RunStore } from '../store/run-store.ts';
import type { SweepStore } from '../store/sweep-store.ts';
import { stoppedEarlySentence, stoppedWaitingSentence } from '../training/sentences.ts';
import type { Log, TrainingService } from './training-service.ts';

export interface SweepServiceOptions {
  readonly store: RunStore;
  readonly sweeps: SweepStore;
  readonly training: TrainingService;
  readonly log: Log;
  /** When the store took nothing, it is asked again after this many milliseconds. */
  readonly retry?: number;
}

const RETRY_MS = 30_000;

/** A sweep with what its trials say about it. */
export interface SweepStanding {
  readonly sweep: Sweep;
  readonly state: SweepState;
  /** Best first. */
  readonly trials: readonly RunSummary[];
  /** Id of the trial with the lowest val_loss; null before the first epoch. */
  readonly best: number | null;
}

/**
 * Grids of settings, queued as one thing and trained by the training service. It remembers nothing: whenever a trial
 * ends, and at the start, it looks at the trials in the store and lets go on or ends those that are paused.
 */
export class SweepService {
  readonly #store: RunStore;
  readonly #sweeps: SweepStore;
  readonly #training: TrainingService;
  readonly #log: Log;
  readonly #retry: number;
  /** By the sweep's id: those that a fault of the store kept from going on. */
  readonly #retries = new Map<number, NodeJS.Timeout>();
  /** Sweeps that are to go on. */
  readonly #due = new Set<number>();
  #isAdvancing = false;
  #advancing: Promise<void> = Promise.resolve();

  constructor({ store, sweeps, training, log, retry = RETRY_MS }: SweepServiceOptions) {
    this.#store = store;
    this.#sweeps = sweeps;
    this.#training = training;
    this.#log = log;
    this.#retry = retry;
  }

  /** To be called once, before training starts: what the server's end left undone is done. */
  async start(): Promise<void> {
    for (const id of await this.#sweeps.waiting()) await this.#goOn(id);
    this.#training.on('run', async ({ sweepId, endedAt }: Run) => {
      if (sweepId !== null && endedAt !== null) await this.#goOn(sweepId);
    });
  }

  /** Resolves when all trials that ended are decided about. */
  async settled(): Promise<void> {
    await this.#advancing;
  }

  /** Before the store is closed. */
  close(): void {
    for (const timer of this.#retries.values()) clearTimeout(timer);
    this.#retries.clear();
  }

  /**
   * Queues all trials of a grid.
   *
   * @param halving stop those that fall behind after 1, 2, 4, … epochs
   */
  async create(
    { settings, axes, trials }: Grid,
    {
      halving,
      admit,
      ...start
    }: { readonly halving: boolean } & Pick<RunStart, 'owner' | 'corrections' | 'admit'>,
  ): Promise<SweepStanding> {
    const pauseAfter = halving ? rungOf(trials) : null;
    const sweep = { settings, axes, halving, owner: start.owner ?? null };
    const { id } = await this.#sweeps.create(sweep, function* (sweepId) {
      const asTrial = { ...start, sweepId, pauseAfter };
      const [first, ...others] = trials;
      // Let in as one.
      yield* creation(first, { ...asTrial, ...(admit && { admit }) });
      for (const trial of others) yield* creation(trial, asTrial);
    });
    await this.#training.begin((await this.#store.ofSweep(id)).map((trial) => trial.id));
    return (await this.get(id))!;
  }

  /** Null when there is none. */
  async get(id: number): Promise<SweepStanding | null> {
    const sweep = await this.#sweeps.get(id);
    return sweep && this.#standing(sweep);
  }

  /** Ids of an owner's, oldest first. */
  of(ownerId: string): Promise<number[]> {
    return this.#sweeps.of(ownerId);
  }

  /** Resolves when no trial of it trains any more. */
  async ended(id: number): Promise<void> {
    for (const trial of await this.#store.ofSweep(id)) await this.#training.ended(trial.id);
    await this.settled();
  }

  /** Newest first. */
  async list(limit: number): Promise<SweepStanding[]> {
    return Promise.all((await this.#sweeps.list(limit)).map((sweep) => this.#standing(sweep)));
  }

  /** Stops all trials that have not ended: those that wait at once, the running one after the batch it is at. */
  async stop(id: number): Promise<void> {
    // Before the first one ends: none may go on in the place of one that was stopped.
    const stopped = await this.#sweeps.letGo(id, stoppedWaitingSentence);
    const trials = await this.#store.ofSweep(id);
    for (const trial of trials.filter(isUnderWay)) await this.#training.stop(trial.id);
    for (const trial of stopped) await this.#training.changed(trial);
  }

  /**
   * Forgets a sweep. Its runs stay, with their weights.
   *
   * @throws CodedError 409 while it goes on
   */
  async delete(id: number): Promise<void> {
    if (await this.#sweeps.delete(id)) return;
    const state = sweepState(await this.#store.ofSweep(id));
    const message: Message = ['errors.sweepIsStopItBefore', { id, state }];
    throw new CodedError({ code: 'SWEEP_GOES_ON', status: 409, message });
  }

  /** Lets its trials go on, now or when the store can be asked again. Never throws: its trials would wait for ever. */
  #goOn(id: number): Promise<void> {
    this.#due.add(id);
    // What it does to trials it hears of amid it: those of a loop, not of a recursion.
    if (this.#isAdvancing) return Promise.resolve();
    this.#isAdvancing = true;
    this.#advancing = this.#advanceDue();
    return this.#advancing;
  }

  async #advanceDue(): Promise<void> {
    for (const due of this.#due) {
      this.#due.delete(due);
      clearTimeout(this.#retries.get(due));
      this.#retries.delete(due);
      try {
        await this.#advance(due);
      } catch (error) {
        this.#log.error({ err: error, sweep: due }, `Sweep ${due} cannot go on: tried again`);
        this.#retries.set(due, setTimeout(() => void this.#goOn(due), this.#retry).unref());
      }
    }
    this.#isAdvancing = false;
  }

  async #advance(id: number): Promise<void> {
    const trials = await this.#store.ofSweep(id);
    const runs = await Promise.all(trials.map((trial) => this.#store.get(trial.id)));
    const { stop, resume } = decide(runs as Run[]);
    for (const { id, better, compared, epochs } of stop) {
      const isStopped = await this.#sweeps.stopEarly(id, stoppedEarlySentence(better, compared, epochs));
      if (isStopped) await this.#training.changed(id);
    }
    for (const { id, pauseAfter } of resume) await this.#training.unpause(id, pauseAfter);
  }

  async #standing(sweep: Sweep): Promise<SweepStanding> {
    const runs = await this.#store.ofSweep(sweep.id);
    const trials = ranked(runs);
    const [first] = trials;
    return {
      sweep,
      state: sweepState(runs),
      trials,
      best: first === undefined || first.bestValLoss === null ? null : first.id,
    };
  }
}
