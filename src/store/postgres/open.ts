import { CodedError } from '../../errors.ts';
import type { Database } from '../database.ts';
import { explained } from './faults.ts';
import { migrate } from './migrate.ts';
import { PostgresDatabase, poolOf } from './postgres-database.ts';
import { ServerLock, type ServerLockOptions } from './server-lock.ts';

/**
 * Connects when no other server is, and brings the tables up to date.
 *
 * @param url postgres://user:password@host:port/database
 * @throws CodedError STORE_… with a sentence: refused, of a newer program, not there
 */
export async function openPostgres(
  url: string,
  options: ServerLockOptions,
): Promise<{ readonly database: Database; release(): Promise<void> }> {
  const lock = await ServerLock.take(url, options).catch((error) => {
    throw named(error);
  });
  const pool = poolOf(url, options.log, (connection) => lock.confirm(connection));
  try {
    const copy = await migrate(pool);
    if (copy !== null) {
      options.log.warn(
        `The database is upgraded; as it was, it is kept in the schema ${copy}. To go back: stop this server, and start the program before with options=-csearch_path%3D${copy} added to the query of DATABASE_URL.`,
      );
    }
    return { database: new PostgresDatabase(pool), release: () => lock.release() };
  } catch (error) {
    await pool.end();
    await lock.release();
    throw named(error);
  }
}

/** These say by themselves what is meant. */
const NAMED = ['STORE_NEWER', 'STORE_COPY'];

/** The same error, beginning with the variable that is to be changed. */
function named(error: unknown): unknown {
  const fault = explained(error);
  if (!(fault instanceof CodedError) || NAMED.includes(fault.code)) return fault;
  const { code, status, message, cause } = fault;
  return new CodedError({ code, status, message: `DATABASE_URL: ${message}`, cause });
}
