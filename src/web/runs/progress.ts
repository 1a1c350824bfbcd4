import type { FastifyInstance, FastifyRequest } from 'fastify';
import { expectedStarts } from '../../queue/expected-starts.ts';
import { positionIn } from '../../queue/training-service.ts';
import { LEAST_RELIABLE } from '../../recognition/model.ts';
import { guesses } from '../../recognition/model-choice.ts';
import { advise } from '../../runs/coach.ts';
import { isUnderWay, type Owner, type Run, type RunSummary } from '../../runs/run.ts';
import { testInterval } from '../../runs/test-interval.ts';
import type { Workbench } from '../../workbench.ts';
import { answerForm } from '../answer.ts';
import { mayChange, whose } from '../http/owner.ts';
import { findRun, type RunParams } from '../models/find-run.ts';
import { servingContext } from '../models/serving.ts';
import { type MoreContext, moreContext } from './more.ts';
import { type OtherRun, type ProgressFacts, type ProgressView, progressView } from './progress-view.ts';

/** `GET /runs/:id/progress`: the fragment that the page polls, or the status as JSON. */
export function runProgressRoutes(app: FastifyInstance): void {
  app.get<{ Params: RunParams; Querystring: { epochs?: string } }>(
    '/runs/:id/progress',
    async (request, reply) => {
      // The last poll of a run must already show the model now in service.
      await request.workbench.choice.settled();
      const run = await findRun(request.workbench, request.params.id);
      reply.header('cache-control', 'no-store').header('vary', 'accept, hx-request');
      if (answerForm(request) === 'json') return reply.send(await statusJson(request.workbench, run));
      const seen = Number(request.query.epochs ?? Number.NaN);
      const ended = !isUnderWay(run);
      return reply.view('runs/_progress', {
        ...(await progressContext(request, run)),
        historyOutOfBand: ended || run.epochs.length !== seen,
        // Its checkpoints can now be forked and downloaded: the rest of its page follows.
        more:
          ended && isItsPage(request, run) ? { ...(await moreContext(request, run)), outOfBand: true } : null,
      });
    },
  );
}

/**
 * The tutorial's status (`running`, `epoch` and `batch` counted from 0 as Keras does, `batch metric`, `last epoch`) and
 * ours beside it.
 */
async function statusJson(workbench: Workbench, run: Run) {
  const { queuePosition, startsIn } = await standing(workbench, run);
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
    stopping: run.stopping,
    epochs: run.settings.epochs,
    epochsDone: run.epochs.length,
    batches: live?.batches ?? null,
    queuePosition,
    startsIn,
    imagesPerSecond: live?.imagesPerSecond ?? null,
    secondsLeft: live?.secondsLeft ?? null,
    share: live?.share ?? (run.state === 'finished' ? 1 : null),
    bestEpoch: run.bestEpoch,
    testAccuracy: run.testAccuracy,
    reason: run.reason,
  };
}

/** A run's position in the queue, and seconds until its start; both null for one that is not waiting. */
async function standing(workbench: Workbench, { id }: Run) {
  const queue = await workbench.training.queue();
  const running = await workbench.training.running();
  const starts = await expectedStarts(workbench, running, queue);
  return { queuePosition: positionIn(queue, id), startsIn: starts.get(id) ?? null };
}

/** Is it polled by the run's own page? */
function isItsPage({ headers, server }: FastifyRequest, { id }: Run): boolean {
  const url = String(headers['hx-current-url']);
  return URL.canParse(url) && server.pathOf(new URL(url).pathname) === `/runs/${id}`;
}

/**
 * views/runs/_progress.eta (id `progressdisplay`) and _history.eta: an unfinished run polls itself. With
 * `historyOutOfBand` the answer to a poll carries the history as well.
 */
export interface ProgressContext extends ProgressFacts {
  /** Null before the first run. */
  readonly view: ProgressView | null;
  /** Append views/runs/_history.eta, to be swapped out of band. */
  readonly historyOutOfBand: boolean;
  /** Append views/runs/_more.eta too; null when it has not changed or is not on the page. */
  readonly more: MoreContext | null;
}

/** How long an ended run stays in its owner's view. */
const OWN_STAYS_MS = 60_000;
/** Waiting runs that are listed one by one; further ones are counted. */
const LISTED_WAITING = 5;

/**
 * The run shown on pages that show no particular one: the viewer's own if several are unfinished. One of theirs that has
 * just ended is shown for a minute before the page follows someone else's.
 */
export async function shownRun(
  { store, training }: Workbench,
  { owner, room }: FastifyRequest,
): Promise<Run | null> {
  const shown = await store.shown();
  if (owner === null || shown === null || shown.owner?.id === owner.id) return shown;
  const queued = (await training.queue()).find((run) => run.room === room.id && run.owner?.id === owner.id);
  const own = queued ?? (shown.owner && justEnded(await newestOf(store, owner)));
  return own === null ? shown : await store.get(own.id);
}

async function newestOf(store: Workbench['store'], owner: Owner | null): Promise<RunSummary | null> {
  return (owner && (await store.list({ owner: owner.id, limit: 1 })).runs[0]) ?? null;
}

function justEnded(run: RunSummary | null): RunSummary | null {
  return run?.endedAt && Date.now() - Date.parse(run.endedAt) < OWN_STAYS_MS ? run : null;
}

export async function progressContext(request: FastifyRequest, run: Run | null): Promise<ProgressContext> {
  const { training, choice } = request.workbench;
  const serving = await servingContext(request);
  const isServing = run !== null && serving?.runId === run.id;
  const queue = await training.queue();
  const running = await training.running();
  const starts = await expectedStarts(request.workbench, running, queue);
  const facts: ProgressFacts = {
    t: request.t,
    run,
    live: run && training.live(run.id),
    queuePosition: run && positionIn(queue, run.id),
    startsIn: (run && starts.get(run.id)) ?? null,
    whose: run && whose(request, run),
    mayChange: run !== null && mayChange(request, run),
    mayServe: request.role === 'admin',
    stopping: run?.stopping ?? false,
    ...otherRuns(request, run, { queue, running, starts }),
    yours:
      run && whose(request, run) !== null ? await newestOf(request.workbench.store, request.owner) : null,
    isServing,
    isOwnReader: run !== null && serving?.own?.runId === run.id,
    before: isServing ? await choice.before() : null,
    guesses: run !== null && guesses(run),
    quality: run && quality(run),
    serving,
    testInterval: run && testInterval(run),
    advice: run === null ? [] : advise(run.epochs, run.settings, run.parent?.epochs, request.t),
  };
  return { ...facts, view: progressView(facts), historyOutOfBand: false, more: null };
}

function quality(run: Run): ProgressContext['quality'] {
  if (guesses(run)) return 'guesses';
  return run.testAccuracy !== null && run.testAccuracy >= LEAST_RELIABLE ? 'good' : null;
}

/** Read from the store once per page. */
interface UnderWay {
  readonly queue: readonly RunSummary[];
  readonly running: readonly RunSummary[];
  /** Expected starts of the waiting ones, in seconds from now. */
  readonly starts: ReadonlyMap<number, number>;
}

/**
 * The running one, and the first waiting ones that are the viewer's or have no owner. Beside an ended run they are
 * only counted.
 */
function otherRuns(
  request: FastifyRequest,
  shown: Run | null,
  { queue, running, starts }: UnderWay,
): Pick<ProgressContext, 'others' | 'moreWait'> {
  // Of the room alone: what other rooms train is nobody's business here.
  const isOther = ({ id, room }: RunSummary) => id !== shown?.id && room === request.room.id;
  const waiting = queue.filter(isOther);
  const most = shown?.endedAt ? 0 : LISTED_WAITING;
  const listed = waiting.filter((run) => whose(request, run) === null).slice(0, most);
  const others = [...running.filter(isOther), ...listed].map(
    (run): OtherRun => ({
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
