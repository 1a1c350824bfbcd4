import { CodedError } from '../errors.ts';
import type { Owner, Run, RunSummary } from '../store/run.ts';
import type { RunStore } from '../store/run-store.ts';
import type { Sweep } from '../store/sweep.ts';
import type { SweepStore } from '../store/sweep-store.ts';
import type { Grid } from './grid.ts';
import { stoppedEarlySentence, stoppedWaitingSentence } from './sentences.ts';
import { decide, rungOf } from './successive-halving.ts';
import type { TrainingService } from './training-service.ts';
import { isPaused, isUnderWay, ranked, type SweepState, sweepState } from './trials.ts';

export interface SweepServiceOptions {
  readonly store: RunStore;
  readonly sweeps: SweepStore;
  readonly training: TrainingService;
}

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

  constructor({ store, sweeps, training }: SweepServiceOptions) {
    this.#store = store;
    this.#sweeps = sweeps;
    this.#training = training;
  }

  /** To be called once, before training starts: what the server's end left undone is done. */
  start(): void {
    for (const id of this.#sweeps.waiting()) this.#advance(id);
    this.#training.on('run', ({ sweepId, endedAt }: Run) => {
      if (sweepId !== null && endedAt !== null) this.#advance(sweepId);
    });
  }

  /**
   * Queues all trials of a grid.
   *
   * @param halving stop those that fall behind after 1, 2, 4, … epochs
   */
  create(
    { settings, axes, trials }: Grid,
    { halving, owner = null }: { readonly halving: boolean; readonly owner?: Owner | null },
  ): SweepStanding {
    const pauseAfter = halving ? rungOf(trials) : null;
    const { id } = this.#sweeps.create({ settings, axes, halving, owner }, (sweepId) => {
      for (const trial of trials) this.#store.create(trial, { owner, sweepId, pauseAfter });
    });
    this.#training.begin(this.#store.ofSweep(id).map((trial) => trial.id));
    return this.get(id)!;
  }

  /** Null when there is none. */
  get(id: number): SweepStanding | null {
    const sweep = this.#sweeps.get(id);
    return sweep && this.#standing(sweep);
  }

  /** Newest first. */
  list(limit: number): SweepStanding[] {
    return this.#sweeps.list(limit).map((sweep) => this.#standing(sweep));
  }

  /** Stops all trials that have not ended: those that wait at once, the running one after the batch it is at. */
  stop(id: number): void {
    const trials = this.#store.ofSweep(id);
    for (const trial of trials.filter(isPaused)) {
      this.#sweeps.stopWaiting(trial.id, stoppedWaitingSentence(trial.bestEpoch));
    }
    // Before the first one ends: none may go on in the place of one that was stopped.
    this.#sweeps.letGo(id);
    for (const trial of trials.filter(isUnderWay)) this.#training.stop(trial.id);
  }

  /**
   * Forgets a sweep. Its runs stay, with their weights.
   *
   * @throws CodedError 409 while it goes on
   */
  delete(id: number): void {
    const state = sweepState(this.#store.ofSweep(id));
    if (state === 'queued' || state === 'running') {
      const message = `Sweep ${id} is ${state}: stop it before you delete it.`;
      throw new CodedError({ code: 'SWEEP_GOES_ON', status: 409, message });
    }
    this.#sweeps.delete(id);
  }

  #advance(id: number): void {
    const { stop, resume } = decide(this.#store.ofSweep(id).map((trial) => this.#store.get(trial.id)!));
    for (const { id, better, compared, epochs } of stop) {
      this.#sweeps.stopEarly(id, stoppedEarlySentence(better, compared, epochs));
    }
    for (const { id, pauseAfter } of resume) this.#training.resume(id, pauseAfter);
  }

  #standing(sweep: Sweep): SweepStanding {
    const runs = this.#store.ofSweep(sweep.id);
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
