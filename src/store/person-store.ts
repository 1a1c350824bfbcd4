import type { Database, Row } from './database.ts';

/** Somebody's browser, or a script that says who it is, and what the store has of theirs. */
export interface Person {
  /** As `Owner.id`: a digest, which opens nothing. */
  readonly id: string;
  /** What they called themselves last; empty when they did not say. */
  readonly name: string;
  readonly runs: number;
  readonly sweeps: number;
  readonly corrections: number;
  /** When the newest of these came: ISO 8601, UTC. */
  readonly latest: string;
}

/** Who a room's runs, sweeps and corrections belong to. */
export class PersonStore {
  readonly #db: Database;
  readonly #room: number;

  /** @param room its id */
  constructor(db: Database, room: number) {
    this.#db = db;
    this.#room = room;
  }

  /** Most recently active first. */
  async list(limit: number): Promise<Person[]> {
    const rows = await this.#db.query(`${PEOPLE} ORDER BY latest DESC, id LIMIT $2`, [this.#room, limit]);
    return rows.map(toPerson);
  }

  /** Null when nothing is theirs. */
  async get(id: string): Promise<Person | null> {
    const [row] = await this.#db.query(`SELECT * FROM (${PEOPLE}) AS people WHERE id = $2`, [this.#room, id]);
    return row === undefined ? null : toPerson(row);
  }

  /**
   * Forgets what else is known of somebody whose runs, sweeps and corrections are deleted: their turn in the queue, that they
   * chose a model, and their name at runs of others that were forked from theirs.
   */
  async forget(id: string): Promise<void> {
    const room = this.#room;
    await this.#db.transaction(function* () {
      for (const query of FORGET) yield [query, [id, room]];
      const learning = yield [LEARNING, [room]];
      for (const { id: run, corrections } of learning) {
        const learnt = JSON.parse(corrections as string);
        if (learnt.owner?.id !== id) continue;
        yield [SET_LEARNT, [run, JSON.stringify({ ...learnt, owner: { ...learnt.owner, name: '' } })]];
      }
    });
    await this.#db.scrub();
  }
}

function toPerson({ id, name, runs, sweeps, corrections, latest }: Row): Person {
  return {
    id: id as string,
    name: (name as string | null) ?? '',
    runs: Number(runs),
    sweeps: Number(sweeps),
    corrections: Number(corrections),
    latest: latest as string,
  };
}

const owned = (table: string, [runs, sweeps, corrections]: readonly number[]) =>
  `SELECT owner, owner_name, created_at, ${runs} AS run, ${sweeps} AS sweep, ${corrections} AS correction FROM ${table} WHERE room = $1 AND owner IS NOT NULL`;

// The name is that of the newest: of the texts that begin with its time the greatest.
const PEOPLE = `SELECT owner AS id, substr(max(created_at || coalesce(owner_name, '')), 25) AS name, sum(run) AS runs,
  sum(sweep) AS sweeps, sum(correction) AS corrections, max(created_at) AS latest
  FROM (${owned('runs', [1, 0, 0])} UNION ALL ${owned('sweeps', [0, 1, 0])} UNION ALL ${owned('corrections', [0, 0, 1])}) AS owned
  GROUP BY owner`;
const FORGET = [
  'DELETE FROM turns WHERE owner = $1 AND room = $2',
  'UPDATE services SET owner = NULL, owner_name = NULL WHERE owner = $1 AND room = $2',
];
const LEARNING = 'SELECT id, corrections FROM runs WHERE room = $1 AND corrections IS NOT NULL';
const SET_LEARNT = 'UPDATE runs SET corrections = $2 WHERE id = $1';
