import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { CodedError } from '../../errors.ts';
import type { Log } from './postgres-database.ts';

/** Any number that no other program locks in the same database. */
const LOCK = 4_713;
const RETRY_MS = 1_000;
/** A server that was told to end is given so long, in milliseconds; one whose machine died, until the database notices. */
const PATIENCE_MS = 15_000;

export interface ServerLockOptions {
  readonly log: Log;
  /** Another server has it: it is waited for. */
  readonly onWait: () => void;
  /** Milliseconds after which it is asked for again. */
  readonly retry?: number;
  /** Milliseconds that it is waited for. */
  readonly patience?: number;
}

/**
 * One server at a time works on a database: what trains there trains here. Held by a connection of its own; when that breaks, as
 * by the database's restart, it is taken again. Whoever took it meanwhile has ended our runs, and our claims no longer count.
 */
export class ServerLock {
  readonly #url: string;
  readonly #options: ServerLockOptions;
  #client: pg.Client | null = null;
  #isHeld = true;

  private constructor(url: string, options: ServerLockOptions) {
    this.#url = url;
    this.#options = options;
  }

  /**
   * Waits for the end of another server.
   *
   * @throws CodedError STORE_IN_USE when that does not end; Error when the database is not there
   */
  static async take(url: string, options: ServerLockOptions): Promise<ServerLock> {
    const lock = new ServerLock(url, options);
    const { retry = RETRY_MS, patience = PATIENCE_MS } = options;
    const latest = performance.now() + patience;
    for (let isTold = false; !(await lock.#try()); isTold = true) {
      if (performance.now() >= latest) throw inUse();
      if (!isTold) options.onWait();
      await sleep(retry);
    }
    return lock;
  }

  async release(): Promise<void> {
    this.#isHeld = false;
    await this.#client?.end();
  }

  async #try(): Promise<boolean> {
    const client = new pg.Client({
      connectionString: this.#url,
      keepAlive: true,
      connectionTimeoutMillis: 5_000,
    });
    client.on('error', () => void this.#lost(client));
    await client.connect();
    const { rows } = await client.query('SELECT pg_try_advisory_lock($1) AS taken', [LOCK]);
    if (rows[0].taken) this.#client = client;
    else await client.end();
    return rows[0].taken;
  }

  async #lost(client: pg.Client): Promise<void> {
    if (client !== this.#client) return;
    this.#client = null;
    const { log, retry = RETRY_MS } = this.#options;
    while (this.#isHeld && this.#client === null) {
      await sleep(retry);
      await this.#try().catch((error) => log.error(error, 'The database does not answer: asked again'));
    }
  }
}

function inUse(): CodedError {
  return new CodedError({
    code: 'STORE_IN_USE',
    status: 500,
    message: 'Another server works with this database. Stop that one first, or give each its own.',
  });
}
