/** What the address of a list of runs asks for: the same of the page, of JSON and of the CSV file. */
import { CodedError } from '../../errors.ts';
import { OPTIMIZERS, type OptimizerName } from '../../network/optimizers.ts';
import { RUN_STATES, type RunState } from '../../runs/run.ts';
import { RUN_SORTS, type RunQuery, type RunSort } from '../../store/run-list.ts';

/** As it was asked; what is left out does not matter. */
export interface RunListQuery {
  readonly state?: RunState | undefined;
  readonly optimizer?: OptimizerName | undefined;
  /** Only those of the one who asks. */
  readonly mine?: true | undefined;
  readonly pinned?: true | undefined;
  /** Part of a name or a note. */
  readonly text?: string | undefined;
  /** A sweep's id. */
  readonly sweep?: number | undefined;
  readonly sort: RunSort;
  readonly order: Order;
  /** From 1. */
  readonly page: number;
}

export type Order = (typeof ORDERS)[number];

const ORDERS = ['asc', 'desc'] as const;

const FIELDS = ['state', 'optimizer', 'mine', 'pinned', 'text', 'sweep', 'sort', 'order', 'page'] as const;

/** The order that somebody who sorts by it wants first; of the others the highest first. */
const FIRST_ORDER: Partial<Record<RunSort, Order>> = { state: 'asc', optimizer: 'asc', val_loss: 'asc' };

const firstOrder = (sort: RunSort): Order => FIRST_ORDER[sort] ?? 'desc';

/** Characters of a text that is looked for. */
export const MOST_TEXT = 100;

/**
 * Reads the query of an address. Empty values count as left out, as a form sends them.
 *
 * @throws CodedError 422 naming what is allowed
 */
export function readRunQuery(input: object): RunListQuery {
  const given = Object.entries(input).filter(([, value]) => value !== '');
  const values = new Map<string, unknown>(given);
  for (const [name, value] of values) {
    if (!FIELDS.includes(name as (typeof FIELDS)[number])) {
      throw unusable(
        name,
        `Runs cannot be asked for by "${name.slice(0, 30)}", but by ${FIELDS.join(', ')}.`,
      );
    }
    if (typeof value !== 'string') throw unusable(name, `Give ${name} once.`);
  }
  const get = (name: (typeof FIELDS)[number]) => values.get(name) as string | undefined;

  function oneOf<Value extends string>(name: (typeof FIELDS)[number], allowed: readonly Value[]) {
    const value = get(name);
    if (value === undefined || allowed.includes(value as Value)) return value as Value | undefined;
    throw unusable(name, `${capital(name)} must be one of ${allowed.join(', ')}.`);
  }
  function flag(name: 'mine' | 'pinned'): true | undefined {
    if (get(name) === undefined || get(name) === '1') return get(name) === '1' || undefined;
    throw unusable(name, `${capital(name)} must be 1, or left out.`);
  }
  function number(name: 'sweep' | 'page'): number | undefined {
    const value = get(name);
    if (value === undefined || /^[1-9]\d{0,8}$/.test(value))
      return value === undefined ? value : Number(value);
    throw unusable(name, `${capital(name)} must be a whole number from 1 to 999999999.`);
  }

  const text = get('text');
  if (text !== undefined && text.length > MOST_TEXT) {
    throw unusable('text', `Text must have ${MOST_TEXT} characters at most.`);
  }
  const sort = oneOf('sort', RUN_SORTS) ?? 'id';
  return {
    state: oneOf('state', RUN_STATES),
    optimizer: oneOf('optimizer', OPTIMIZERS),
    mine: flag('mine'),
    pinned: flag('pinned'),
    text,
    sweep: number('sweep'),
    sort,
    order: oneOf('order', ORDERS) ?? firstOrder(sort),
    page: number('page') ?? 1,
  };
}

/** @param owner id of the one who asks; null for nobody, who owns none */
export function storeQuery({ mine, order, page, ...filters }: RunListQuery, owner: string | null): RunQuery {
  return { ...filters, owner: mine && (owner ?? ''), ascending: order === 'asc' };
}

/** Is anything but the order and the page asked for? */
export function isFiltered({ sort, order, page, ...filters }: RunListQuery): boolean {
  return Object.values(filters).some((value) => value !== undefined);
}

/** The same question, changed, at an address; what goes without saying is left out. */
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

/** The address of the list sorted by a column: the other way round when it is sorted so already. */
export function sortUrl(query: RunListQuery, sort: RunSort): string {
  const reversed = query.order === 'asc' ? 'desc' : 'asc';
  const order = query.sort === sort ? reversed : firstOrder(sort);
  return runQueryUrl('/runs', query, { sort, order, page: 1 });
}

function isImplied(name: (typeof FIELDS)[number], { sort, order, page }: RunListQuery): boolean {
  if (name === 'sort') return sort === 'id';
  if (name === 'order') return order === firstOrder(sort);
  return name === 'page' && page === 1;
}

function unusable(field: string, message: string): CodedError {
  return new CodedError({ code: 'RUN_QUERY', status: 422, message, field });
}

const capital = (text: string) => text[0].toUpperCase() + text.slice(1);
