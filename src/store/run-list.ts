/** Lists of runs: which ones, in which order, which page. */
import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { RunState, RunSummary } from '../runs/run.ts';
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

export type RunSort = keyof typeof SORT_COLUMNS;

export const RUN_SORTS = Object.keys(SORT_COLUMNS) as RunSort[];

/** What is left out does not matter. */
export interface RunQuery {
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
export function listRuns(db: DatabaseSync, query: RunQuery): RunPage {
  const { sort = 'id', ascending = false, limit = 100, offset = 0 } = query;
  const column = SORT_COLUMNS[sort];
  const direction = ascending ? 'ASC' : 'DESC';
  const bounds = boundsOf(query);
  const rows = db
    .prepare(
      `${SELECT_RUNS} ${WHERE} ORDER BY ${column} ${direction} NULLS LAST, id DESC LIMIT :limit OFFSET :offset`,
    )
    .all({ ...bounds, limit, offset });
  const { count } = db.prepare(`SELECT count(*) AS count FROM runs ${WHERE}`).get(bounds)!;
  return { runs: rows.map(toSummary), count: count as number };
}

const WHERE = `WHERE (:state IS NULL OR state = :state) AND (:owner IS NULL OR owner = :owner)
  AND (:optimizer IS NULL OR settings ->> 'optimizer' = :optimizer) AND (:sweep IS NULL OR sweep_id = :sweep)
  AND (:pinned IS NULL OR pinned = :pinned) AND (:text IS NULL OR instr(lower(name || ' ' || note), lower(:text)))`;

function boundsOf({ state, owner, optimizer, sweep, pinned, text }: RunQuery): Record<string, SQLInputValue> {
  return {
    state: state ?? null,
    owner: owner ?? null,
    optimizer: optimizer ?? null,
    sweep: sweep ?? null,
    pinned: pinned === undefined ? null : pinned ? 1 : 0,
    text: text || null,
  };
}
