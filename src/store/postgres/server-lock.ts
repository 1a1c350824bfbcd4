import { randomInt } from 'node:crypto';
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

/** Of our advisory locks in this database: that of one number, and those of two. */
const OURS = `locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
const TRY = `SELECT pg_try_advisory_lock(${LOCK}) AS taken, pg_backend_pid() AS holder`;
const OTHERS = `SELECT 1 FROM pg_locks WHERE ${OURS} AND classid = ${LOCK} AND objsubid = 2 AND objid <> $1 LIMIT 1`;
const SHARE = `SELECT pg_advisory_lock_shared(${LOCK}, $1)`;
const HELD = `SELECT 1 FROM pg_locks WHERE ${OURS} AND classid = 0 AND objid = ${LOCK} AND objsubid = 1 AND granted AND pid = $1`;

/**
 * One server at a time works on a database: what trains there trains here. Held by a connection of its own; when that breaks, as
 * by the database's restart, it is taken again, and no new connection is used until then.
 *
 * Connections that are in use outlive it: each has a mark of its server, another lock, and whoever takes the lock while there are
 * marks of others gives it back. A connection is marked before it looks whether the lock is held, and a server has the lock before
 * it looks for marks, so that never two servers go on.
 */
export class ServerLock {
  readonly #url: string;
  readonly #options: ServerLockOptions;
  readonly #mark = randomInt(1, 2 ** 31);
  #client: pg.Client | null = null;
  /** The database's process that holds it. */
  #holder = 0;
  #taking: Promise<boolean> | null = null;
  #isOpen = true;

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

  /**
   * For a new connection, before anything is asked over it.
   *
   * @throws CodedError STORE_DOWN while the lock is not held: until it is taken again, or the server that took it has ended
   */
  async confirm(connection: pg.ClientBase): Promise<void> {
    await connection.query(SHARE, [this.#mark]);
    if (this.#client === null) await this.#takeAgain();
    const { rowCount } = await connection.query(HELD, [this.#holder]);
    if (rowCount === 0) throw notHeld();
  }

  async release(): Promise<void> {
    this.#isOpen = false;
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
    try {
      const [{ taken, holder }] = (await client.query(TRY)).rows;
      if (!taken || (await client.query(OTHERS, [this.#mark])).rowCount !== 0 || !this.#isOpen) return false;
      this.#holder = holder;
      this.#client = client;
      return true;
    } finally {
      if (this.#client !== client) await client.end();
    }
  }

  /** One of those who want it tries, for all. */
  #takeAgain(): Promise<boolean> {
    this.#taking ??= this.#try().finally(() => {
      this.#taking = null;
    });
    return this.#taking;
  }

  async #lost(client: pg.Client): Promise<void> {
    if (client !== this.#client) return;
    this.#client = null;
    const { log, retry = RETRY_MS } = this.#options;
    for (let isTold = false; this.#isOpen; await sleep(retry, undefined, { ref: false })) {
      try {
        if (this.#client !== null || (await this.#takeAgain())) return;
        if (!isTold) log.warn('Another server has the database: this one uses it again when that has ended');
        isTold = true;
      } catch (error) {
        log.error(error, 'The database does not answer: asked again');
      }
    }
  }
}

function notHeld(): CodedError {
  return new CodedError({
    code: 'STORE_DOWN',
    status: 503,
    message: 'The database was away, and may have been taken by another server. Try again in a few seconds.',
    retryAfter: 5,
  });
}

function inUse(): CodedError {
  return new CodedError({
    code: 'STORE_IN_USE',
    status: 500,
    message: 'Another server works with this database. Stop that one first, or give each its own.',
  });
}
