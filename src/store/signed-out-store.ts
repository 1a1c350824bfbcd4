import type { Database } from './database.ts';

/** Sessions that were ended before their time, so that a restart does not bring them back. */
export class SignedOutStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** @param ends Unix time in seconds at which it ends by itself */
  async add(session: string, ends: number): Promise<void> {
    await this.#db.query(ADD, [session, ends]);
  }

  /** Forgets those that have ended by themselves. @returns the ids of the others, the one that ends first first */
  async since(now: number): Promise<string[]> {
    await this.#db.query(FORGET, [now]);
    return (await this.#db.query(ALL)).map(({ session }) => session as string);
  }

  async delete(session: string): Promise<void> {
    await this.#db.query(DELETE, [session]);
  }
}

const ADD = 'INSERT INTO signed_out (session, ends) VALUES ($1, $2) ON CONFLICT DO NOTHING';
const FORGET = 'DELETE FROM signed_out WHERE ends <= $1';
const ALL = 'SELECT session FROM signed_out ORDER BY ends';
const DELETE = 'DELETE FROM signed_out WHERE session = $1';
