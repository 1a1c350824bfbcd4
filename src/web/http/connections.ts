import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';

/** How long a shutdown waits for clients, in milliseconds. */
export interface EndLimits {
  /** For answers that are being prepared or sent. */
  readonly answer: number;
  /** A connection unused for this long is closed; clients that send requests more often are told beforehand. */
  readonly unused: number;
  /** For a client to close its side as well. */
  readonly linger: number;
}

export const END_LIMITS: EndLimits = { answer: 5_000, unused: 1_500, linger: 500 };

const LOOK_MS = 20;
/** For answers in progress, before the server stops accepting connections. */
const HOLD_MS = 50;
/** Turns of the event loop for connections being made: the kernel keeps as many waiting. */
const MOST_TURNS = 511;
/** Pipelined requests after which the connection is not read any further. */
const MOST_WAITING = 16;

interface Connection {
  /** In the order in which they must be answered: more than one when the client does not wait for answers. */
  readonly unanswered: Set<ServerResponse>;
  /** The last of them, as long as it is one. */
  last: ServerResponse | null;
  /** Hands over the requests after the first. */
  readonly waiting: (() => void)[];
  isFull: boolean;
  /** When the connection was made, or its last answer ended. */
  unusedSince: number;
  /** Bytes received by then: more are the beginning of another request. */
  bytesThen: number;
  /** When the server closed its side. */
  endedAt: number | null;
}

/** The options by which Fastify configures a server that it does not make itself. */
export interface ConnectionOptions {
  readonly http?: ServerOptions;
  readonly keepAliveTimeout?: number;
  readonly requestTimeout?: number;
  readonly connectionTimeout?: number;
}

/**
 * Knows each connection of a server, so that it can end without losing a request that was sent. What a client sends without
 * waiting for answers, a thousand requests in one packet, is handed over one by one, each in a turn of its own.
 */
export class Connections {
  readonly #servers: Server[] = [];
  readonly #open = new Map<Socket, Connection>();
  #accepted = 0;
  #isHolding = false;
  #isEnding = false;

  /** For Fastify, which has a server for each address of `localhost`. */
  createServer(handler: RequestListener, options: ConnectionOptions): Server {
    const { http = {}, keepAliveTimeout = 72_000, requestTimeout = 0, connectionTimeout = 0 } = options;
    const server = createServer({ ...http, keepAliveTimeout, requestTimeout });
    server.setTimeout(connectionTimeout);
    server.on('connection', (socket: Socket) => this.#follow(socket));
    server.on('request', (request, response) =>
      this.#asked(request, response, () => handler(request, response)),
    );
    this.#servers.push(server);
    return server;
  }

  /** Accepts no more connections, answers every request on open ones, and closes each: with its next answer, which says
   * so, or when it stays unused. Resolves when none is left, which takes `answer` and `linger` at most.
   */
  async end({ answer, unused, linger }: EndLimits = END_LIMITS): Promise<void> {
    await this.#stopListening();
    this.#isEnding = true;
    for (const { last } of this.#open.values()) announceEnd(last);
    const latest = performance.now() + answer;
    while (this.#open.size > 0 && performance.now() < latest) {
      await sleep(LOOK_MS);
      // After what has arrived in this turn.
      await nextTurn();
      const now = performance.now();
      for (const [socket, connection] of this.#open) this.#look(socket, connection, now, unused, linger);
    }
    for (const socket of this.#open.keys()) socket.destroy();
  }

  /**
   * When a server closes, the kernel resets connections that were made but not yet accepted. Clients make new ones
   * when they are answered: so for a moment nothing is read or answered, until all of them are accepted.
   */
  async #stopListening(): Promise<void> {
    this.#isHolding = true;
    for (const socket of this.#open.keys()) socket.pause();
    const latest = performance.now() + HOLD_MS;
    do await sleep(1);
    while (this.#isAnswering() && performance.now() < latest);
    // A turn of the event loop accepts one connection.
    for (let before = -1, turns = 0; before !== this.#accepted && turns < MOST_TURNS; turns++) {
      before = this.#accepted;
      await nextTurn();
    }
    // http.Server's own `close` would also close currently unused ones, even if a request is on its way.
    for (const server of this.#servers) NetServer.prototype.close.call(server);
    this.#isHolding = false;
    for (const socket of this.#open.keys()) socket.resume();
  }

  #isAnswering(): boolean {
    // A request that is still being sent cannot be answered any more.
    for (const { unanswered } of this.#open.values())
      for (const { req } of unanswered) if (req.complete) return true;
    return false;
  }

  #follow(socket: Socket): void {
    this.#accepted++;
    const now = performance.now();
    const connection = {
      unanswered: new Set<ServerResponse>(),
      last: null,
      waiting: [],
      isFull: false,
      unusedSince: now,
      bytesThen: 0,
      endedAt: null,
    };
    this.#open.set(socket, connection);
    socket.once('close', () => this.#open.delete(socket));
    // After Node's own tick, which starts reading.
    if (this.#isHolding) process.nextTick(() => socket.pause());
  }

  #asked({ socket }: IncomingMessage, response: ServerResponse, handle: () => void): void {
    const connection = this.#open.get(socket);
    if (!connection) return;
    const { unanswered, waiting, last } = connection;
    const isFirst = unanswered.size === 0;
    if (this.#isEnding) {
      // A request pipelined after another one must be answered too.
      if (last?.headersSent === false) last.removeHeader('connection');
      announceEnd(response);
    }
    connection.last = response;
    unanswered.add(response);
    response.once('close', () => {
      unanswered.delete(response);
      if (connection.last === response) connection.last = null;
      connection.unusedSince = performance.now();
      connection.bytesThen = socket.bytesRead;
      handOverNext(socket, connection);
    });
    if (isFirst) handle();
    else waiting.push(handle);
    if (waiting.length < MOST_WAITING) return;
    connection.isFull = true;
    socket.pause();
  }

  #look(socket: Socket, connection: Connection, now: number, unused: number, linger: number): void {
    const { unanswered, unusedSince, bytesThen, endedAt } = connection;
    if (endedAt !== null) {
      if (now - endedAt > linger) socket.destroy();
    } else if (unanswered.size === 0 && socket.bytesRead === bytesThen && now - unusedSince > unused) {
      connection.endedAt = now;
      socket.end();
    }
  }
}

function handOverNext(socket: Socket, connection: Connection): void {
  const { waiting } = connection;
  const handle = waiting.shift();
  // Requests after an answer that was announced as the last are not answered.
  if (handle !== undefined) setImmediate(() => socket.writable && handle());
  if (waiting.length > 0 || !connection.isFull) return;
  connection.isFull = false;
  socket.resume();
}

/** The client will not use the connection again; Node closes it after this answer. */
function announceEnd(response: ServerResponse | null): void {
  if (response && !response.headersSent) response.setHeader('connection', 'close');
}
