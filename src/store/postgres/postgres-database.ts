import pg from 'pg';
import type { Database, Query, Row, Transaction } from '../database.ts';
import { explained } from './faults.ts';
import { rollBack } from './migrate.ts';

/** What a server and its pages take; each costs the database some two megabytes. */
const MOST_CONNECTIONS = 8;

/** Milliseconds after which the database gives up by itself: a lock, a statement, a transaction that waits for us. */
const SESSION = '-c lock_timeout=5000 -c statement_timeout=30000 -c idle_in_transaction_session_timeout=5000';

/** As of pino. */
export interface Log {
  error(error: unknown, message: string): void;
  warn(message: string): void;
}

/** A database on a PostgreSQL server. */
export class PostgresDatabase implements Database {
  readonly #pool: pg.Pool;
  /** Each statement is planned once a connection: by its text, the name that it has there. */
  readonly #names = new Map<string, string>();
  #changes = 0;

  /** @param pool of `poolOf`; closed by `close` */
  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  async query(...query: Query): Promise<Row[]> {
    try {
      return await this.#ask(this.#pool, query);
    } catch (error) {
      throw explained(error);
    }
  }

  async transaction<Result>(work: () => Transaction<Result>): Promise<Result> {
    try {
      const client = await this.#pool.connect();
      let isBroken = false;
      try {
        await client.query('BEGIN');
        const result = await this.#goThrough(client, work());
        await client.query('COMMIT');
        return result;
      } catch (error) {
        isBroken = !(await rollBack(client));
        throw error;
      } finally {
        // A broken one is not used again.
        client.release(isBroken);
      }
    } catch (error) {
      throw explained(error);
    }
  }

  changes(): number {
    return this.#changes;
  }

  async size(): Promise<{ bytes: number; free: number }> {
    const [row] = await this.query('SELECT pg_database_size(current_database()) AS bytes');
    return { bytes: row.bytes as number, free: 0 };
  }

  /** The space of what was deleted is given free; when it is written over is the server's to decide. */
  async scrub(): Promise<void> {
    await this.query('VACUUM runs, starts, sweeps, corrections, correction_strokes, checkpoints');
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  async #goThrough<Result>(client: pg.ClientBase, steps: Transaction<Result>): Promise<Result> {
    let step = steps.next();
    while (!step.done) step = steps.next(await this.#ask(client, step.value));
    return step.value;
  }

  async #ask(client: pg.Pool | pg.ClientBase, [text, values = []]: Query): Promise<Row[]> {
    const name = this.#names.get(text) ?? `s${this.#names.size}`;
    this.#names.set(text, name);
    const { command, rowCount, rows } = await client.query<Row>({ name, text, values: [...values] });
    if (command !== 'SELECT') this.#changes += rowCount ?? 0;
    return rows;
  }
}

/**
 * Connections whose statements end by themselves, and whose values are as SQLite's.
 *
 * @param confirm is called with each new one before it is used; what it throws is thrown by whoever wanted the connection
 */
export function poolOf(url: string, log: Log, confirm = async (_connection: pg.ClientBase) => {}): pg.Pool {
  const pool = new pg.Pool({
    // Options in the address replace those beside it.
    connectionString: url.replace(/(?<=[?&]options=)/, encodeURIComponent(`${SESSION} `)),
    options: SESSION,
    onConnect: confirm,
    max: MOST_CONNECTIONS,
    keepAlive: true,
    connectionTimeoutMillis: 5_000,
    // Above the server's own: else the statement would run on.
    query_timeout: 35_000,
    types: { getTypeParser },
    application_name: 'lenet5-workbench',
  });
  // Without a listener the end of a connection would be the end of the process: idle ones, then ones in use.
  pool.on('error', (error) => log.error(error, 'A connection to the database was lost'));
  pool.on('connect', (client) => {
    client.on('error', (error) => log.error(error, 'A connection to the database was lost'));
  });
  return pool;
}

const { INT8, NUMERIC, JSON: JSON_TEXT, BYTEA } = pg.types.builtins;
const toNumber = (text: string) => Number(text);
const asIs = (text: string) => text;
const readBytes = pg.types.getTypeParser(BYTEA, 'text');

/** Values as SQLite has them: counts are numbers, JSON is text, bytes are bytes. */
const getTypeParser: typeof pg.types.getTypeParser = (type: number, format?: unknown) => {
  if (type === INT8 || type === NUMERIC) return toNumber;
  if (type === JSON_TEXT) return asIs;
  if (type === BYTEA) {
    return (text: string) => {
      const { buffer, byteOffset, byteLength } = readBytes(text) as Buffer;
      return new Uint8Array(buffer, byteOffset, byteLength);
    };
  }
  return pg.types.getTypeParser(type, format as 'text');
};
