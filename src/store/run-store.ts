import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { CorrectionReach } from '../corrections/correction.ts';
import type {
  LearntCorrections,
  Owner,
  Parent,
  Run,
  RunLabel,
  RunModel,
  RunState,
  RunSummary,
  Service,
} from '../runs/run.ts';
import { hitsOf } from '../statistics/answers.ts';
import type { Checkpoint, FitStart } from '../training/checkpoint.ts';
import type { Ending } from '../training/ending.ts';
import type { Epoch } from '../training/epoch.ts';
import type { Settings } from '../training/settings.ts';
import { CheckpointStore } from './checkpoint-store.ts';
import { transaction } from './migrations.ts';
import { bytes, type Row, toEpoch, toFloats, toService, toSummary } from './rows.ts';
import { listRuns, type RunPage, type RunQuery } from './run-list.ts';
import { RUN_STATEMENTS } from './run-statements.ts';
import { prepareAll } from './statements.ts';

/** What a run begins with, when not with new weights on inputs of 0–1, and who wants it. */
export interface RunStart {
  /** What a pixel byte is multiplied with, kept with the weights. */
  readonly inputScale?: number;
  /** [P] initial weights and where they come from. */
  readonly from?: { readonly weights: Float32Array; readonly parent: Omit<Parent, 'epochs'> };
  /** A kept checkpoint of another run: its epochs until then become this one's. */
  readonly fork?: Fork;
  readonly owner?: Owner | null;
  /** Whose corrections it learns from, if its settings want any: by default everybody's. A fork's are its parent's. */
  readonly corrections?: CorrectionReach;
  readonly sweepId?: number | null;
  readonly pauseAfter?: number | null;
  /** Does it go into service when it ends? Null for the server's rule. */
  readonly serve?: boolean | null;
}

export interface Fork {
  readonly runId: number;
  /** The last one that is taken over. */
  readonly epoch: number;
  /** What goes on as it was there; else the optimizer or the random numbers begin afresh. */
  readonly keeps: { readonly slots: boolean; readonly random: boolean };
  /** Patience counts the epochs behind this one; left out, only those of the fork itself. */
  readonly patienceFrom?: number;
}

/** Runs, their epochs and checkpoints, and which run is serving. One writer: the thread that answers. */
export class RunStore {
  readonly checkpoints: CheckpointStore;
  readonly #db: DatabaseSync;
  readonly #statements: Readonly<Record<keyof typeof RUN_STATEMENTS, StatementSync>>;

  /** @param db from `openDatabase`; the store closes it */
  constructor(db: DatabaseSync) {
    this.#db = db;
    this.checkpoints = new CheckpointStore(db);
    this.#statements = prepareAll(db, RUN_STATEMENTS);
  }

  /** A new queued run. */
  create(settings: Settings, start: RunStart = {}): Run {
    const {
      inputScale = 1 / 255,
      from,
      fork,
      owner,
      sweepId = null,
      pauseAfter = null,
      serve = null,
    } = start;
    const corrections = this.#learntCorrections(settings, start);
    const statements = this.#statements;
    return transaction(this.#db, () => {
      const { lastInsertRowid } = statements.create.run(
        JSON.stringify(settings),
        fork ? this.inputScale(fork.runId) : inputScale,
        now(),
        owner?.id ?? null,
        owner?.name ?? null,
        corrections && JSON.stringify(corrections),
        sweepId,
        pauseAfter,
        flag(serve),
      );
      const id = Number(lastInsertRowid);
      if (from) {
        const { name, runId, epoch } = from.parent;
        statements.createStart.run(id, bytes(from.weights), 0, 0, name, runId, epoch);
      }
      if (fork) this.#inherit(id, fork);
      this.checkpoints.thin();
      return this.get(id)!;
    });
  }

  get(id: number): Run | null {
    const summary = this.summary(id);
    return summary && this.#withEpochs(summary);
  }

  summary(id: number): RunSummary | null {
    const row = this.#statements.get.get(id);
    return row === undefined ? null : toSummary(row);
  }

  /** A page of the runs that are asked for; without a question the newest first. */
  list(query: RunQuery = {}): RunPage {
    return listRuns(this.#db, query);
  }

  /** Oldest first. */
  inState(state: RunState): RunSummary[] {
    return this.#statements.inState.all(state).map(toSummary);
  }

  /** Trials of a sweep, in the order in which they were asked for. */
  ofSweep(sweepId: number): RunSummary[] {
    return this.#statements.ofSweep.all(sweepId).map(toSummary);
  }

  /** Runs that began with a run's weights or epochs, oldest first. */
  children(id: number): RunSummary[] {
    return this.#statements.children.all(id).map(toSummary);
  }

  /** Runs that wait: queued ones, and interrupted ones that go on by themselves. Oldest first. */
  waiting(): RunSummary[] {
    return this.#statements.waiting.all().map(toSummary);
  }

  /** When each owner's turn was last: owner's id ('' for nobody's) → ISO 8601. */
  lastTurns(): Map<string, string> {
    const rows = this.#statements.lastTurns.all();
    return new Map(
      rows.map(({ owner, started_at }) => [(owner as string | null) ?? '', started_at as string]),
    );
  }

  /** The run that a page shows when none is asked for: the running one, else the newest. */
  shown(): Run | null {
    const row = this.#statements.shown.get();
    return row === undefined ? null : this.#withEpochs(toSummary(row));
  }

  /** Wall time of the epoch stored last of the newest run that has any of its own. */
  latestEpochSeconds(): number | null {
    return (this.#statements.latestEpochSeconds.get()?.seconds as number | undefined) ?? null;
  }

  /** Begins a run, or goes on with it. */
  markRunning(id: number): void {
    this.#statements.markRunning.run(now(), id);
  }

  /** Puts a run that has ended back into the queue. Its epochs and checkpoints stay, until it runs also its test. */
  requeue(id: number, pauseAfter: number | null = null): void {
    this.#statements.requeue.run(pauseAfter, id);
  }

  /** Ends a run that waits, as it is. */
  stopWaiting(id: number, reason: string): void {
    this.#statements.stopWaiting.run(reason, now(), id);
  }

  /** What the run's next epoch needs. */
  fitStart(id: number): FitStart {
    const { epochs, bestEpoch, pauseAfter, parent } = this.get(id)!;
    const given = this.#statements.startWeights.get(id)?.weights ?? null;
    const start = {
      ...(given !== null && { weights: toFloats(given) }),
      ...(pauseAfter !== null && { pauseAfter }),
    };
    const last = epochs.at(-1);
    if (!last) return start;
    const done = {
      valLosses: epochs.map(({ val_loss }) => val_loss),
      checkpoint: this.checkpoints.get(id, last.epoch)!,
      bestWeights: this.checkpoints.get(id, bestEpoch!)!.weights,
      seconds: epochs.slice(parent?.epochs ?? 0).reduce((sum, { seconds }) => sum + seconds, 0),
      patienceFrom: this.patienceFrom(id),
    };
    return { ...start, done };
  }

  /** The epoch behind which this run's patience counts; 0 for all of its epochs. */
  patienceFrom(id: number): number {
    return (this.#statements.patienceFrom.get(id)?.patience_from as number | undefined) ?? 0;
  }

  /** What a pixel byte is multiplied with before this run's network sees it. */
  inputScale(id: number): number {
    return this.#statements.inputScale.get(id)!.input_scale as number;
  }

  /** Keeps an epoch with its checkpoint. */
  addEpoch(id: number, epoch: Epoch, checkpoint: Checkpoint, isBest: boolean): void {
    const { loss, accuracy, val_loss, val_accuracy, seconds } = epoch;
    const statements = this.#statements;
    transaction(this.#db, () => {
      statements.addEpoch.run(id, epoch.epoch, loss, accuracy, val_loss, val_accuracy, seconds);
      this.checkpoints.add(id, epoch.epoch, checkpoint);
      statements.resetAttempts.run(id);
      if (isBest) statements.setBestEpoch.run(epoch.epoch, id);
    });
  }

  end(id: number, ending: Ending): void {
    const { state, reason, test = null, temperature = null, resumes = false, comparisons = [] } = ending;
    const { loss = null, accuracy = null, answers = null } = test ?? {};
    transaction(this.#db, () => {
      this.#statements.end.run(
        state,
        reason,
        loss,
        accuracy,
        answers,
        temperature,
        resumes ? 1 : 0,
        now(),
        id,
      );
      this.#statements.setComparisons.run(JSON.stringify(comparisons), id);
    });
  }

  /**
   * Which test images a run reads; null until it was tested.
   *
   * @param labels [N] of the test images
   * @returns [N] 1 for each that it reads right, 0 for each other
   */
  testHits(id: number, labels: Uint8Array): Uint8Array | null {
    const { test_answers = null, test_hits = null } = this.#statements.tests.get(id) ?? {};
    if (test_answers !== null) return hitsOf(test_answers as Uint8Array, labels);
    return test_hits === null ? null : unpackBits(test_hits as Uint8Array, labels.length);
  }

  /** Keeps what people say about a run; what is left out stays. */
  setLabel(id: number, { name, note, pinned }: Partial<RunLabel>): void {
    const label = { name: name ?? null, note: note ?? null, pinned: flag(pinned ?? null) };
    this.#statements.setLabel.run({ id, ...label });
    if (pinned === false) this.checkpoints.thin();
  }

  /** May it go into service when it ends? Null for the server's rule. */
  setServe(id: number, serve: boolean | null): void {
    this.#statements.setServe.run(flag(serve), id);
  }

  /** For good: with its epochs and checkpoints. */
  delete(id: number): void {
    this.#statements.delete.run(id);
  }

  /** How many rows this process has written: another number whenever anything that is stored has changed. */
  changes(): number {
    return this.#statements.changes.get()!.changes as number;
  }

  /** Bytes that the database takes, and those in it that the next runs will use. */
  size(): { readonly bytes: number; readonly free: number } {
    const { page_count, page_size, freelist_count } = this.#statements.size.get() as Record<string, number>;
    return { bytes: page_count * page_size, free: freelist_count * page_size };
  }

  /** Its best weights; null before the first epoch is finished. */
  model(id: number): RunModel | null {
    return this.checkpoints.model(id);
  }

  /**
   * An owner's runs that may read their drawings, the one that ended last first: they finished or were stopped, have
   * weights, and are no trials, no fine-tunes and not kept from it.
   */
  *ownReaders(ownerId: string): Generator<RunSummary> {
    for (const row of this.#statements.ownReaders.iterate(ownerId)) yield toSummary(row);
  }

  /** What recognises; null while nothing was ever put into service. */
  service(): Service | null {
    const row = this.#statements.service.get();
    return row === undefined ? null : toService(row);
  }

  setService({ runId, since, chosenBy, before }: Service): void {
    const beforeRun = before?.kind === 'run' ? before.runId : null;
    this.#statements.setService.run(runId, since, chosenBy, before?.kind ?? null, beforeRun);
  }

  close(): void {
    this.#db.close();
  }

  #withEpochs(summary: RunSummary): Run {
    return { ...summary, epochs: this.#statements.epochs.all(summary.id).map((row: Row) => toEpoch(row)) };
  }

  /** Those there are now; a run that goes on with another one's epochs learns from the same as that one. */
  #learntCorrections(
    { data }: Settings,
    { fork, corrections = 'everybody' }: RunStart,
  ): LearntCorrections | null {
    if (data !== 'corrections' && data !== 'mnist+corrections') return null;
    const inherited = fork && this.summary(fork.runId)?.corrections;
    if (inherited) return inherited;
    const newest = this.#statements.newestCorrection.get()!.id as number;
    return corrections === 'everybody'
      ? { everybody: true, owner: null, newest }
      : { everybody: false, owner: corrections.owner, newest };
  }

  #inherit(id: number, { runId, epoch, keeps, patienceFrom = epoch }: Fork): void {
    const statements = this.#statements;
    statements.createStart.run(id, null, epoch, patienceFrom, `run ${runId}, epoch ${epoch}`, runId, epoch);
    statements.copyEpochs.run(id, runId, epoch);
    const best = statements.lowestEpoch.get(id)!.epoch as number;
    const copied = new Set([epoch, best]);
    this.checkpoints.copy(runId, id, copied);
    // Also of the best one: it may be forked in its turn, with the settings that this fork has.
    for (const one of copied) this.checkpoints.forget(id, one, keeps);
    statements.setBestEpoch.run(best, id);
  }
}

const flag = (value: boolean | null) => (value === null ? null : value ? 1 : 0);

const now = () => new Date().toISOString();

/** The first one lies in the lowest bit of the first byte. */
function unpackBits(bits: Uint8Array, count: number): Uint8Array {
  return Uint8Array.from({ length: count }, (_, i) => (bits[i >> 3] >> (i & 7)) & 1);
}
