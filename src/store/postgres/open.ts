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
  const pool = poolOf(url, options.log);
  try {
    await migrate(pool);
    return { database: new PostgresDatabase(pool), release: () => lock.release() };
  } catch (error) {
    await pool.end();
    await lock.release();
    throw named(error);
  }
}

/** The same error, beginning with the variable that is to be changed. */
function named(error: unknown): unknown {
  const fault = explained(error);
  if (!(fault instanceof CodedError) || fault.code === 'STORE_NEWER') return fault;
  const { code, status, message, cause } = fault;
  return new CodedError({ code, status, message: `DATABASE_URL: ${message}`, cause });
}
