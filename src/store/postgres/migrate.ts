import type pg from 'pg';
import { newer } from '../newer.ts';
import { MIGRATIONS } from './schema.ts';
import { copyBeforeUpgrade, NO_TIMEOUT } from './upgrade-copy.ts';

/** Any number that no other program locks in the same database. */
const LOCK = 4_712;

/** A statement whose server was killed ends soon, so that the next server need not wait for it. Windows cannot notice it. */
const NOTICE_END = `SELECT set_config('client_connection_check_interval', '1s', true) WHERE version() !~* 'mingw|visual c'`;

/**
 * Brings the tables up to date, in one transaction, in which they are copied first; servers that start at once do it one after
 * another.
 *
 * @returns name of the schema with the copy; null when there was nothing to upgrade
 * @throws CodedError STORE_NEWER when a later program made the tables, STORE_COPY when they cannot be copied
 */
export async function migrate(
  pool: pg.Pool,
  migrations: readonly string[] = MIGRATIONS,
): Promise<string | null> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query(NOTICE_END);
    await client.query('SELECT pg_advisory_xact_lock($1)', [LOCK]);
    await client.query('SET LOCAL statement_timeout = 0');
    await client.query('CREATE TABLE IF NOT EXISTS schema_version (version integer NOT NULL)');
    const { rows } = await client.query<{ version: number }>('SELECT version FROM schema_version');
    const version = rows[0]?.version ?? 0;
    if (version > migrations.length) throw newer(version, migrations.length);
    const isUpgrade = version > 0 && version < migrations.length;
    const copy = isUpgrade ? await copyBeforeUpgrade(client, version) : null;
    for (const text of migrations.slice(version)) await client.query({ text, ...NO_TIMEOUT });
    await client.query('DELETE FROM schema_version');
    await client.query('INSERT INTO schema_version (version) VALUES ($1)', [migrations.length]);
    await client.query('COMMIT');
    return copy;
  } catch (error) {
    await rollBack(client);
    throw error;
  } finally {
    client.release();
  }
}

/** @returns false when the connection is broken: its transaction has ended with it */
export function rollBack(client: pg.ClientBase): Promise<boolean> {
  return client.query('ROLLBACK').then(
    () => true,
    () => false,
  );
}
