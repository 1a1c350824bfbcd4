import type { Value } from './database.ts';

/** What is asked of a column, or of an expression in which `?` stands for the value; undefined = anything will do. */
export type Condition = readonly [column: string, value: Value | undefined];

/**
 * The WHERE of the conditions that ask for anything. Only they are in it, so that the database can plan for them.
 *
 * @param before values of the statement that come before it
 */
export function where(
  conditions: readonly Condition[],
  before: readonly Value[] = [],
): { readonly text: string; readonly values: readonly Value[] } {
  const values = [...before];
  const asked = conditions.flatMap(([column, value]) => {
    if (value === undefined) return [];
    if (value === null) return [`${column} IS NULL`];
    const place = `$${values.push(value)}`;
    return [column.includes('?') ? column.replaceAll('?', place) : `${column} = ${place}`];
  });
  return { text: asked.length === 0 ? '' : `WHERE ${asked.join(' AND ')}`, values };
}
