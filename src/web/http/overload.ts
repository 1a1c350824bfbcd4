import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Message } from '../../catalogue/catalogue.ts';
import { CodedError } from '../../errors.ts';
import { LARGEST_BODY } from '../../images/sizes.ts';
import type { WaitingCounts } from '../../store/run-store.ts';
import { rightNeeded } from './rights.ts';
import { addressOf, Shares, shareOf } from './shares.ts';

/** Most waiting runs of a room: as many as a school trains in a day. */
export const MOST_WAITING_RUNS = 200;
/** … of all rooms together. */
export const MOST_WAITING_RUNS_OF_ALL = 1000;
/** … of one user. */
export const MOST_WAITING_RUNS_OF_ONE = 100;
/** Drawings being read or sent at once; a large one counts once for each started megabyte. */
export const MOST_READINGS = 256;
/** … of one session, or address: a class behind one router. */
export const MOST_READINGS_OF_ONE = 128;
/** … of one address in total, since someone who can sign in may do so repeatedly. */
export const MOST_READINGS_OF_ADDRESS = 192;
/** … of all guests together, so that others can continue. */
export const MOST_READINGS_OF_GUESTS = 192;
/** What an endless one, a stream of JSON lines, counts as. */
const STREAM_BYTES = LARGEST_BODY;
const STREAM_TYPE = 'application/x-ndjson';

/** With an average event-loop delay of this for two consecutive seconds, the server is overloaded. */
const MOST_DELAY_MS = 500;
const SAMPLE_MS = 1000;
const RESOLUTION_MS = 20;

/** Routes that queue runs. */
const RUN_ROUTES = new Set(['/runs', '/fine-tunes', '/runs/:id/resume', '/runs/:id/fork', '/sweeps']);
/** Health checks are answered as long as possible. */
const ALWAYS = new Set(['/livez', '/readyz', '/metrics', '/v2/health/live', '/v2/health/ready']);

declare module 'fastify' {
  interface FastifyInstance {
    /** Event-loop delay in milliseconds: the mean over a second, the lower one of the last two. */
    eventLoopDelay(): number;
  }
}

export interface OverloadOptions {
  /** Event-loop delay in milliseconds; measured by default. */
  readonly delay?: () => number;
}

/** Answers 503 with Retry-After immediately, rather than everyone later and later. */
export function registerOverload(
  app: FastifyInstance,
  { delay = measureDelay(app) }: OverloadOptions = {},
): void {
  const readings = new Weights();
  const addresses = new Shares({ most: MOST_READINGS, mostOfOne: MOST_READINGS_OF_ADDRESS });
  app.decorate('eventLoopDelay', delay);

  app.addHook('onRequest', async (request, reply) => {
    const url = request.routeOptions.url ?? '';
    if (ALWAYS.has(url)) return;
    if (delay() > MOST_DELAY_MS) throw overloaded('The server is overloaded', 2);
    if (request.method === 'POST' && RUN_ROUTES.has(url)) {
      admission(request)(await request.workbench.store.waitingCounts(request.owner?.id ?? null));
    }
    if (!readsDrawings(request)) return;
    const most = request.role === 'guest' ? MOST_READINGS_OF_GUESTS : MOST_READINGS;
    const share = shareOf(request);
    const address = share && addressOf(request);
    const weight = weightOf(request);
    const free = addresses.hasRoom(address, weight) ? readings.take(share, weight, most) : null;
    if (free === null) throw overloaded('Too many drawings are being read at once', 1);
    const freeAddress = addresses.take(address, weight)!;
    reply.raw.once('close', () => {
      free();
      freeAddress();
    });
  });
}

/**
 * May the client queue another run? Checked before its body is read, and again by the store during the write.
 *
 * @returns a check that throws CodedError 503 when too many runs are waiting, 429 when too many of a user's do
 */
export function admission({ role }: FastifyRequest): (waiting: WaitingCounts) => void {
  return ({ all, room, own }) => {
    if (room >= MOST_WAITING_RUNS) {
      throw overloaded(`${MOST_WAITING_RUNS} runs are waiting, the maximum`, 60);
    }
    if (all >= MOST_WAITING_RUNS_OF_ALL) {
      throw overloaded(`${MOST_WAITING_RUNS_OF_ALL} runs of all rooms are waiting, the maximum`, 60);
    }
    if (role !== 'user' || own < MOST_WAITING_RUNS_OF_ONE) return;
    const message: Message = [
      'errors.runsOfYoursAreWaiting',
      { mostWaitingRunsOfOne: MOST_WAITING_RUNS_OF_ONE },
    ];
    throw new CodedError({ code: 'TOO_MANY_RUNS', status: 429, message, retryAfter: 60 });
  };
}

/** Total weight of the drawings in progress. */
export class Weights extends Shares {
  constructor() {
    super({ most: MOST_READINGS, mostOfOne: MOST_READINGS_OF_ONE });
  }
}

function readsDrawings(request: FastifyRequest): boolean {
  const { method, routeOptions } = request;
  return rightNeeded(request) === 'recognize' || (method === 'POST' && routeOptions.url === '/corrections');
}

/** A body of unknown length may become as large as the route allows. */
function weightOf({ headers, routeOptions }: FastifyRequest): number {
  const isStream = headers['content-type']?.startsWith(STREAM_TYPE);
  const most = isStream ? STREAM_BYTES : (routeOptions.bodyLimit ?? LARGEST_BODY);
  const bytes = Number(headers['content-length'] ?? most);
  return Math.min(Math.ceil(bytes / 2 ** 20) || 1, most / 2 ** 20);
}

/** Mean event-loop delay over a second, the lower one of the last two: a single long turn is not an overload. */
function measureDelay(app: FastifyInstance): () => number {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  let [before, mean, count, sum] = [0, 0, 0, 0];
  const timer = setInterval(() => {
    // Not reset: the interval after a reset would not be counted, however long.
    const now = { count: histogram.count, sum: histogram.count > 0 ? histogram.count * histogram.mean : 0 };
    before = mean;
    if (now.count > count) mean = (now.sum - sum) / (now.count - count) / 1e6 - RESOLUTION_MS;
    [count, sum] = [now.count, now.sum];
  }, SAMPLE_MS).unref();
  app.addHook('onClose', async () => {
    clearInterval(timer);
    histogram.disable();
  });
  return () => Math.min(before, mean);
}

function overloaded(what: string, retryAfter: number): CodedError {
  const message: Message = ['errors.tryAgainInS', { what, retryAfter }];
  return new CodedError({ code: 'OVERLOADED', status: 503, message, retryAfter });
}
