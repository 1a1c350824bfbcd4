import '../http/owner.ts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { MessageKey, Translate } from '../../catalogue/catalogue.ts';
import { OPTIMIZERS } from '../../network/optimizers.ts';
import { guesses } from '../../recognition/model-choice.ts';
import { RUN_STATES, type RunSummary } from '../../runs/run.ts';
import { testInterval } from '../../runs/test-interval.ts';
import type { Interval } from '../../statistics/wilson.ts';
import type { RunSort } from '../../store/run-list.ts';
import type { Workbench } from '../../workbench.ts';
import { answerForm } from '../answer.ts';
import { servingRunId } from '../models/serving.ts';
import type { PageContext } from '../page.ts';
import { runJson } from './json.ts';
import {
  isFiltered,
  MOST_TEXT,
  type RunListQuery,
  readRunQuery,
  runQueryUrl,
  sortUrl,
  storeQuery,
} from './query.ts';

/** Runs per page or answer. */
const PAGE = 50;

/** The most important ones first: a phone shows only these. */
const COLUMNS: readonly { readonly label: MessageKey; readonly sort: RunSort | null }[] = [
  { label: 'runs.columnRun', sort: 'id' },
  { label: 'runs.columnTest', sort: 'test' },
  { label: 'runs.columnState', sort: 'state' },
  { label: 'runs.columnValLoss', sort: 'val_loss' },
  { label: 'runs.columnEpochs', sort: 'epochs' },
  { label: 'runs.time', sort: 'seconds' },
  { label: 'runs.columnSettings', sort: 'optimizer' },
  { label: 'runs.columnAsked', sort: null },
];

/** `GET /runs` lists runs, filtered, sorted and paged by the query. */
export function runListRoutes(app: FastifyInstance): void {
  app.get<{ Querystring: Record<string, unknown> }>('/runs', async (request, reply) => {
    const asked = readRunQuery(request.query);
    if (answerForm(request) !== 'json') return sendRunList(request, reply, asked);
    const { runs, count, next } = await listRuns(request.workbench, request, asked);
    return reply.header('vary', 'accept').send({
      runs: runs.map((run) => runJson(run, app.address)),
      count,
      next: next && app.address(next),
    });
  });
}

/**
 * The page that lists runs.
 *
 * @param problem why the ticked runs cannot be compared, and which they are
 */
export async function sendRunList(
  request: FastifyRequest,
  reply: FastifyReply,
  asked: RunListQuery,
  problem: RunsContext['problem'] = null,
): Promise<FastifyReply | Promise<FastifyReply>> {
  const { runs, count, next } = await listRuns(request.workbench, request, asked);
  const { page } = asked;
  return reply.page<RunsContext>('runs/index', {
    title: request.t('runs.runs'),
    page: 'runs',
    runs: runs.map((run) => ({ ...run, testInterval: testInterval(run), guesses: guesses(run) })),
    count,
    from: (page - 1) * PAGE + 1,
    asked,
    isFiltered: isFiltered(asked),
    columns: COLUMNS.map((column) => columnContext(request.t, column, asked)),
    choices: { states: RUN_STATES, optimizers: OPTIMIZERS },
    mostText: MOST_TEXT,
    csv: runQueryUrl('/runs.csv', asked, { page: 1 }),
    previous: page > 1 ? runQueryUrl('/runs', asked, { page: page - 1 }) : null,
    next,
    servingRunId: servingRunId(request.workbench),
    problem,
  });
}

async function listRuns({ store }: Workbench, request: FastifyRequest, asked: RunListQuery) {
  const { page } = asked;
  const { runs, count } = await store.list({
    ...storeQuery(asked, request.owner?.id ?? null),
    limit: PAGE,
    offset: (page - 1) * PAGE,
  });
  return { runs, count, next: count > page * PAGE ? runQueryUrl('/runs', asked, { page: page + 1 }) : null };
}

function columnContext(
  t: Translate,
  { label: key, sort }: (typeof COLUMNS)[number],
  asked: RunListQuery,
): RunColumn {
  const label = t(key);
  const url = sort && sortUrl(asked, sort);
  if (sort !== asked.sort) return { label, url, sorted: null };
  return { label, url, sorted: asked.order === 'asc' ? 'ascending' : 'descending' };
}

/** views/runs/index.eta */
export interface RunsContext extends PageContext {
  readonly runs: readonly ListedRun[];
  /** On all pages. */
  readonly count: number;
  /** The number of the first one on this page. */
  readonly from: number;
  /** The query of the address. */
  readonly asked: RunListQuery;
  readonly isFiltered: boolean;
  readonly columns: readonly RunColumn[];
  /** Choices of the filters. */
  readonly choices: { readonly states: readonly string[]; readonly optimizers: readonly string[] };
  /** Most characters of a search text. */
  readonly mostText: number;
  /** Address of the same runs as a file. */
  readonly csv: string;
  readonly previous: string | null;
  readonly next: string | null;
  readonly servingRunId: number | null;
  /** Why the ticked runs cannot be compared. */
  readonly problem: { readonly message: string; readonly ticked: readonly string[] } | null;
}

export interface ListedRun extends RunSummary {
  readonly testInterval: Interval | null;
  /** Is it only guessing? */
  readonly guesses: boolean;
}

export interface RunColumn {
  readonly label: string;
  /** Sorts by it; null when it cannot be sorted by. */
  readonly url: string | null;
  readonly sorted: 'ascending' | 'descending' | null;
}
