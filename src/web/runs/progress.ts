import type { FastifyInstance, FastifyRequest } from 'fastify';
import { expectedStarts } from '../../queue/expected-starts.ts';
import type { Run } from '../../runs/run.ts';
import { isUnderWay } from '../../runs/run.ts';
import type { Workbench } from '../../workbench.ts';
import { answerForm } from '../answer.ts';
import { findRun, type RunParams } from '../models/find-run.ts';
import { moreContext } from './more.ts';
import { progressContext } from './progress-context.ts';

/** `GET /runs/:id/progress`: the fragment that the page polls, or the status as JSON. */
export function runProgressRoutes(app: FastifyInstance, workbench: Workbench): void {
  app.get<{ Params: RunParams; Querystring: { epochs?: string } }>(
    '/runs/:id/progress',
    async (request, reply) => {
      // The last answer of a run says already which model reads now.
      await workbench.choice.settled();
      const run = findRun(workbench, request.params.id);
      reply.header('cache-control', 'no-store').header('vary', 'accept, hx-request');
      if (answerForm(request) === 'json') return reply.send(statusJson(workbench, run));
      const seen = Number(request.query.epochs ?? Number.NaN);
      const ended = !isUnderWay(run);
      return reply.view('runs/_progress', {
        ...progressContext(workbench, request, run),
        historyOutOfBand: ended || run.epochs.length !== seen,
        // What it ended with can be forked and downloaded: the rest of its own page follows.
        more:
          ended && isItsPage(request, run)
            ? { ...moreContext(workbench, request, run), outOfBand: true }
            : null,
      });
    },
  );
}

/**
 * The tutorial's status (`running`, `epoch` and `batch` counted from 0 as Keras does, `batch metric`, `last epoch`) and
 * ours beside it.
 */
function statusJson(workbench: Workbench, run: Run) {
  const live = workbench.training.live(run.id);
  const last = run.epochs.at(-1);
  return {
    running: run.state === 'running',
    epoch: live ? live.epoch - 1 : Math.max(0, run.epochs.length - 1),
    batch: live?.batch ?? 0,
    'batch metric': live?.loss == null ? null : { loss: live.loss, accuracy: live.accuracy },
    'last epoch': last
      ? { loss: last.loss, accuracy: last.accuracy, val_loss: last.val_loss, val_accuracy: last.val_accuracy }
      : null,
    id: run.id,
    state: run.state,
    stopping: workbench.training.isStopping(run.id),
    epochs: run.settings.epochs,
    epochsDone: run.epochs.length,
    batches: live?.batches ?? null,
    queuePosition: workbench.training.queuePosition(run.id),
    startsIn: expectedStarts(workbench).get(run.id) ?? null,
    imagesPerSecond: live?.imagesPerSecond ?? null,
    secondsLeft: live?.secondsLeft ?? null,
    share: live?.share ?? (run.state === 'finished' ? 1 : null),
    bestEpoch: run.bestEpoch,
    testAccuracy: run.testAccuracy,
    reason: run.reason,
  };
}

/** Is it polled by the run's own page? */
function isItsPage({ headers, server }: FastifyRequest, { id }: Run): boolean {
  const url = String(headers['hx-current-url']);
  return URL.canParse(url) && server.pathOf(new URL(url).pathname) === `/runs/${id}`;
}
