import type { Run } from '../runs/run.ts';
import { decide } from '../runs/successive-halving.ts';
import type { RunStore } from '../store/run-store.ts';
import type { SweepStore } from '../store/sweep-store.ts';
import { stoppedEarlySentence } from '../training/sentences.ts';
import type { Log, TrainingService } from './training-service.ts';

export interface SweepDecisionsOptions {
  readonly store: RunStore;
  readonly sweeps: SweepStore;
  readonly training: TrainingService;
  readonly log: Log;
  /** When the store took nothing, it is asked again after this many milliseconds. */
  readonly retry?: number;
}

const RETRY_MS = 30_000;

/**
 * Lets the trials of sweeps go on or ends them. It remembers nothing: whenever a trial ends, and at the start, it looks at the
 * trials in the store and decides about those that are paused.
 */
export class SweepDecisions {
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

  /** @param options stores of all rooms */
  constructor({ store, sweeps, training, log, retry = RETRY_MS }: SweepDecisionsOptions) {
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
}
