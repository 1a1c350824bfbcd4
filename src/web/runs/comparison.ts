import type { FastifyInstance } from 'fastify';
import { english } from '../../catalogue/catalogue.ts';
import { readTestLabels } from '../../datasets/mnist.ts';
import { CodedError } from '../../errors.ts';
import { caveats, differingSettings, pairs, type RunPair } from '../../runs/differences.ts';
import type { Run } from '../../runs/run.ts';
import { testInterval } from '../../runs/test-interval.ts';
import type { Interval } from '../../statistics/wilson.ts';
import { SETTINGS, type SettingName } from '../../training/settings.ts';
import { answerForm } from '../answer.ts';
import { findRun } from '../models/find-run.ts';
import type { PageContext } from '../page.ts';
import { runJson } from './json.ts';
import { sendRunList } from './list.ts';
import { readRunQuery } from './query.ts';

/** More curves than this cannot be told apart. */
const MOST_RUNS = 8;

/** `GET /compare?run=3&run=5`: curves, settings that differ, and which run is better. */
export function runComparisonRoutes(app: FastifyInstance): void {
  app.get<{ Querystring: Record<string, unknown> }>('/compare', async (request, reply) => {
    const ids = chosenIds(request.query);
    if (ids.length < 2 || ids.length > MOST_RUNS) {
      if (answerForm(request) !== 'page') throw wrongCount(ids.length);
      const problem = { message: tickOthers(ids.length), ticked: ids };
      return await sendRunList(request, reply.code(422), readRunQuery({}), problem);
    }
    const runs = await Promise.all(ids.map((id) => findRun(request.workbench, id)));
    const labels = readTestLabels();
    const tested = await Promise.all(
      runs.map(async (run) => ({ run, hits: await request.workbench.store.testHits(run.id, labels) })),
    );
    const differing = differingSettings(runs);
    const isJson = answerForm(request) === 'json';
    const t = isJson ? english : request.t;
    const comparison = { differing, pairs: pairs(tested, t), caveats: caveats(tested, t) };
    if (isJson) {
      return reply
        .header('vary', 'accept')
        .send({ runs: runs.map((run) => runJson(run, app.address)), ...comparison });
    }
    return reply.page<ComparisonContext>('comparisons/show', {
      title: request.t('compare.title', { ids: runs.map(({ id }) => id).join(', ') }),
      page: 'runs',
      runs: runs.map((run) => ({ ...run, testInterval: testInterval(run) })),
      best: comparison.pairs[0]?.better ?? null,
      // The most epochs of each run are shown beside those done.
      differing: differing
        .filter((name) => name !== 'epochs')
        .map((name) => ({ name, label: request.t(SETTINGS[name].label) })),
      pairs: comparison.pairs,
      caveats: comparison.caveats,
      epochs: epochNumbers(runs),
    });
  });
}

/** @throws CodedError 422 for other parameters, or a repeated run */
function chosenIds({ run, ...others }: Record<string, unknown>): string[] {
  const ids = [run ?? []].flat().map(String);
  const twice = ids.find((id, i) => ids.indexOf(id) < i);
  const [unknown] = Object.keys(others);
  if (unknown !== undefined)
    throw unusable(`Runs are compared by "run" alone, not by "${unknown.slice(0, 30)}".`);
  if (twice !== undefined)
    throw unusable(`Run ${twice.slice(0, 20)} is named twice: name two to ${MOST_RUNS} different runs.`);
  return ids;
}

/** For people who ticked runs in the list. */
function tickOthers(count: number): string {
  if (count > MOST_RUNS) return `${count} runs are ticked. Tick at most ${MOST_RUNS} to compare them.`;
  return `${count === 1 ? 'Only one run is' : 'No run is'} ticked. Tick two to ${MOST_RUNS} runs to compare them.`;
}

/** For those who wrote the address. */
function wrongCount(count: number): CodedError {
  const given = count === 1 ? 'One run is' : `${count || 'No'} runs are`;
  return unusable(
    `${given} named: name two to ${MOST_RUNS} different runs, such as /compare?run=1&run=2, or tick them in the list of runs.`,
  );
}

/** 1, 2, … to the last epoch of any run. */
function epochNumbers(runs: readonly Run[]): number[] {
  return Array.from({ length: Math.max(...runs.map(({ epochs }) => epochs.length)) }, (_, i) => i + 1);
}

function unusable(message: string): CodedError {
  return new CodedError({ code: 'COMPARISON', status: 422, message, field: 'run' });
}

/** views/comparisons/show.eta */
export interface ComparisonContext extends PageContext {
  /** Two to eight, in the order asked for. */
  readonly runs: readonly (Run & { readonly testInterval: Interval | null })[];
  /** The most accurate run; null when fewer than two can be compared. */
  readonly best: number | null;
  /** Settings that are not the same in all runs, except the epochs. */
  readonly differing: readonly { readonly name: SettingName; readonly label: string }[];
  readonly pairs: readonly RunPair[];
  /** Sentences: which run was not tested, and which test accuracy is too optimistic. */
  readonly caveats: readonly string[];
  /** 1, 2, … to the last epoch of any of them. */
  readonly epochs: readonly number[];
}
