import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** Each statement by its name, prepared once. */
export function prepareAll<Name extends string>(
  db: DatabaseSync,
  statements: Readonly<Record<Name, string>>,
): Readonly<Record<Name, StatementSync>> {
  const entries = Object.entries<string>(statements).map(([name, sql]) => [name, db.prepare(sql)]);
  return Object.fromEntries(entries);
}
