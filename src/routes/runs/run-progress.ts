import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Parts } from '../../app.ts';
import { answerForm } from '../../plugins/negotiation.ts';
import type { Run } from '../../store/run.ts';
import { expectedStarts } from './expected-starts.ts';
import { findRun, type RunParams } from './find-run.ts';
import { isUnderWay, progressContext } from './progress-context.ts';
import { moreContext } from './run-page.ts';

/** `GET /runs/:id/progress`: the fragment that the page polls, or the status as JSON. */
export function runProgressRoutes(app: FastifyInstance, parts: Parts): void {
  app.get<{ Params: RunParams; Querystring: { epochs?: string } }>(
    '/runs/:id/progress',
    async (request, reply) => {
      // The last answer of a run says already which model reads now.
      await parts.choice.settled();
      const run = findRun(parts, request.params.id);
      reply.header('cache-control', 'no-store').header('vary', 'accept, hx-request');
      if (answerForm(request) === 'json') return reply.send(statusJson(parts, run));
      const seen = Number(request.query.epochs ?? Number.NaN);
      const ended = !isUnderWay(parts, run);
      return reply.view('runs/_progress', {
        ...progressContext(parts, request, run),
        historyOutOfBand: ended || run.epochs.length !== seen,
        // What it ended with can be forked and downloaded: the rest of its own page follows.
        more:
          ended && isItsPage(request, run) ? { ...moreContext(parts, request, run), outOfBand: true } : null,
      });
    },
  );
}

/**
 * The tutorial's status (`running`, `epoch` and `batch` counted from 0 as Keras does, `batch metric`, `last epoch`) and
 * ours beside it.
 */
function statusJson(parts: Parts, run: Run) {
  const live = parts.training.live(run.id);
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
    stopping: parts.training.isStopping(run.id),
    epochs: run.settings.epochs,
    epochsDone: run.epochs.length,
    batches: live?.batches ?? null,
    queuePosition: parts.training.queuePosition(run.id),
    startsIn: expectedStarts(parts).get(run.id) ?? null,
    imagesPerSecond: live?.imagesPerSecond ?? null,
    secondsLeft: live?.secondsLeft ?? null,
    share: live?.share ?? (run.state === 'finished' ? 1 : null),
    bestEpoch: run.bestEpoch,
    testAccuracy: run.testAccuracy,
    reason: run.reason,
  };
}

/** Is it polled by the run's own page? */
function isItsPage({ headers }: FastifyRequest, { id }: Run): boolean {
  const url = String(headers['hx-current-url']);
  return URL.canParse(url) && new URL(url).pathname === `/runs/${id}`;
}
