import type { Message } from '../catalogue/catalogue.ts';
import { CodedError } from '../errors.ts';
import type { Grid } from '../runs/grid.ts';
import type { RunSummary } from '../runs/run.ts';
import { isUnderWay } from '../runs/run.ts';
import { rungOf } from '../runs/successive-halving.ts';
import type { Sweep } from '../runs/sweep.ts';
import { ranked, type SweepState, sweepState } from '../runs/trials.ts';
import { creation, type RunStart, type RunStore } from '../store/run-store.ts';
import type { SweepStore } from '../store/sweep-store.ts';
import { stoppedWaitingSentence } from '../training/sentences.ts';
import type { SweepDecisions } from './sweep-decisions.ts';
import type { TrainingService } from './training-service.ts';

export interface SweepServiceOptions {
  /** Of one room, as the sweeps. */
  readonly store: RunStore;
  readonly sweeps: SweepStore;
  readonly training: TrainingService;
  readonly decisions: SweepDecisions;
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

/** A room's grids of settings, queued as one thing and trained by the training service. */
export class SweepService {
  readonly #options: SweepServiceOptions;

  constructor(options: SweepServiceOptions) {
    this.#options = options;
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
    const { id } = await this.#options.sweeps.create(sweep, function* (sweepId, room) {
      const asTrial = { ...start, room, sweepId, pauseAfter };
      const [first, ...others] = trials;
      // Let in as one.
      yield* creation(first, { ...asTrial, ...(admit && { admit }) });
      for (const trial of others) yield* creation(trial, asTrial);
    });
    await this.#options.training.begin((await this.#options.store.ofSweep(id)).map((trial) => trial.id));
    return (await this.get(id))!;
  }

  /** Null when there is none. */
  async get(id: number): Promise<SweepStanding | null> {
    const sweep = await this.#options.sweeps.get(id);
    return sweep && this.#standing(sweep);
  }

  /** Ids of an owner's, or with null of everybody's, oldest first. */
  of(ownerId: string | null): Promise<number[]> {
    return this.#options.sweeps.of(ownerId);
  }

  /** Resolves when no trial of it trains any more. */
  async ended(id: number): Promise<void> {
    for (const trial of await this.#options.store.ofSweep(id)) await this.#options.training.ended(trial.id);
    await this.settled();
  }

  /** Resolves when all trials that ended are decided about. */
  settled(): Promise<void> {
    return this.#options.decisions.settled();
  }

  /** Newest first. */
  async list(limit: number): Promise<SweepStanding[]> {
    return Promise.all((await this.#options.sweeps.list(limit)).map((sweep) => this.#standing(sweep)));
  }

  /** Stops all trials that have not ended: those that wait at once, the running one after the batch it is at. */
  async stop(id: number): Promise<void> {
    // Before the first one ends: none may go on in the place of one that was stopped.
    const stopped = await this.#options.sweeps.letGo(id, stoppedWaitingSentence);
    const trials = await this.#options.store.ofSweep(id);
    for (const trial of trials.filter(isUnderWay)) await this.#options.training.stop(trial.id);
    for (const trial of stopped) await this.#options.training.changed(trial);
  }

  /**
   * Forgets a sweep. Its runs stay, with their weights.
   *
   * @throws CodedError 409 while it goes on
   */
  async delete(id: number): Promise<void> {
    if (await this.#options.sweeps.delete(id)) return;
    const state = sweepState(await this.#options.store.ofSweep(id));
    const message: Message = ['errors.sweepIsStopItBefore', { id, state }];
    throw new CodedError({ code: 'SWEEP_GOES_ON', status: 409, message });
  }

  async #standing(sweep: Sweep): Promise<SweepStanding> {
    const runs = await this.#options.store.ofSweep(sweep.id);
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
