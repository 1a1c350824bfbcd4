import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { prepareAll } from './statements.ts';

/** Sessions that were ended before their time, so that a restart does not bring them back. */
export class SignedOutStore {
  readonly #statements: Readonly<Record<keyof typeof STATEMENTS, StatementSync>>;

  constructor(db: DatabaseSync) {
    this.#statements = prepareAll(db, STATEMENTS);
  }

  /** @param ends Unix time in seconds at which it ends by itself */
  add(session: string, ends: number): void {
    this.#statements.add.run(session, ends);
  }

  /** Forgets those that have ended by themselves. @returns the ids of the others, the one that ends first first */
  since(now: number): string[] {
    this.#statements.forget.run(now);
    return this.#statements.all.all().map(({ session }) => session as string);
  }

  delete(session: string): void {
    this.#statements.delete.run(session);
  }
}

const STATEMENTS = {
  add: `INSERT OR IGNORE INTO signed_out (session, ends) VALUES (?, ?)`,
  forget: `DELETE FROM signed_out WHERE ends <= ?`,
  all: `SELECT session FROM signed_out ORDER BY ends`,
  delete: `DELETE FROM signed_out WHERE session = ?`,
};
