import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyHttpOptions, FastifyInstance } from 'fastify';
import { isLoopback } from '../../addresses.ts';
import type { Message } from '../../catalogue/catalogue.ts';
import type { Config } from '../../config.ts';
import { CodedError } from '../../errors.ts';
import { trustedProxies } from './authority.ts';
import { JSON_LINES_TYPES } from './bodies.ts';
import { addressOf, Shares } from './shares.ts';
import { refuseUnreadable } from './unreadable-requests.ts';

/** A socket that has not sent its headers by then is closed with 408. */
const HEADERS_MS = 15_000;
/** A socket without a byte in either direction for this long is closed: its peer is gone, or does not read. */
const IDLE_MS = 60_000;
/** A body must have arrived by then, unless it is a stream whose lines are answered as they arrive. */
const BODY_MS = 30_000;

/**
 * How long a client may take, and the answer when it sends no valid request, for Fastify. Node's own limit for a whole request would cut off a steady stream,
 * so it is off: {@link IDLE_MS} ends a stream that stalls, {@link registerBodyTime} any other body.
 */
export const connectionOptions = {
  requestTimeout: 0,
  connectionTimeout: IDLE_MS,
  clientErrorHandler: refuseUnreadable,
  http: {
    headersTimeout: HEADERS_MS,
    connectionsCheckingInterval: 1000,
    // TCP keep-alive ends half-open sockets.
    keepAlive: true,
    keepAliveInitialDelay: 30_000,
  },
} satisfies FastifyHttpOptions<Server>;

/**
 * Further sockets are closed on arrival, so that the open ones keep working. One address may have half of them; this
 * machine and trusted proxies, which stand for many clients, may have all.
 */
export function registerConnectionLimits(
  app: FastifyInstance,
  { maxConnections, trustProxy }: Pick<Config, 'maxConnections' | 'trustProxy'>,
): void {
  app.server.maxConnections = maxConnections;
  const isTrusted = trustedProxies(trustProxy);
  const isShared = (ip: string) => isLoopback(ip) || isTrusted(ip);
  shareConnections(app.server, Math.floor(maxConnections / 2), isShared);
  registerBodyTime(app, BODY_MS);
}

/** @param isShared may an address have as many as there are? */
export function shareConnections(server: Server, mostOfOne: number, isShared: (ip: string) => boolean): void {
  const shares = new Shares({ most: Number.POSITIVE_INFINITY, mostOfOne });
  server.on('connection', (socket: Socket) => {
    const ip = socket.remoteAddress;
    // Gone already.
    if (ip === undefined) return;
    const free = shares.take(isShared(ip) ? null : addressOf({ ip }), 1);
    if (free === null) socket.destroy();
    else socket.once('close', free);
  });
}

/** Refuses with 408 a body that has not come after `milliseconds`, and closes its connection. */
export function registerBodyTime(app: FastifyInstance, milliseconds: number): void {
  app.addHook('preParsing', (request, reply, payload, done) => {
    done(null, payload);
    const { raw, headers } = request;
    if (raw.complete || JSON_LINES_TYPES.test(headers['content-type'] ?? '')) return;
    const timer = setTimeout(() => {
      if (raw.complete) return;
      reply.header('connection', 'close');
      // To readers of the body, even through another stream, it looks like a client that hung up.
      if (payload.listenerCount('error') > 0) payload.emit('error', tooSlow());
      setTimeout(() => raw.destroy(), CLOSE_MS).unref();
    }, milliseconds).unref();
    raw.once('end', () => clearTimeout(timer));
    raw.once('close', () => clearTimeout(timer));
  });
}

/** Time for the sentence to reach the client. */
const CLOSE_MS = 500;

function tooSlow(): CodedError {
  const message: Message = ['errors.theBodyOfTheRequest'];
  return new CodedError({ code: 'TOO_SLOW', status: 408, message });
}
