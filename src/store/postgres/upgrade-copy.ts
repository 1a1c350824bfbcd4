import type pg from 'pg';
import { CodedError } from '../../errors.ts';

/** All that our migrations have ever made; what else is in the schema is not ours. */
export const TABLES: readonly string[] = [
  'schema_version',
  'rooms',
  'sweeps',
  'runs',
  'epochs',
  'checkpoints',
  'starts',
  'turns',
  'serving',
  'services',
  'corrections',
  'correction_strokes',
  'speeds',
  'signed_out',
];
const FUNCTIONS = ['now_text', 'lock_for'];

/** For a statement that may take long: the driver waits for longer than any takes. */
export const NO_TIMEOUT = { query_timeout: 2 ** 31 - 1 };

/**
 * Copies our tables as they are before an upgrade into a schema of their own, within the upgrade's transaction, so that the program
 * before can go on with them. Names stay the same, so that the copy can be upgraded in its turn. The copies of earlier upgrades go: they
 * hold what people have deleted since.
 *
 * @param client amid a transaction
 * @param version of the tables
 * @returns name of the schema
 * @throws CodedError STORE_COPY when it cannot be made
 */
export async function copyBeforeUpgrade(client: pg.ClientBase, version: number): Promise<string> {
  const { rows } = await client.query<{ own: string }>('SELECT current_schema() AS own');
  const name = `workbench_version_${version}`;
  // Whoever went back works in a copy.
  const copy = rows[0].own === name ? `${name}_b` : name;
  try {
    await copyTo(client, copy);
  } catch (cause) {
    throw new CodedError({
      code: 'STORE_COPY',
      status: 500,
      message:
        'The database has to be upgraded, and could not be copied before that: its disk needs room for it once more, and its user the right to create schemas. Nothing was changed.',
      cause,
    });
  }
  return copy;
}

async function copyTo(client: pg.ClientBase, copy: string): Promise<void> {
  const ask = async <Row extends pg.QueryResultRow>(text: string, values: unknown[] = []) =>
    (await client.query<Row>({ text, values, ...NO_TIMEOUT })).rows;
  const [{ own, path }] = await ask<{ own: string; path: string }>(
    `SELECT current_schema() AS own, current_setting('search_path') AS path`,
  );
  for (const { name } of await ask<{ name: string }>(EARLIER)) await ask(`DROP SCHEMA ${name} CASCADE`);
  await ask(`CREATE SCHEMA ${copy}`);

  // Read while they are found without the name of their schema, which is then the copy's.
  const tables = await ask<{ name: string }>(FOUND, [TABLES]);
  const constraints = await ask<{ on: string; name: string; definition: string }>(CONSTRAINTS, [TABLES]);
  const indexes = await ask<{ definition: string }>(INDEXES, [TABLES]);
  const functions = await ask<{ definition: string }>(FUNCTIONS_FOUND, [FUNCTIONS]);
  const options = await ask<{ name: string; options: string }>(OPTIONS, [TABLES]);
  const sequences = await ask<{ table: string; column: string; sequence: string }>(SEQUENCES, [TABLES]);
  const counted = [];
  for (const { table, column, sequence } of sequences) {
    const [last] = await ask<{ last_value: string; is_called: boolean }>(`SELECT * FROM ${sequence}`);
    counted.push({ table, column, ...last });
  }
  const here = (definition: string) => definition.replaceAll(`${quoted(own)}.`, '');

  await ask(`SET LOCAL search_path = ${copy}`);
  for (const { definition } of functions) await ask(here(definition));
  for (const { name } of tables) {
    const original = `${quoted(own)}.${name}`;
    await ask(
      `CREATE TABLE ${name} (LIKE ${original} INCLUDING DEFAULTS INCLUDING IDENTITY INCLUDING STORAGE INCLUDING CONSTRAINTS)`,
    );
    await ask(`INSERT INTO ${name} OVERRIDING SYSTEM VALUE SELECT * FROM ${original}`);
  }
  for (const { name, options: set } of options) await ask(`ALTER TABLE ${name} SET (${set})`);
  for (const { on, name, definition } of constraints) {
    await ask(`ALTER TABLE ${on} ADD CONSTRAINT ${name} ${definition}`);
  }
  for (const { definition } of indexes) await ask(here(definition));
  for (const { table, column, last_value, is_called } of counted) {
    await ask('SELECT setval(pg_get_serial_sequence($1, $2), $3, $4)', [
      table,
      column,
      last_value,
      is_called,
    ]);
  }
  await ask(`SELECT set_config('search_path', $1, true)`, [path]);
}

/** As PostgreSQL quotes names in definitions. */
const quoted = (name: string) => (/^[a-z_][a-z\d_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`);

const EARLIER = `SELECT nspname AS name FROM pg_namespace
  WHERE nspname ~ '^workbench_version_\\d+(_b)?$' AND nspname <> current_schema()`;
const OURS = `relnamespace = current_schema()::regnamespace AND relname = ANY($1)`;
const FOUND = `SELECT relname AS name FROM pg_class WHERE ${OURS} AND relkind = 'r' ORDER BY relname`;
// Keys before what refers to them.
const CONSTRAINTS = `SELECT relname AS on, conname AS name, pg_get_constraintdef(pg_constraint.oid) AS definition
  FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid WHERE ${OURS} AND contype IN ('p', 'u', 'f')
  ORDER BY contype = 'f', conname`;
// Of how its large values are cleaned up.
const OPTIONS = `SELECT pg_class.relname AS name, (SELECT string_agg('toast.' || option, ', ') FROM unnest(toast.reloptions) AS option) AS options
  FROM pg_class JOIN pg_class AS toast ON toast.oid = pg_class.reltoastrelid
  WHERE pg_class.relnamespace = current_schema()::regnamespace AND pg_class.relname = ANY($1) AND toast.reloptions IS NOT NULL`;
const INDEXES = `SELECT pg_get_indexdef(indexrelid) AS definition FROM pg_index JOIN pg_class ON pg_class.oid = indrelid
  WHERE ${OURS} AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u'))`;
const FUNCTIONS_FOUND = `SELECT pg_get_functiondef(oid) AS definition FROM pg_proc
  WHERE pronamespace = current_schema()::regnamespace AND proname = ANY($1)`;
const SEQUENCES = `SELECT relname AS table, attname AS column, pg_get_serial_sequence(relname, attname) AS sequence
  FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid WHERE ${OURS} AND relkind = 'r' AND attidentity <> ''`;
