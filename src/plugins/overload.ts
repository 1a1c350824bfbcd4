import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { CodedError } from '../errors.ts';
import type { RunStore } from '../store/run-store.ts';
import { isLoopback } from './loopback.ts';
import { rightNeeded } from './rights.ts';

/** Runs that may wait: as many as a school trains in a day. */
export const MOST_WAITING_RUNS = 200;
/** Drawings that are being read, or still sent, at once; one that is large counts as one for each megabyte begun. */
export const MOST_READINGS = 256;
/** … of one address: a class behind one router. */
export const MOST_READINGS_OF_ONE = 128;
/** A body whose length is not told may become this large. */
const UNKNOWN_BYTES = 8 * 2 ** 20;

/** When the thread that answers is late by this on average for two seconds on end, it has more to do than it can. */
const MOST_DELAY_MS = 500;
const SAMPLE_MS = 1000;
const RESOLUTION_MS = 20;

/** These begin a run. */
const RUN_ROUTES = new Set(['/runs', '/fine-tunes', '/runs/:id/resume', '/runs/:id/fork', '/sweeps']);
/** Asked about the server's health, it answers as long as it can. */
const ALWAYS = new Set(['/livez', '/readyz', '/metrics', '/v2/health/live', '/v2/health/ready']);

declare module 'fastify' {
  interface FastifyInstance {
    /** How late the event loop is, in milliseconds: mean of a second, the lesser of the last two. */
    eventLoopDelay(): number;
  }
}

export interface OverloadOptions {
  readonly store: Pick<RunStore, 'inState'>;
  /** How late the event loop is, in milliseconds; left out, it is measured. */
  readonly delay?: () => number;
}

/** Answers 503 with Retry-After at once rather than everybody ever later. */
export function registerOverload(
  app: FastifyInstance,
  { store, delay = measureDelay(app) }: OverloadOptions,
): void {
  const readings = new Weights();
  app.decorate('eventLoopDelay', delay);

  app.addHook('onRequest', async (request, reply) => {
    const url = request.routeOptions.url ?? '';
    if (ALWAYS.has(url)) return;
    if (delay() > MOST_DELAY_MS) throw overloaded('The server has too much to do', 2);
    if (
      request.method === 'POST' &&
      RUN_ROUTES.has(url) &&
      store.inState('queued').length >= MOST_WAITING_RUNS
    ) {
      throw overloaded(`${MOST_WAITING_RUNS} runs are waiting, which is the most`, 60);
    }
    if (!readsDrawings(request)) return;
    const free = readings.take(isLoopback(request.ip) ? null : request.ip, weightOf(request));
    if (free === null) throw overloaded('Too many drawings are being read at once', 1);
    reply.raw.once('close', free);
  });
}

/** The weight of what is in flight, in all and of each address. */
export class Weights {
  #all = 0;
  readonly #of = new Map<string, number>();

  /**
   * @param owner null for one that has no share of its own
   * @returns what gives it back; null when there is no room
   */
  take(owner: string | null, weight: number): (() => void) | null {
    const own = owner === null ? 0 : (this.#of.get(owner) ?? 0);
    if (this.#all + weight > MOST_READINGS || own + weight > MOST_READINGS_OF_ONE) return null;
    this.#add(owner, weight);
    return () => this.#add(owner, -weight);
  }

  #add(owner: string | null, weight: number): void {
    this.#all += weight;
    if (owner === null) return;
    const own = (this.#of.get(owner) ?? 0) + weight;
    if (own === 0) this.#of.delete(owner);
    else this.#of.set(owner, own);
  }
}

function readsDrawings(request: FastifyRequest): boolean {
  const { method, routeOptions } = request;
  return rightNeeded(request) === 'recognize' || (method === 'POST' && routeOptions.url === '/corrections');
}

function weightOf({ headers }: FastifyRequest): number {
  const bytes = Number(headers['content-length'] ?? UNKNOWN_BYTES);
  return Math.min(Math.ceil(bytes / 2 ** 20) || 1, UNKNOWN_BYTES / 2 ** 20);
}

/** Mean over a second of all that was between two turns of the event loop, the lesser of the last two: one long turn is no overload. */
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
  const message = `${what}. Try again in ${retryAfter} s.`;
  return new CodedError({ code: 'OVERLOADED', status: 503, message, retryAfter });
}
