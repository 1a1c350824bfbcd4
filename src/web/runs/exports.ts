import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { type CsvValue, csvLines } from '../../formats/csv.ts';
import '../http/owner.ts';
import type { RunSummary } from '../../runs/run.ts';
import { testInterval } from '../../runs/test-interval.ts';
import { inSlices } from '../../time-slices.ts';
import type { Epoch } from '../../training/epoch.ts';
import { SETTING_NAMES } from '../../training/settings.ts';
import { findRun, type RunParams } from '../models/find-run.ts';
import { wholeRunJson } from './json.ts';
import { readRunQuery, storeQuery } from './query.ts';

const EPOCH_COLUMNS: readonly (keyof Epoch)[] = [
  'epoch',
  'loss',
  'accuracy',
  'val_loss',
  'val_accuracy',
  'seconds',
];

/** A column of a table of runs: its name and its value. */
const RUN_COLUMNS: Readonly<Record<string, (run: RunSummary) => CsvValue>> = {
  run: ({ id }) => id,
  state: ({ state }) => state,
  name: ({ name }) => name,
  note: ({ note }) => note,
  pinned: ({ pinned }) => pinned,
  owner: ({ owner }) => owner?.name ?? null,
  sweep: ({ sweepId }) => sweepId,
  parent_run: ({ parent }) => parent?.runId ?? null,
  parent_epoch: ({ parent }) => parent?.epoch ?? null,
  ...Object.fromEntries(SETTING_NAMES.map((name) => [name, ({ settings }: RunSummary) => settings[name]])),
  epochs_done: ({ epochsDone }) => epochsDone,
  best_epoch: ({ bestEpoch }) => bestEpoch,
  best_val_loss: ({ bestValLoss }) => bestValLoss,
  best_val_accuracy: ({ bestValAccuracy }) => bestValAccuracy,
  test_loss: ({ testLoss }) => testLoss,
  test_accuracy: ({ testAccuracy }) => testAccuracy,
  test_accuracy_low: (run) => testInterval(run)?.low ?? null,
  test_accuracy_high: (run) => testInterval(run)?.high ?? null,
  seconds: ({ seconds }) => seconds,
  created_at: ({ createdAt }) => createdAt,
  started_at: ({ startedAt }) => startedAt,
  ended_at: ({ endedAt }) => endedAt,
  reason: ({ reason }) => reason,
};

/**
 * Files to download: `GET /runs.csv` has the runs of the list under the same query, on all pages;
 * `GET /runs/:id/epochs.csv` and `GET /runs/:id/export.json` one run.
 */
export function runExportRoutes(app: FastifyInstance): void {
  app.get<{ Querystring: Record<string, unknown> }>('/runs.csv', async (request, reply) => {
    const query = storeQuery(readRunQuery(request.query), request.owner?.id ?? null);
    const { runs } = await request.workbench.store.list({ ...query, limit: Number.MAX_SAFE_INTEGER });
    return sendCsv(reply, 'runs.csv', runTable(runs));
  });

  app.get<{ Params: RunParams }>('/runs/:id/epochs.csv', async (request, reply) => {
    const { id, epochs } = await findRun(request.workbench, request.params.id);
    return sendCsv(reply, `run-${id}-epochs.csv`, [
      EPOCH_COLUMNS,
      ...epochs.map((epoch) => EPOCH_COLUMNS.map((name) => epoch[name])),
    ]);
  });

  app.get<{ Params: RunParams }>('/runs/:id/export.json', async (request, reply) => {
    const run = await findRun(request.workbench, request.params.id);
    return asFile(reply, `run-${run.id}.json`, 'application/json').send(
      `${JSON.stringify(wholeRunJson(run, app.address), null, 2)}\n`,
    );
  });
}

function* runTable(runs: readonly RunSummary[]): Generator<CsvValue[], void, void> {
  yield Object.keys(RUN_COLUMNS);
  const columns = Object.values(RUN_COLUMNS);
  for (const run of runs) yield columns.map((column) => column(run));
}

function sendCsv(reply: FastifyReply, name: string, rows: Iterable<readonly CsvValue[]>): FastifyReply {
  return asFile(reply, name, 'text/csv; charset=utf-8').send(Readable.from(inSlices(csvLines(rows))));
}

function asFile(reply: FastifyReply, name: string, type: string): FastifyReply {
  return reply.type(type).header('content-disposition', `attachment; filename="${name}"`);
}
