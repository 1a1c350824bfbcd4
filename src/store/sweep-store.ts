import { DEFAULT_ROOM } from '../rooms/room.ts';
import type { Axes, Sweep } from '../runs/sweep.ts';
import type { Database, Row, Transaction } from './database.ts';
import { toOwner, toSettings } from './rows.ts';
import { PAUSED, WAITS } from './run-statements.ts';

/** What was swept, and what a sweep says about its runs; the runs themselves are the run store's. */
export class SweepStore {
  readonly #db: Database;
  readonly #room: number | null;

  /** @param room a room's id; null for all rooms */
  constructor(db: Database, room: number | null = null) {
    this.#db = db;
    this.#room = room;
  }

  /** The same of one room: a sweep of another room is not there. */
  in(room: number): SweepStore {
    return new SweepStore(this.#db, room);
  }

  /**
   * A new sweep with all its runs, or none of it.
   *
   * @param createRuns creates them with the ids of the sweep and its room
   */
  create(
    { settings, axes, halving, owner }: Omit<Sweep, 'id' | 'room' | 'createdAt'>,
    createRuns: (id: number, room: number) => Transaction<void>,
  ): Promise<Sweep> {
    const room = this.#room ?? DEFAULT_ROOM;
    return this.#db.transaction(function* () {
      const [row] = yield [
        CREATE,
        [
          JSON.stringify(settings),
          JSON.stringify(axes),
          halving ? 1 : 0,
          owner?.id ?? null,
          owner?.name ?? null,
          room,
        ],
      ];
      yield* createRuns(row.id as number, room);
      return toSweep(row);
    });
  }

  async get(id: number): Promise<Sweep | null> {
    const [row] = await this.#db.query(GET, [id, this.#room]);
    return row === undefined ? null : toSweep(row);
  }

  /** Newest first. */
  async list(limit: number): Promise<Sweep[]> {
    return (await this.#db.query(LIST, [limit, this.#room ?? DEFAULT_ROOM])).map(toSweep);
  }

  /** Ids of an owner's, or with null of everybody's, oldest first. */
  async of(ownerId: string | null): Promise<number[]> {
    return (await this.#db.query(OF, [ownerId, this.#room ?? DEFAULT_ROOM])).map(({ id }) => id as number);
  }

  /** Those without a trial that were made before a time (ISO 8601, UTC). @returns how many */
  async deleteEmpty(time: string): Promise<number> {
    return (await this.#db.query(DELETE_EMPTY, [time])).length;
  }

  /** Ids of those with a run that may wait for others, oldest first. */
  async waiting(): Promise<number[]> {
    return (await this.#db.query(WAITING)).map(({ id }) => id as number);
  }

  /** A run that waits for its sweep: others were better. @returns false when it does not wait for it */
  async stopEarly(runId: number, reason: string): Promise<boolean> {
    return (await this.#db.query(STOP_EARLY, [runId, reason])).length > 0;
  }

  /**
   * No run of the sweep waits for the others any more.
   *
   * @param reasonOf why one that waited will not go on, by its best epoch
   * @returns those that waited
   */
  letGo(id: number, reasonOf: (bestEpoch: number | null) => string): Promise<number[]> {
    return this.#db.transaction(function* () {
      const paused = yield [PAUSED_TRIALS, [id]];
      for (const run of paused) yield [SET_REASON, [run.id, reasonOf(run.best_epoch as number | null)]];
      yield [LET_GO, [id]];
      return paused.map((run) => run.id as number);
    });
  }

  /**
   * Its runs stay, as runs of no sweep, and read nobody's drawings as little as before.
   *
   * @returns false, and it stays, while it goes on
   */
  delete(id: number): Promise<boolean> {
    return this.#db.transaction(function* () {
      const goingOn = yield [GOING_ON, [id]];
      if (goingOn.length > 0) return false;
      yield [KEEP_FROM_SERVICE, [id]];
      yield [DELETE, [id]];
      return true;
    });
  }
}

function toSweep(row: Row): Sweep {
  return {
    id: row.id as number,
    room: row.room as number,
    settings: toSettings(row),
    axes: JSON.parse(row.axes as string) as Axes,
    halving: row.halving === 1,
    owner: toOwner(row),
    createdAt: row.created_at as string,
  };
}

const CREATE = `INSERT INTO sweeps (settings, axes, halving, owner, owner_name, created_at, room)
  VALUES ($1, $2, $3, $4, $5, now_text(), $6) RETURNING *`;
const GET = 'SELECT * FROM sweeps WHERE id = $1 AND room = coalesce(CAST($2 AS INTEGER), room)';
const LIST = 'SELECT * FROM sweeps WHERE room = $2 ORDER BY id DESC LIMIT $1';
const DELETE_EMPTY = `DELETE FROM sweeps WHERE created_at < $1
  AND NOT EXISTS (SELECT 1 FROM runs WHERE sweep_id = sweeps.id) RETURNING id`;
const OF = 'SELECT id FROM sweeps WHERE room = $2 AND (CAST($1 AS TEXT) IS NULL OR owner = $1) ORDER BY id';
const WAITING = `SELECT DISTINCT sweep_id AS id FROM runs WHERE sweep_id IS NOT NULL AND pause_after IS NOT NULL
  ORDER BY sweep_id`;
const STOP_EARLY = `UPDATE runs SET reason = $2, stopped_early = 1, pause_after = NULL
  WHERE id = $1 AND ${PAUSED} RETURNING id`;
const PAUSED_TRIALS = `SELECT id, best_epoch FROM runs WHERE sweep_id = $1 AND ${PAUSED} ORDER BY id`;
const GOING_ON = `SELECT id FROM runs WHERE sweep_id = $1 AND (state = 'running' OR ${WAITS} OR ${PAUSED}) LIMIT 1`;
const SET_REASON = 'UPDATE runs SET reason = $2 WHERE id = $1';
const LET_GO = 'UPDATE runs SET pause_after = NULL WHERE sweep_id = $1';
const KEEP_FROM_SERVICE = 'UPDATE runs SET serve = 0 WHERE sweep_id = $1 AND serve IS NULL';
const DELETE = 'DELETE FROM sweeps WHERE id = $1';
