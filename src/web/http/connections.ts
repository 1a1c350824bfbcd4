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

/** How long an end waits for clients, in milliseconds. */
export interface EndLimits {
  /** For answers that are being made or sent. */
  readonly answer: number;
  /** A connection is closed after being unused for this long; a client that asks more often is told beforehand. */
  readonly unused: number;
  /** For a client to close its side as well. */
  readonly linger: number;
}

export const END_LIMITS: EndLimits = { answer: 5_000, unused: 1_500, linger: 500 };

const LOOK_MS = 20;
/** For answers in the making, before connections are taken no more. */
const HOLD_MS = 50;
/** Of the event loop, for connections that are being made: a kernel keeps as many waiting. */
const MOST_TURNS = 511;
/** Requests behind one that is being answered, before the connection is read no further. */
const MOST_WAITING = 16;

interface Connection {
  /** In the order in which they must be answered: more than one when the client does not wait for answers. */
  readonly unanswered: Set<ServerResponse>;
  /** The last of them, as long as it is one. */
  last: ServerResponse | null;
  /** Hands over those behind the first. */
  readonly waiting: (() => void)[];
  isFull: boolean;
  /** When it was made, or its last answer ended. */
  unusedSince: number;
  /** Bytes received by then: more are the beginning of another request. */
  bytesThen: number;
  /** When we closed our side. */
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

  /**
   * Takes no more connections, answers what was asked on those there are, and closes each: by its next answer, which says
   * so, or when it stays unused. Resolves when none is left, which takes `answer` and `linger` at most.
   */
  async end({ answer, unused, linger }: EndLimits = END_LIMITS): Promise<void> {
    await this.#stopListening();
    this.#isEnding = true;
    for (const { last } of this.#open.values()) announceEnd(last);
    const latest = performance.now() + answer;
    while (this.#open.size > 0 && performance.now() < latest) {
      await sleep(LOOK_MS);
      // Behind what has arrived in this turn.
      await nextTurn();
      const now = performance.now();
      for (const [socket, connection] of this.#open) this.#look(socket, connection, now, unused, linger);
    }
    for (const socket of this.#open.keys()) socket.destroy();
  }

  /**
   * The kernel resets connections that it has made and nobody has accepted when their server closes. Clients make new ones
   * when they are answered: for a moment nothing is read and so nothing answered, until all there are are accepted.
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
    // http.Server's own `close` would also close those that are unused just now, whatever is on its way to them.
    for (const server of this.#servers) NetServer.prototype.close.call(server);
    this.#isHolding = false;
    for (const socket of this.#open.keys()) socket.resume();
  }

  #isAnswering(): boolean {
    // What is still being sent cannot be answered now.
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
    // Behind Node's own tick, which begins to read.
    if (this.#isHolding) process.nextTick(() => socket.pause());
  }

  #asked({ socket }: IncomingMessage, response: ServerResponse, handle: () => void): void {
    const connection = this.#open.get(socket);
    if (!connection) return;
    const { unanswered, waiting, last } = connection;
    const isFirst = unanswered.size === 0;
    if (this.#isEnding) {
      // Whoever sent this behind another request is to be answered too.
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
  // What was sent behind an answer that was announced as the last one is not answered.
  if (handle !== undefined) setImmediate(() => socket.writable && handle());
  if (waiting.length > 0 || !connection.isFull) return;
  connection.isFull = false;
  socket.resume();
}

/** The client will not use the connection again; Node closes it behind this answer. */
function announceEnd(response: ServerResponse | null): void {
  if (response && !response.headersSent) response.setHeader('connection', 'close');
}
