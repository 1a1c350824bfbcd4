import type { CorrectionReach } from '../corrections/correction.ts';
import { CodedError } from '../errors.ts';
import { DEFAULT_ROOM } from '../rooms/room.ts';
import { fairOrder, type Turn } from '../runs/fair-queue.ts';
import type {
  Claim,
  LearntCorrections,
  Owner,
  Parent,
  Run,
  RunLabel,
  RunModel,
  RunState,
  RunSummary,
} from '../runs/run.ts';
import { hitsOf } from '../statistics/answers.ts';
import type { Checkpoint, FitStart } from '../training/checkpoint.ts';
import type { Ending } from '../training/ending.ts';
import type { Epoch } from '../training/epoch.ts';
import type { Settings } from '../training/settings.ts';
import { addCheckpoint, CheckpointStore, copyCheckpoints, thin } from './checkpoint-store.ts';
import type { Database, Row, Transaction, Value } from './database.ts';
import { bytes, toEpoch, toFloats, toSummary } from './rows.ts';
import { listRuns, type RunPage, type RunQuery } from './run-list.ts';
import * as sql from './run-statements.ts';

/** What a run begins with, when not with new weights on inputs of 0–1, and who wants it. */
export interface RunStart {
  /** Id of the room that it belongs to: by default the store's, or the default room. */
  readonly room?: number;
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
  /** Told how many runs are queued before it is; what it throws refuses the run. */
  readonly admit?: (waiting: WaitingCounts) => void;
}

/** How many runs are queued. */
export interface WaitingCounts {
  /** In all rooms. */
  readonly all: number;
  /** In the run's room. */
  readonly room: number;
  /** Of the run's owner there; 0 for nobody's. */
  readonly own: number;
}

/** Chooses the run that is trained next. */
export type Next = (waiting: readonly RunSummary[], turns: readonly Turn[]) => RunSummary | undefined;

export interface Fork {
  readonly runId: number;
  /** The last one that is taken over. */
  readonly epoch: number;
  /** What goes on as it was there; else the optimizer or the random numbers begin afresh. */
  readonly keeps: { readonly slots: boolean; readonly random: boolean };
  /** Patience counts the epochs behind this one; left out, only those of the fork itself. */
  readonly patienceFrom?: number;
}

/** Runs, their epochs and checkpoints: those of all rooms, or of one. */
export class RunStore {
  readonly checkpoints: CheckpointStore;
  readonly #db: Database;
  /** Null for all rooms. */
  readonly #room: number | null;

  /**
   * @param db the store closes it
   * @param room a room's id; null for all rooms
   */
  constructor(db: Database, room: number | null = null) {
    this.#db = db;
    this.#room = room;
    this.checkpoints = new CheckpointStore(db, room);
  }

  /** The same of one room: a run of another room is not there. */
  in(room: number): RunStore {
    return new RunStore(this.#db, room);
  }

  /** A new queued run. */
  async create(settings: Settings, start: RunStart = {}): Promise<Run> {
    const begun = { ...start, room: start.room ?? this.#own };
    const id = await this.#db.transaction(() => creation(settings, begun));
    return (await this.get(id))!;
  }

  async get(id: number): Promise<Run | null> {
    const summary = await this.summary(id);
    return summary && this.#withEpochs(summary);
  }

  async summary(id: number): Promise<RunSummary | null> {
    const [row] = await this.#db.query(sql.GET, [id]);
    if (row === undefined || (this.#room !== null && row.room !== this.#room)) return null;
    return toSummary(row);
  }

  /** A page of the runs that are asked for; without a question the newest first. */
  list(query: RunQuery = {}): Promise<RunPage> {
    return listRuns(this.#db, { room: this.#room ?? undefined, ...query });
  }

  /** Oldest first. */
  inState(state: RunState): Promise<RunSummary[]> {
    return this.#summaries(sql.IN_STATE, state, this.#room);
  }

  /** Trials of a sweep, in the order in which they were asked for. */
  ofSweep(sweepId: number): Promise<RunSummary[]> {
    return this.#summaries(sql.OF_SWEEP, sweepId);
  }

  /** Runs that began with a run's weights or epochs, oldest first. */
  children(id: number): Promise<RunSummary[]> {
    return this.#summaries(sql.CHILDREN, id);
  }

  /** Runs of all rooms that wait: queued ones, and interrupted ones that go on by themselves. Oldest first. */
  waiting(): Promise<RunSummary[]> {
    return this.#summaries(sql.WAITING);
  }

  /** The same, in the order in which they will run. */
  async queue(): Promise<RunSummary[]> {
    const waiting = await this.waiting();
    return waiting.length < 2 ? waiting : fairOrder(waiting, toTurns(await this.#db.query(sql.TURNS)));
  }

  /** How many are queued: all of them, the room's, and an owner's in it. */
  async waitingCounts(ownerId: string | null): Promise<WaitingCounts> {
    const [row] = await this.#db.query(sql.WAITING_COUNTS, [ownerId, this.#own]);
    return row as unknown as WaitingCounts;
  }

  /** The run that a page shows when none is asked for: the running one, else the newest. */
  async shown(): Promise<Run | null> {
    const [row] = await this.#db.query(sql.SHOWN, [this.#own]);
    return row === undefined ? null : this.#withEpochs(toSummary(row));
  }

  /** Wall time of the epoch stored last of the newest run that has any of its own. */
  async latestEpochSeconds(): Promise<number | null> {
    const [row] = await this.#db.query(sql.LATEST_EPOCH_SECONDS);
    return (row?.seconds as number | undefined) ?? null;
  }

  /**
   * Takes the run whose turn it is out of the queue, to be trained by the caller alone.
   *
   * @param next chooses among those of all rooms that wait, oldest first, and the owners' turns
   * @returns it, which is its own claim; null when none waits
   */
  claim(next: Next = (waiting, turns) => fairOrder(waiting, turns)[0]): Promise<RunSummary | null> {
    return this.#db.transaction(() => claiming(next));
  }

  /**
   * Puts a run that was stopped or interrupted back into the queue. Its epochs and checkpoints stay, until it runs also its test.
   *
   * @param pauseAfter the epoch after which it waits again
   * @param options.paused only when it waits for its sweep
   * @returns false when it is neither
   */
  async requeue(id: number, pauseAfter: number | null = null, { paused = false } = {}): Promise<boolean> {
    const rows = await this.#db.query(sql.REQUEUE, [id, pauseAfter, flag(paused)]);
    return rows.length > 0;
  }

  /**
   * Stops a run that is under way: one that waits as it is; one that trains is marked, for its trainer to end it.
   *
   * @param reason of one that waits
   * @returns the state that it is in now; null when it was not under way
   */
  async stop(id: number, reason: string): Promise<RunState | null> {
    const [row] = await this.#db.query(sql.STOP, [id, reason]);
    return (row?.state as RunState | undefined) ?? null;
  }

  /** What the run's next epoch needs. */
  async fitStart(id: number): Promise<FitStart> {
    const { epochs, bestEpoch, pauseAfter, parent } = (await this.get(id))!;
    const [begun] = await this.#db.query(sql.START, [id]);
    const given = begun?.weights ?? null;
    const start = {
      ...(given !== null && { weights: toFloats(given) }),
      ...(pauseAfter !== null && { pauseAfter }),
    };
    const last = epochs.at(-1);
    if (!last) return start;
    const done = {
      valLosses: epochs.map(({ val_loss }) => val_loss),
      checkpoint: (await this.checkpoints.get(id, last.epoch))!,
      bestWeights: (await this.checkpoints.get(id, bestEpoch!))!.weights,
      seconds: epochs.slice(parent?.epochs ?? 0).reduce((sum, { seconds }) => sum + seconds, 0),
      patienceFrom: (begun?.patience_from as number | undefined) ?? 0,
    };
    return { ...start, done };
  }

  /** The epoch behind which this run's patience counts; 0 for all of its epochs. */
  async patienceFrom(id: number): Promise<number> {
    const [row] = await this.#db.query(sql.START, [id]);
    return (row?.patience_from as number | undefined) ?? 0;
  }

  /** What a pixel byte is multiplied with before this run's network sees it. */
  async inputScale(id: number): Promise<number> {
    const [row] = await this.#db.query(sql.INPUT_SCALE, [id]);
    return row.input_scale as number;
  }

  /**
   * Keeps an epoch with its checkpoint; one that is kept already stays as it is, so that what may have been stored can be said
   * again.
   *
   * @returns false, and nothing is kept, when the claim no longer counts
   */
  addEpoch({ id, fence }: Claim, epoch: Epoch, checkpoint: Checkpoint, isBest: boolean): Promise<boolean> {
    const { loss, accuracy, val_loss, val_accuracy, seconds } = epoch;
    return this.#db.transaction(function* () {
      const held = yield [sql.HOLD, [id, fence, isBest ? epoch.epoch : null]];
      if (held.length === 0) return false;
      const added = yield [sql.ADD_EPOCH, [id, epoch.epoch, loss, accuracy, val_loss, val_accuracy, seconds]];
      if (added.length > 0) yield addCheckpoint(id, epoch.epoch, checkpoint);
      return true;
    });
  }

  /** @returns false, and the run is as it was, when the claim no longer counts */
  end({ id, fence }: Claim, ending: Ending): Promise<boolean> {
    const { state, reason, test = null, temperature = null, resumes = false, comparisons = [] } = ending;
    const { loss = null, accuracy = null, answers = null } = test ?? {};
    return this.#db.transaction(function* () {
      const values = [id, fence, state, reason, loss, accuracy, answers, temperature, flag(resumes)];
      const held = yield [sql.END, values];
      if (held.length > 0) yield [sql.SET_COMPARISONS, [id, JSON.stringify(comparisons)]];
      return held.length > 0;
    });
  }

  /**
   * Which test images a run reads; null until it was tested.
   *
   * @param labels [N] of the test images
   * @returns [N] 1 for each that it reads right, 0 for each other
   */
  async testHits(id: number, labels: Uint8Array): Promise<Uint8Array | null> {
    const [row] = await this.#db.query(sql.TESTS, [id]);
    const { test_answers = null, test_hits = null } = row ?? {};
    if (test_answers !== null) return hitsOf(test_answers as Uint8Array, labels);
    return test_hits === null ? null : unpackBits(test_hits as Uint8Array, labels.length);
  }

  /** Keeps what people say about a run; what is left out stays. */
  async setLabel(id: number, { name, note, pinned }: Partial<RunLabel>): Promise<void> {
    await this.#db.transaction(function* () {
      const [row] = yield [sql.SET_LABEL, [id, name ?? null, note ?? null, flag(pinned ?? null)]];
      if (pinned === false && row !== undefined) yield thin(row.room as number);
    });
  }

  /** May it go into service when it ends? Null for the server's rule. */
  async setServe(id: number, serve: boolean | null): Promise<void> {
    await this.#db.query(sql.SET_SERVE, [id, flag(serve)]);
  }

  /** For good: with its epochs and checkpoints. @returns false for a run that is under way or in service, which stays */
  async delete(id: number): Promise<boolean> {
    return (await this.#db.query(sql.DELETE, [id])).length > 0;
  }

  /** Ids of the runs that had ended before a time (ISO 8601, UTC), are not pinned and not in service. */
  async endedBefore(time: string): Promise<number[]> {
    return (await this.#db.query(sql.ENDED_BEFORE, [time])).map(({ id }) => id as number);
  }

  /** What the database's clock says: ISO 8601, UTC. */
  async now(): Promise<string> {
    const [row] = await this.#db.query('SELECT now_text() AS now');
    return row.now as string;
  }

  /** As `Database.scrub`. */
  scrub(): Promise<void> {
    return this.#db.scrub();
  }

  /** Another number whenever this process has changed anything that is stored. */
  changes(): number {
    return this.#db.changes();
  }

  close(): Promise<void> {
    return this.#db.close();
  }

  /** Bytes that the database takes, and those in it that the next runs will use. */
  size(): Promise<{ readonly bytes: number; readonly free: number }> {
    return this.#db.size();
  }

  /** Its best weights; null before the first epoch is finished. */
  model(id: number): Promise<RunModel | null> {
    return this.checkpoints.model(id);
  }

  /**
   * An owner's runs that may read their drawings, the one that ended last first: they finished or were stopped, have
   * weights, and are no trials, no fine-tunes and not kept from it.
   */
  async *ownReaders(ownerId: string): AsyncGenerator<RunSummary, void, undefined> {
    for (let offset = 0; ; offset++) {
      const [row] = await this.#db.query(sql.OWN_READERS, [ownerId, offset, this.#own]);
      if (row === undefined) return;
      yield toSummary(row);
    }
  }

  /** The room of what is one room's alone. */
  get #own(): number {
    return this.#room ?? DEFAULT_ROOM;
  }

  async #summaries(...[text, ...values]: [text: string, ...values: Value[]]): Promise<RunSummary[]> {
    return (await this.#db.query(text, values)).map(toSummary);
  }

  async #withEpochs(summary: RunSummary): Promise<Run> {
    const rows = await this.#db.query(sql.EPOCHS, [summary.id]);
    return { ...summary, epochs: rows.map(toEpoch) };
  }
}

/** Creates a queued run. @returns its id */
export function* creation(settings: Settings, start: RunStart = {}): Transaction<number> {
  const {
    inputScale = 1 / 255,
    from,
    fork,
    owner,
    admit,
    room = DEFAULT_ROOM,
    sweepId = null,
    pauseAfter = null,
    serve = null,
  } = start;
  // Deleted since the client was found to be in it.
  if (room !== DEFAULT_ROOM && (yield [sql.ROOM, [room]]).length === 0) throw roomGone();
  if (admit) {
    yield [sql.LOCK_QUEUE];
    const [counts] = yield [sql.WAITING_COUNTS, [owner?.id ?? null, room]];
    admit(counts as unknown as WaitingCounts);
  }
  const [parent] = fork ? yield [sql.PARENT, [fork.runId]] : [];
  const corrections = yield* learntCorrections(settings, start, parent);
  const [{ id }] = yield [
    sql.CREATE,
    [
      JSON.stringify(settings),
      (parent?.input_scale as number | undefined) ?? inputScale,
      owner?.id ?? null,
      owner?.name ?? null,
      corrections,
      sweepId,
      pauseAfter,
      flag(serve),
      room,
    ],
  ];
  if (from) {
    const { name, runId, epoch } = from.parent;
    yield [sql.CREATE_START, [id, bytes(from.weights), 0, 0, name, runId, epoch]];
  }
  if (fork) yield* inherit(id as number, fork);
  yield thin(room);
  return id as number;
}

function* claiming(next: Next): Transaction<RunSummary | null> {
  yield [sql.LOCK_QUEUE];
  for (;;) {
    const waiting = (yield [sql.WAITING]).map(toSummary);
    const run = next(waiting, toTurns(yield [sql.TURNS]));
    if (run === undefined) return null;
    const claimed = yield [sql.CLAIM, [run.id]];
    // Stopped since it was read: another one has its turn.
    if (claimed.length === 0) continue;
    // What was interrupted had its turn before.
    if (run.startedAt === null) yield [sql.TAKE_TURN, [run.owner?.id ?? '', run.room]];
    const [row] = yield [sql.GET, [run.id]];
    return toSummary(row);
  }
}

const toTurns = (rows: readonly Row[]) => rows as unknown as readonly Turn[];

/** Those there are now in all rooms, of which it reads its own room's; a run that goes on with another one's epochs learns from the same as that one. @returns JSON */
function* learntCorrections(
  { data }: Settings,
  { corrections = 'everybody' }: RunStart,
  parent: Row | undefined,
): Transaction<string | null> {
  if (data !== 'corrections' && data !== 'mnist+corrections') return null;
  if (parent && parent.corrections !== null) return parent.corrections as string;
  const [row] = yield [sql.NEWEST_CORRECTION];
  const newest = row.id as number;
  const learnt: LearntCorrections =
    corrections === 'everybody'
      ? { everybody: true, owner: null, newest }
      : { everybody: false, owner: corrections.owner, newest };
  return JSON.stringify(learnt);
}

function* inherit(id: number, { runId, epoch, keeps, patienceFrom = epoch }: Fork): Transaction<void> {
  yield [sql.CREATE_START, [id, null, epoch, patienceFrom, `run ${runId}, epoch ${epoch}`, runId, epoch]];
  yield [sql.COPY_EPOCHS, [id, runId, epoch]];
  const [lowest] = yield [sql.LOWEST_EPOCH, [id]];
  const best = lowest.epoch as number;
  // The best one, too, forgets: it may be forked in its turn, with the settings that this fork has.
  yield* copyCheckpoints(runId, id, new Set([epoch, best]), keeps);
  yield [sql.SET_BEST_EPOCH, [id, best]];
}

function roomGone(): CodedError {
  return new CodedError({ code: 'NO_SUCH_ROOM', status: 404, message: ['errors.roomIsGone'] });
}

const flag = (value: boolean | null) => (value === null ? null : value ? 1 : 0);

/** The first one lies in the lowest bit of the first byte. */
function unpackBits(bits: Uint8Array, count: number): Uint8Array {
  return Uint8Array.from({ length: count }, (_, i) => (bits[i >> 3] >> (i & 7)) & 1);
}
