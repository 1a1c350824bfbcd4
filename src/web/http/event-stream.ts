import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Message } from '../../catalogue/catalogue.ts';
import { CodedError } from '../../errors.ts';
import type { Role } from '../../roles.ts';
import { addressOf, Shares, shareOf } from './shares.ts';

/** Keeps proxies from closing a silent stream, and detects clients that are gone. */
const HEARTBEAT_MS = 15_000;
/** A client with this much unread data is cut off; it reconnects with the last id it saw. */
const MOST_UNREAD_BYTES = 2 ** 20;

/** Total for each role: guests leave half to users, and users some to admins. */
const MOST_STREAMS: Readonly<Record<Role, number>> = { guest: 125, user: 225, admin: 250 };
/** Per session, script that identifies itself, or else address. */
const MOST_STREAMS_OF_ONE = 20;
/** Per address in total, since someone who can sign in may do so repeatedly. */
const MOST_STREAMS_OF_ADDRESS = 125;

/** For routes with streams: a HEAD would wait for the end of the stream. */
export const NO_HEAD = { exposeHeadRoute: false } as const;

declare module 'fastify' {
  interface FastifyInstance {
    readonly eventStreams: EventStreams;
  }
}

export interface EventStreamOptions {
  /** Milliseconds that the client waits before it reconnects. */
  readonly retry?: number;
}

export interface EventStreams {
  /** How many are open. */
  readonly count: number;
  /** @throws CodedError 429 when the client has too many, 503 when there are too many */
  open(reply: FastifyReply, options?: EventStreamOptions): EventStream;
  /** Ends all streams; nothing else does. Reconnected ones end once they have caught up. */
  endAll(): void;
}

export function registerEventStreams(app: FastifyInstance): void {
  const streams = new Set<EventStream>();
  let areEnding = false;
  const most = MOST_STREAMS.admin;
  const shares = new Shares({ most, mostOfOne: MOST_STREAMS_OF_ONE });
  const addresses = new Shares({ most, mostOfOne: MOST_STREAMS_OF_ADDRESS });
  app.decorate('eventStreams', {
    get count() {
      return streams.size;
    },
    open(reply, options) {
      const { request } = reply;
      const share = shareOf(request);
      const address = share && addressOf(request);
      if (!shares.hasRoom(share, 1) || !addresses.hasRoom(address, 1)) throw tooManyOfOne();
      const free = shares.take(share, 1, MOST_STREAMS[request.role]);
      if (free === null) throw tooManyStreams();
      const freeAddress = addresses.take(address, 1)!;
      const stream = new EventStream(reply, options);
      streams.add(stream);
      stream.onClose(() => {
        streams.delete(stream);
        free();
        freeAddress();
      });
      if (areEnding) setImmediate(() => stream.end());
      return stream;
    },
    endAll() {
      areEnding = true;
      for (const stream of streams) stream.end();
    },
  });
}

function tooManyOfOne(): CodedError {
  const message: Message = ['errors.youFollowAsManyRuns', { mostStreamsOfOne: MOST_STREAMS_OF_ONE }];
  return new CodedError({ code: 'TOO_MANY_STREAMS', status: 429, message, retryAfter: 10 });
}

function tooManyStreams(): CodedError {
  const message: Message = ['errors.tooManyClientsFollowRuns'];
  return new CodedError({ code: 'TOO_MANY_STREAMS', status: 503, message, retryAfter: 10 });
}

export interface ServerEvent {
  readonly event: string;
  /** Sent back by a reconnecting client in `Last-Event-ID`; omitted for events that need not be repeated. */
  readonly id?: string;
  readonly data: unknown;
}

/** Server-sent events to one client (https://html.spec.whatwg.org/multipage/server-sent-events.html). */
export class EventStream {
  readonly #reply: FastifyReply;
  readonly #heartbeat: NodeJS.Timeout;

  /** Sends the head of the stream, which owns the reply from now on. */
  constructor(reply: FastifyReply, { retry = 1000 }: EventStreamOptions = {}) {
    this.#reply = reply.hijack();
    const { raw } = reply;
    reply.header('content-type', 'text/event-stream; charset=utf-8').header('cache-control', 'no-store');
    raw.writeHead(200, reply.getHeaders() as NodeJS.Dict<string>);
    // Immediately, so that the client knows that it is connected.
    raw.write(`retry: ${retry}\n\n`);
    this.#heartbeat = setInterval(() => raw.write(': \n\n'), HEARTBEAT_MS).unref();
    raw.once('close', () => clearInterval(this.#heartbeat));
  }

  get isOpen(): boolean {
    return !this.#reply.raw.writableEnded && !this.#reply.raw.destroyed;
  }

  send({ event, id, data }: ServerEvent): void {
    const { raw } = this.#reply;
    if (!this.isOpen) return;
    const lines = [
      `event: ${event}`,
      ...(id === undefined ? [] : [`id: ${id}`]),
      `data: ${JSON.stringify(data)}`,
    ];
    raw.write(`${lines.join('\n')}\n\n`);
    if (raw.writableLength > MOST_UNREAD_BYTES) raw.destroy();
  }

  end(): void {
    this.#reply.raw.end();
  }

  onClose(closed: () => void): void {
    this.#reply.raw.once('close', closed);
  }
}
