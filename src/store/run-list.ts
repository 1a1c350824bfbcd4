/** Lists of runs: which ones, in which order, which page. */
import type { RunState, RunSummary } from '../runs/run.ts';
import { type Condition, where } from './conditions.ts';
import type { Database } from './database.ts';
import { SELECT_RUNS, toSummary } from './rows.ts';

/** What lists can be sorted by, and the column it stands for. */
const SORT_COLUMNS = {
  id: 'id',
  state: 'state',
  optimizer: `settings ->> 'optimizer'`,
  epochs: 'epochs_done',
  val_loss: 'best_val_loss',
  test: 'test_accuracy',
  seconds: 'seconds',
} as const;

/** Those that have a value for every run. */
const ALWAYS = new Set<RunSort>(['id', 'state']);

export type RunSort = keyof typeof SORT_COLUMNS;

export const RUN_SORTS = Object.keys(SORT_COLUMNS) as RunSort[];

/** What is left out does not matter. */
export interface RunQuery {
  /** A room's id. */
  readonly room?: number | undefined;
  readonly state?: RunState | undefined;
  readonly optimizer?: string | undefined;
  /** An owner's id. */
  readonly owner?: string | undefined;
  readonly sweep?: number | undefined;
  readonly pinned?: boolean | undefined;
  /** Part of a name or a note. */
  readonly text?: string | undefined;
  readonly sort?: RunSort | undefined;
  /** Lowest or oldest first. */
  readonly ascending?: boolean | undefined;
  /** 100 when left out. */
  readonly limit?: number | undefined;
  readonly offset?: number | undefined;
}

export interface RunPage {
  readonly runs: readonly RunSummary[];
  /** Of all pages. */
  readonly count: number;
}

/** Runs that have no value to be sorted by come last. */
export async function listRuns(db: Database, query: RunQuery): Promise<RunPage> {
  const { sort = 'id', ascending = false, limit = 100, offset = 0 } = query;
  const column = SORT_COLUMNS[sort];
  const direction = ascending ? 'ASC' : 'DESC';
  // What always has a value can be read in the order of an index, which has its own place for what has none.
  const last = ALWAYS.has(sort) ? '' : 'NULLS LAST';
  const { text, values } = where(conditionsOf(query));
  const page = `LIMIT $${values.length + 1} OFFSET $${values.length + 2}`;
  const rows = await db.query(
    `${SELECT_RUNS} ${text} ORDER BY ${column} ${direction} ${last}, id DESC ${page}`,
    [...values, limit, offset],
  );
  const [{ count }] = await db.query(`SELECT count(*) AS count FROM runs ${text}`, values);
  return { runs: rows.map(toSummary), count: count as number };
}

function conditionsOf({ room, state, owner, optimizer, sweep, pinned, text }: RunQuery): Condition[] {
  return [
    ['room', room],
    ['state', state],
    ['owner', owner],
    [`settings ->> 'optimizer'`, optimizer],
    ['sweep_id', sweep],
    ['pinned', pinned === undefined ? undefined : pinned ? 1 : 0],
    [`lower(name || ' ' || note) LIKE ? ESCAPE '\\'`, text ? containing(text) : undefined],
  ];
}

/** The pattern for texts with this one in them, in small letters. */
const containing = (text: string) => `%${text.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`;
