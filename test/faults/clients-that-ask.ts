/** Clients that go on asking until no server is there, and what became of each request. */
import { Agent, type IncomingMessage, type RequestOptions, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** How a client uses its connections. */
export type ClientKind = (typeof CLIENT_KINDS)[number];
export const CLIENT_KINDS = ['agent', 'fetch', 'socket', 'pausing', 'reconnecting'] as const;

export interface Tally {
  /** Answers that came whole. */
  answered: number;
  /** Answers that came whole, but with another status than 200. */
  readonly statuses: Map<number, number>;
  /** Requests that were sent and not answered: what happened instead. */
  readonly cut: string[];
}

interface Asked {
  readonly path: string;
  readonly body?: string;
}

const DIGIT = JSON.stringify({
  matrix: Array.from({ length: 784 }, (_, i) => (i % 28 === 14 && i > 112 && i < 672 ? 255 : 0)),
});
const TENSOR = JSON.stringify({
  inputs: [{ name: 'images', datatype: 'UINT8', shape: [1, 784], data: JSON.parse(DIGIT).matrix }],
});

/** What they ask for, in turn: reading in both ways, pages, JSON, a file. */
const ASKED: readonly Asked[] = [
  { path: '/recognize', body: DIGIT },
  { path: '/' },
  { path: '/v2/models/lenet5/infer', body: TENSOR },
  { path: '/runs' },
  { path: '/static/css/workbench.css' },
  { path: '/now' },
];

const HEADERS = { accept: 'text/html', 'accept-encoding': 'identity' };
const bodyHeaders = (body: string) => ({
  'content-type': 'application/json',
  'content-length': String(Buffer.byteLength(body)),
});

/** Another process is there no more, or never was: nothing was sent. */
const isGone = (error: unknown) => /ECONNREFUSED/.test(codes(error));
const codes = (error: unknown): string => {
  const { code, message, cause } = error as NodeJS.ErrnoException;
  return `${code ?? message}${cause ? ` ${codes(cause)}` : ''}`;
};

/** Resolves when each of them has found that no server is there. */
export async function askUntilGone(url: string, kinds: readonly ClientKind[]): Promise<Tally> {
  const tally: Tally = { answered: 0, statuses: new Map(), cut: [] };
  await Promise.all(
    kinds.map(async (kind, i) => {
      const client = CLIENTS[kind](new URL(url));
      for (let asked = i; ; asked++) {
        try {
          const status = await client.ask(ASKED[asked % ASKED.length]);
          tally.answered++;
          if (status !== 200) tally.statuses.set(status, (tally.statuses.get(status) ?? 0) + 1);
        } catch (error) {
          if (isGone(error)) break;
          tally.cut.push(`${kind} ${ASKED[asked % ASKED.length].path}: ${codes(error)}`);
        }
        if (kind === 'pausing') await sleep(Math.random() * 1200);
      }
      client.close();
    }),
  );
  return tally;
}

interface Client {
  /** @returns the status. @throws Error when no whole answer comes */
  ask(asked: Asked): Promise<number>;
  close(): void;
}

const CLIENTS: Readonly<Record<ClientKind, (url: URL) => Client>> = {
  agent: (url) => agentClient(url, { keepAlive: true, maxSockets: 1 }),
  pausing: (url) => agentClient(url, { keepAlive: true, maxSockets: 1 }),
  reconnecting: (url) => agentClient(url, { keepAlive: false }),
  fetch: (url) => ({
    async ask({ path, body }) {
      const method = body === undefined ? 'GET' : 'POST';
      const answer = await fetch(new URL(path, url), {
        method,
        headers: { ...HEADERS, ...(body !== undefined && bodyHeaders(body)) },
        ...(body !== undefined && { body }),
      });
      await answer.arrayBuffer();
      return answer.status;
    },
    close() {},
  }),
  socket: (url) => new SocketClient(url),
};

function agentClient({ hostname, port }: URL, options: ConstructorParameters<typeof Agent>[0]): Client {
  const agent = new Agent(options);
  return {
    async ask({ path, body }) {
      const headers = { ...HEADERS, ...(body !== undefined && bodyHeaders(body)) };
      const method = body === undefined ? 'GET' : 'POST';
      const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
      const sent: RequestOptions = { agent, hostname, port, path, method, headers };
      request(sent, resolve).on('error', reject).end(body);
      const answer = await promise;
      for await (const _ of answer);
      return answer.statusCode!;
    },
    close: () => agent.destroy(),
  };
}

/** Sends the next request in the very turn in which an answer ends, as load generators do. */
class SocketClient implements Client {
  readonly #url: URL;
  #socket: Socket | null = null;

  constructor(url: URL) {
    this.#url = url;
  }

  async ask({ path, body }: Asked): Promise<number> {
    const socket = this.#socket ?? (await this.#connect());
    const headers = { host: this.#url.host, ...HEADERS, ...(body !== undefined && bodyHeaders(body)) };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(
      `${body === undefined ? 'GET' : 'POST'} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body ?? ''}`,
    );
    const answer = await read(socket);
    if (/^connection: close/im.test(answer)) {
      this.#socket = null;
      socket.end();
    }
    return Number(answer.slice(9, 12));
  }

  async #connect(): Promise<Socket> {
    const socket = connect(Number(this.#url.port), this.#url.hostname).setNoDelay();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    socket.once('connect', resolve).on('error', reject);
    socket.once('close', () => {
      if (this.#socket === socket) this.#socket = null;
    });
    await promise;
    this.#socket = socket;
    return socket;
  }

  close(): void {
    this.#socket?.destroy();
  }
}

/** One whole answer with a Content-Length. @throws Error when the connection ends before */
function read(socket: Socket): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let text = '';
  const heard = (part: Buffer) => {
    text += part.toString('latin1');
    const head = text.indexOf('\r\n\r\n');
    const length = Number(/^content-length: (\d+)/im.exec(text)?.[1]);
    if (head >= 0 && text.length >= head + 4 + length) settle(() => resolve(text.slice(0, head)));
  };
  const failed = (error?: Error) =>
    settle(() => reject(error ?? new Error(`closed after ${text.length} bytes`)));
  const closed = () => failed();
  function settle(done: () => void) {
    socket.off('data', heard).off('error', failed).off('end', closed).off('close', closed);
    done();
  }
  socket.on('data', heard).on('error', failed).on('end', closed).on('close', closed);
  return promise;
}
