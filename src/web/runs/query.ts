/** The query of a list of runs: the same for the page, JSON and the CSV file. */
import { Type } from 'typebox';
import type { Message } from '../../catalogue/catalogue.ts';
import { CodedError } from '../../errors.ts';
import { OPTIMIZERS, type OptimizerName } from '../../network/optimizers.ts';
import { RUN_STATES, type RunState } from '../../runs/run.ts';
import { RUN_SORTS, type RunQuery, type RunSort } from '../../store/run-list.ts';
import { oneOf, orEmpty } from '../api/operation.ts';

export type Order = (typeof ORDERS)[number];

const ORDERS = ['asc', 'desc'] as const;

/** Most characters of a search text. */
export const MOST_TEXT = 100;

const Natural = Type.Integer({ minimum: 1, maximum: 999_999_999 });

/** The query schema, which both checks and describes each value. */
const SCHEMAS = {
  state: oneOf(RUN_STATES),
  optimizer: oneOf(OPTIMIZERS),
  /** Only the client's own. */
  mine: Type.Literal('1'),
  pinned: Type.Literal('1'),
  text: Type.String({ maxLength: MOST_TEXT, description: 'Part of a name or a note' }),
  sweep: Natural,
  sort: oneOf(RUN_SORTS),
  order: oneOf(ORDERS),
  page: Natural,
};

type Field = keyof typeof SCHEMAS;

const FIELDS = Object.keys(SCHEMAS) as Field[];

/** For the API description: a form sends omitted fields as empty texts. */
export const runQuerySchema = Type.Object(
  Object.fromEntries(FIELDS.map((name) => [name, Type.Optional(orEmpty(SCHEMAS[name]))])),
  { additionalProperties: false },
);

/** The query as sent; omitted fields do not matter. */
export interface RunListQuery {
  readonly state?: RunState | undefined;
  readonly optimizer?: OptimizerName | undefined;
  readonly mine?: true | undefined;
  readonly pinned?: true | undefined;
  readonly text?: string | undefined;
  /** A sweep's id. */
  readonly sweep?: number | undefined;
  readonly sort: RunSort;
  readonly order: Order;
  /** From 1. */
  readonly page: number;
}

/** The initial order of these columns; the others start with the highest. */
const FIRST_ORDER: Partial<Record<RunSort, Order>> = { state: 'asc', optimizer: 'asc', val_loss: 'asc' };

const firstOrder = (sort: RunSort): Order => FIRST_ORDER[sort] ?? 'desc';

/**
 * Reads the query of an address. Empty values count as omitted.
 *
 * @throws CodedError 422 naming what is allowed
 */
export function readRunQuery(input: object): RunListQuery {
  const given = Object.entries(input).filter(([, value]) => value !== '');
  const read = given.map(([name, value]) => [name, readValue(name, value)]);
  const asked: Partial<RunListQuery> = Object.fromEntries(read);
  const { sort = 'id', order = firstOrder(sort), page = 1 } = asked;
  return { ...asked, sort, order, page };
}

function readValue(name: string, value: unknown): string | number | true {
  if (!isField(name)) {
    throw unusable(name, ['fields.runQuery', { name: name.slice(0, 30), allowed: FIELDS.join(', ') }]);
  }
  if (typeof value !== 'string') throw unusable(name, ['fields.once', { name }]);
  const schema = SCHEMAS[name] as JsonSchema;
  if (schema.type === 'integer' && /^[1-9]\d{0,8}$/.test(value)) return Number(value);
  if (schema.const === value) return true;
  if (schema.enum?.includes(value)) return value;
  if (value.length <= (schema.maxLength ?? -1)) return value;
  throw unusable(name, mustBe(`${name[0].toUpperCase()}${name.slice(1)}`, schema));
}

const isField = (name: string): name is Field => name in SCHEMAS;

/** The part of a schema that is used here. */
interface JsonSchema {
  readonly type?: string;
  readonly const?: string;
  readonly enum?: readonly string[];
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

function mustBe(name: string, schema: JsonSchema): Message {
  const { minimum: min = 1, maximum: max = 1 } = schema;
  if (schema.enum) return ['fields.oneOf', { name, values: schema.enum.join(', ') }];
  if (schema.const !== undefined) return ['fields.orLeftOut', { name, value: schema.const }];
  if (schema.maxLength !== undefined) return ['fields.characters', { name, most: schema.maxLength }];
  return ['fields.wholeNumber', { name, min, max }];
}

/** @param owner id of the client; null for a client without one, which owns no runs */
export function storeQuery({ mine, order, page, ...filters }: RunListQuery, owner: string | null): RunQuery {
  return { ...filters, owner: mine && (owner ?? ''), ascending: order === 'asc' };
}

/** Does it filter at all? */
export function isFiltered({ sort, order, page, ...filters }: RunListQuery): boolean {
  return Object.values(filters).some((value) => value !== undefined);
}

/** The address of the query with changes; defaults are omitted. */
export function runQueryUrl(path: string, query: RunListQuery, change: Partial<RunListQuery> = {}): string {
  const asked = { ...query, ...change };
  const fields = new URLSearchParams();
  for (const name of FIELDS) {
    const value = asked[name];
    if (value === undefined || isImplied(name, asked)) continue;
    fields.set(name, value === true ? '1' : String(value));
  }
  return fields.size === 0 ? path : `${path}?${fields}`;
}

/** The address of the list sorted by a column, reversed if it is sorted by it already. */
export function sortUrl(query: RunListQuery, sort: RunSort): string {
  const reversed = query.order === 'asc' ? 'desc' : 'asc';
  const order = query.sort === sort ? reversed : firstOrder(sort);
  return runQueryUrl('/runs', query, { sort, order, page: 1 });
}

function isImplied(name: Field, { sort, order, page }: RunListQuery): boolean {
  if (name === 'sort') return sort === 'id';
  if (name === 'order') return order === firstOrder(sort);
  return name === 'page' && page === 1;
}

function unusable(field: string, message: Message): CodedError {
  return new CodedError({ code: 'RUN_QUERY', status: 422, message, field });
}
