import type { FastifyInstance, FastifyReply } from 'fastify';
import { CodedError } from '../errors.ts';

/** Keeps proxies from closing a silent stream, and finds out that nobody reads it any more. */
const HEARTBEAT_MS = 15_000;
/** A client that has so much unread is cut off: it comes back by itself, with the id it saw last. */
const MOST_UNREAD_BYTES = 2 ** 20;

/** More than a class with three tabs each. */
const MOST_STREAMS = 250;

/** For the routes of streams: a HEAD would wait for the end of the stream. */
export const NO_HEAD = { exposeHeadRoute: false } as const;

declare module 'fastify' {
  interface FastifyInstance {
    readonly eventStreams: EventStreams;
  }
}

export interface EventStreams {
  /** How many are open. */
  readonly count: number;
  /** @throws CodedError 503 when there are too many */
  open(reply: FastifyReply): EventStream;
  /** Ends them all: nothing else does. Those that clients come back with are ended when they have caught up. */
  endAll(): void;
}

export function registerEventStreams(app: FastifyInstance): void {
  const streams = new Set<EventStream>();
  let areEnding = false;
  app.decorate('eventStreams', {
    get count() {
      return streams.size;
    },
    open(reply) {
      if (streams.size >= MOST_STREAMS) throw tooManyStreams();
      const stream = new EventStream(reply);
      streams.add(stream);
      stream.onClose(() => streams.delete(stream));
      if (areEnding) setImmediate(() => stream.end());
      return stream;
    },
    endAll() {
      areEnding = true;
      for (const stream of streams) stream.end();
    },
  });
}

function tooManyStreams(): CodedError {
  const message = `${MOST_STREAMS} clients follow runs already. Ask for the run itself meanwhile.`;
  return new CodedError({ code: 'TOO_MANY_STREAMS', status: 503, message, retryAfter: 10 });
}

export interface ServerEvent {
  readonly event: string;
  /** What the client says when it comes back, in `Last-Event-ID`; left out for events that need not be sent again. */
  readonly id?: string;
  readonly data: unknown;
}

/** Server-sent events to one client (https://html.spec.whatwg.org/multipage/server-sent-events.html). */
export class EventStream {
  readonly #reply: FastifyReply;
  readonly #heartbeat: NodeJS.Timeout;

  /**
   * Answers with the head of the stream; the reply is the stream's from now on.
   *
   * @param retry milliseconds that the client waits before it comes back
   */
  constructor(reply: FastifyReply, { retry = 1000 } = {}) {
    this.#reply = reply.hijack();
    const { raw } = reply;
    reply.header('content-type', 'text/event-stream; charset=utf-8').header('cache-control', 'no-store');
    raw.writeHead(200, reply.getHeaders() as NodeJS.Dict<string>);
    // At once, so that the client knows that it is heard.
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
