import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { Database, Query, Row, Transaction } from '../database.ts';
import { transaction } from './migrations.ts';
import { type BeforeUpgrade, explained, openDatabase } from './open.ts';

/** A statement, prepared once. */
interface Prepared {
  readonly statement: StatementSync;
  /** The value for each question mark, by its place from 0; null when they are as they come. */
  readonly places: readonly number[] | null;
}

/** SQLite in a file: it answers before it is waited for. */
export class SqliteDatabase implements Database {
  readonly #db: DatabaseSync;
  readonly #prepared = new Map<string, Prepared>();
  readonly #changes: StatementSync;

  /** @param db from `openDatabase`; closed by `close` */
  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#changes = db.prepare('SELECT total_changes() AS changes');
    db.function('now_text', () => new Date().toISOString());
    // Nothing comes in between.
    db.function('lock_for', (_work) => null);
  }

  async query(...query: Query): Promise<Row[]> {
    try {
      return this.#run(query);
    } catch (error) {
      throw explained(error);
    }
  }

  async transaction<Result>(work: () => Transaction<Result>): Promise<Result> {
    try {
      return transaction(this.#db, () => {
        const steps = work();
        let step = steps.next();
        while (!step.done) step = steps.next(this.#run(step.value));
        return step.value;
      });
    } catch (error) {
      throw explained(error);
    }
  }

  changes(): number {
    return this.#changes.get()!.changes as number;
  }

  async size(): Promise<{ bytes: number; free: number }> {
    const [row] = await this.query(
      'SELECT page_count, page_size, freelist_count FROM pragma_page_count(), pragma_page_size(), pragma_freelist_count()',
    );
    const { page_count, page_size, freelist_count } = row as Record<string, number>;
    return { bytes: page_count * page_size, free: freelist_count * page_size };
  }

  /** What is deleted is overwritten at once, in the file; here also in the log of writes. */
  async scrub(): Promise<void> {
    await this.query('PRAGMA wal_checkpoint(TRUNCATE)');
  }

  async close(): Promise<void> {
    this.#db.close();
  }

  #run([text, values = []]: Query): Row[] {
    const { statement, places } = this.#prepare(text);
    const bound = places === null ? values : places.map((place) => values[place]);
    return statement.all(...(bound as SQLInputValue[])) as Row[];
  }

  #prepare(text: string): Prepared {
    const known = this.#prepared.get(text);
    if (known !== undefined) return known;
    const places: number[] = [];
    const bound = text.replace(/\$(\d+)/g, (_, number) => {
      places.push(Number(number) - 1);
      return '?';
    });
    const inOrder = places.every((place, i) => place === i);
    const prepared = { statement: this.#db.prepare(bound), places: inOrder ? null : places };
    this.#prepared.set(text, prepared);
    return prepared;
  }
}

/** @throws as `openDatabase` */
export function openSqlite(file: string | URL, beforeUpgrade?: BeforeUpgrade): Database {
  return new SqliteDatabase(openDatabase(file, beforeUpgrade));
}
