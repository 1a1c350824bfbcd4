import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Parts } from '../app.ts';
import { answerForm } from '../plugins/negotiation.ts';
import { mayChange, whose } from '../plugins/owner.ts';
import type { Run, RunSummary } from '../store/run.ts';
import type { OtherRunContext, ProgressContext } from './contexts.ts';
import { expectedStarts } from './expected-starts.ts';
import { findRun, type RunParams } from './find-run.ts';
import { servingContext } from './serving.ts';

/** Waiting runs of somebody that are told one by one; of more their number. */
const LISTED_WAITING = 5;

/** `GET /runs/:id/progress`: the fragment that the page polls, or the status as JSON. */
export function runProgressRoutes(app: FastifyInstance, parts: Parts): void {
  app.get<{ Params: RunParams; Querystring: { epochs?: string } }>(
    '/runs/:id/progress',
    async (request, reply) => {
      // The last answer of a run says already which model reads now.
      await parts.settled();
      const run = findRun(parts, request.params.id);
      reply.header('cache-control', 'no-store').header('vary', 'accept, hx-request');
      if (answerForm(request) === 'json') return reply.send(statusJson(parts, run));
      const seen = Number(request.query.epochs ?? Number.NaN);
      const ended = run.state !== 'queued' && run.state !== 'running';
      return reply.view('runs/_progress', {
        ...progressContext(parts, request, run),
        historyOutOfBand: ended || run.epochs.length !== seen,
      });
    },
  );
}

/** What a page shows that shows no run in particular: of several under way the one that is theirs who look. */
export function shownRun({ store, training }: Parts, { owner }: FastifyRequest): Run | null {
  const shown = store.shown();
  if (owner === null || shown === null || shown.owner?.id === owner.id) return shown;
  const own = training.queue().find((run) => run.owner?.id === owner.id);
  return own === undefined ? shown : store.get(own.id);
}

export function progressContext(parts: Parts, request: FastifyRequest, run: Run | null): ProgressContext {
  const { training, recognition } = parts;
  const serving = servingContext(recognition.serving);
  const starts = expectedStarts(parts);
  return {
    run,
    live: run && training.live(run.id),
    queuePosition: run && training.queuePosition(run.id),
    startsIn: (run && starts.get(run.id)) ?? null,
    whose: run && whose(request, run),
    mayChange: run !== null && mayChange(request, run),
    mayServe: request.role === 'admin',
    stopping: run !== null && training.isStopping(run.id),
    ...otherRuns(parts, request, run, starts),
    isServing: run !== null && serving?.runId === run.id,
    shippedAccuracy: recognition.serving?.source.kind === 'shipped' ? null : parts.shippedAccuracy,
    serving,
    historyOutOfBand: false,
  };
}

/** The one that runs, and of those that wait the first that are theirs who look, or nobody's. */
function otherRuns(
  { store, training }: Parts,
  request: FastifyRequest,
  shown: Run | null,
  starts: ReadonlyMap<number, number>,
): Pick<ProgressContext, 'others' | 'moreWait'> {
  const isOther = ({ id }: RunSummary) => id !== shown?.id;
  const waiting = training.queue().filter(isOther);
  const listed = waiting.filter((run) => whose(request, run) === null).slice(0, LISTED_WAITING);
  const others = [...store.inState('running').filter(isOther), ...listed].map(
    (run): OtherRunContext => ({
      id: run.id,
      name: run.name,
      state: run.state,
      startsIn: starts.get(run.id) ?? null,
      whose: whose(request, run),
      mayChange: mayChange(request, run),
    }),
  );
  return { others, moreWait: waiting.length - listed.length };
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
