import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isLoopback } from '../../addresses.ts';
import type { Message } from '../../catalogue/catalogue.ts';
import { CodedError } from '../../errors.ts';
import { addressOf } from './shares.ts';

const MINUTE_MS = 60_000;
/** Wrong tokens from one address: a class behind one router may mistype; guessing is limited to 5,760 tries a day. */
export const MOST_FAILURES = 20;
export const FAILURES_MS = 5 * MINUTE_MS;

/** Limits wrong tokens. */
export interface AttemptLimit {
  /** @throws CodedError 429 after too many failures, also for the right token */
  check(request: FastifyRequest): Promise<void>;
  countFailure(request: FastifyRequest): Promise<void>;
}

export interface RateLimitOptions {
  /** Requests a minute; 0 = any number. */
  readonly perMinute: number;
}

/**
 * Counts the requests per minute of each session, or else of each address (for IPv6 each /64 network). A class behind one
 * router shares an address until it signs in, so the limit has to be generous; this machine has none. Routes
 * that are added later are counted.
 *
 * @returns the tighter limit of wrong tokens, which this machine has too
 */
export async function registerRateLimits(
  app: FastifyInstance,
  { perMinute }: RateLimitOptions,
): Promise<AttemptLimit> {
  await app.register(rateLimit, {
    global: perMinute > 0,
    max: perMinute,
    timeWindow: MINUTE_MS,
    keyGenerator: (request) => request.sessionId ?? addressOf(request),
    allowList: (request) => isLoopback(request.ip),
    addHeadersOnExceeding: NO_HEADERS,
    addHeaders: NO_HEADERS,
    errorResponseBuilder: (_request, { ttl }) => tooMany('Too many requests', ttl),
  });
  const failures = app.createRateLimit({
    max: MOST_FAILURES,
    timeWindow: FAILURES_MS,
    keyGenerator: addressOf,
    allowList: [],
  });
  return {
    async check(request) {
      const known = await failures(request, { increment: false });
      if (!known.isAllowed && known.remaining === 0 && known.ttl > 0) {
        throw tooMany('Too many wrong tokens from this address', known.ttl);
      }
    },
    async countFailure(request) {
      await failures(request);
    },
  };
}

/** The remaining quota is not sent; the error says when to try again. */
const NO_HEADERS = { 'x-ratelimit-limit': false, 'x-ratelimit-remaining': false, 'x-ratelimit-reset': false };

function tooMany(what: string, milliseconds: number): CodedError {
  const retryAfter = Math.ceil(milliseconds / 1000);
  const message: Message = ['errors.tryAgainInS', { what, retryAfter }];
  return new CodedError({ code: 'TOO_MANY_REQUESTS', status: 429, message, retryAfter });
}
