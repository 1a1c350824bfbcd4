/** What a statement is given and a column may hold; booleans are 0 and 1. */
export type Value = null | number | string | Uint8Array;

/** A column's name → what it holds. */
export type Row = Readonly<Record<string, Value>>;

/** A statement: `$1` in it stands for the first of the values. */
export type Query = readonly [text: string, values?: readonly Value[]];

/**
 * What is done in a transaction: yields statements, and goes on with the rows of each. A generator, so that a database that
 * answers at once does it all without anything in between.
 */
export type Transaction<Result> = Generator<Query, Result, Row[]>;

/**
 * A database with our tables. One text serves both kinds of database. Each has two functions of ours beside SQL's:
 * `now_text()`, the database's clock in ISO 8601, and `lock_for(work)`: of those transactions that call it with the same text,
 * one goes on at a time.
 *
 * Every method rejects with a CodedError STORE_… when the database has a fault that has a sentence.
 */
export interface Database {
  /** Runs one statement. @returns the rows that it finds, or that RETURNING tells of what it changes */
  query(...query: Query): Promise<Row[]>;
  /** All of the work, or none of it. */
  transaction<Result>(work: () => Transaction<Result>): Promise<Result>;
  /** Another number whenever this process has changed anything. */
  changes(): number;
  /** Bytes that it takes, and those among them that the next rows will use. */
  size(): Promise<{ readonly bytes: number; readonly free: number }>;
  /** Sees to it that what was deleted is no longer in the files of the database either, as far as the database is ours to do so. */
  scrub(): Promise<void>;
  close(): Promise<void>;
}
