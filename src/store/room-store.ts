import { type Budget, DEFAULT_BUDGET, DEFAULT_ROOM, type Room, roomKey } from '../rooms/room.ts';
import type { Database, Row, Value } from './database.ts';

/** What opens a room: SHA-256 of the pupils' token and of the teacher's. */
export interface TokenDigests {
  readonly pupils: Uint8Array;
  readonly teacher: Uint8Array;
}

/** What a room has. */
export interface RoomContents {
  readonly runs: number;
  readonly sweeps: number;
  readonly corrections: number;
}

/** The rooms. Every request asks for one, so they are kept in memory too; this process alone writes them. */
export class RoomStore {
  readonly #db: Database;
  #rooms = new Map<number, Known>();

  private constructor(db: Database) {
    this.#db = db;
  }

  static async open(db: Database): Promise<RoomStore> {
    const store = new RoomStore(db);
    for (const row of await db.query('SELECT * FROM rooms ORDER BY id')) store.#know(row);
    return store;
  }

  /** The default one first, then in the order in which they were made. */
  list(): Room[] {
    return [...this.#rooms.values()].map(({ room }) => room);
  }

  /** Is there any but the default one? */
  get any(): boolean {
    return this.#rooms.size > 1;
  }

  get(id: number): Room | null {
    return this.#rooms.get(id)?.room ?? null;
  }

  /** By its name, in capital or small letters; the default one has none. */
  named(name: string): Room | null {
    const key = roomKey(name);
    return this.list().find((room) => room.id !== DEFAULT_ROOM && roomKey(room.name) === key) ?? null;
  }

  /** Every room that has tokens, with what they digest to. */
  *withTokens(): Generator<{ readonly room: Room; readonly digests: TokenDigests }> {
    for (const { room, digests } of this.#rooms.values()) if (digests) yield { room, digests };
  }

  /** @returns null when there is one of this name */
  async create(name: string, digests: TokenDigests, budget: Budget = DEFAULT_BUDGET): Promise<Room | null> {
    const { pupils, teacher } = digests;
    const values = [name, roomKey(name), pupils, teacher, budget.runs, budget.megabytes];
    const [row] = await this.#db.query(CREATE, values);
    return row === undefined ? null : this.#know(row);
  }

  /** The tokens before them, and sessions that began with those, no longer count. */
  setTokens(id: number, { pupils, teacher }: TokenDigests): Promise<Room | null> {
    return this.#change(SET_TOKENS, [id, pupils, teacher]);
  }

  setBudget(id: number, { runs, megabytes }: Budget): Promise<Room | null> {
    return this.#change(SET_BUDGET, [id, runs, megabytes]);
  }

  async contents(id: number): Promise<RoomContents> {
    const [row] = await this.#db.query(CONTENTS, [id]);
    return row as unknown as RoomContents;
  }

  /** From now on it is not found. What it has is still there. @returns a function after which it is found again */
  close(id: number): () => void {
    const known = this.#rooms.get(id)!;
    this.#rooms.delete(id);
    return () => this.#rooms.set(id, known);
  }

  /** For good, with its runs, sweeps and corrections, none of which is under way. */
  async delete(id: number): Promise<void> {
    await this.#db.transaction(function* () {
      for (const text of DELETE) yield [text, [id]];
    });
    this.#rooms.delete(id);
    await this.#db.scrub();
  }

  async #change(...[text, values]: [text: string, values: readonly Value[]]): Promise<Room | null> {
    const [row] = await this.#db.query(text, values);
    return row === undefined ? null : this.#know(row);
  }

  #know(row: Row): Room {
    const known = toKnown(row);
    this.#rooms.set(known.room.id, known);
    return known.room;
  }
}

interface Known {
  readonly room: Room;
  /** Null for the default one, whose tokens are the configuration's. */
  readonly digests: TokenDigests | null;
}

function toKnown(row: Row): Known {
  const room = {
    id: row.id as number,
    name: row.name as string,
    budget: { runs: row.kept_runs as number, megabytes: row.kept_megabytes as number | null },
    createdAt: row.created_at as string,
    tokens: row.tokens as number,
  };
  if (row.token === null) return { room, digests: null };
  return { room, digests: { pupils: row.token as Uint8Array, teacher: row.teacher_token as Uint8Array } };
}

const CREATE = `INSERT INTO rooms (name, key, token, teacher_token, kept_runs, kept_megabytes, created_at)
  VALUES ($1, $2, $3, $4, $5, $6, now_text()) ON CONFLICT (key) DO NOTHING RETURNING *`;
const SET_TOKENS =
  'UPDATE rooms SET token = $2, teacher_token = $3, tokens = tokens + 1 WHERE id = $1 RETURNING *';
const SET_BUDGET = 'UPDATE rooms SET kept_runs = $2, kept_megabytes = $3 WHERE id = $1 RETURNING *';
const CONTENTS = `SELECT (SELECT count(*) FROM runs WHERE room = $1) AS runs,
  (SELECT count(*) FROM sweeps WHERE room = $1) AS sweeps, (SELECT count(*) FROM corrections WHERE room = $1) AS corrections`;
const DELETE = [
  ...['services', 'turns', 'corrections', 'runs', 'sweeps'].map(
    (table) => `DELETE FROM ${table} WHERE room = $1`,
  ),
  'DELETE FROM rooms WHERE id = $1',
];
