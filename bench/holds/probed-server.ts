/** A server in a process of its own that tells for how long its answering thread was held. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { VARIABLES } from '../../src/config.ts';
import type { Sent } from './sent.ts';

const PROBE = new URL('./probe.ts', import.meta.url);

/** Milliseconds in which the answering thread did not come round. */
export interface Hold {
  readonly wall: number;
  /** In which it computed; not necessarily the same ones. */
  readonly processor: number;
}

export interface ProbedServer {
  /** Its data. */
  readonly folder: string;
  /** The longest since it was asked before. */
  hold(): Promise<Hold>;
  /** @returns the status of the answer, when all of it has come */
  send(sent: Sent): Promise<number>;
  stop(): Promise<void>;
}

/** @param entry the server's, built or not */
export async function startProbed(entry: string): Promise<ProbedServer> {
  const folder = mkdtempSync(path.join(tmpdir(), 'workbench-'));
  const own = { PORT: '0', DATA_DIR: folder, LOG_LEVEL: 'silent', RATE_LIMIT: '0' };
  const env = { ...surroundings(), ...own };
  const server = spawn(process.execPath, ['--import', PROBE.href, entry], {
    env,
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  const url = await new Promise<string>((resolve, reject) => {
    server.stdout!.on('data', (text) => {
      const found = /LeNet-5 workbench: (\S+)/.exec(String(text));
      if (found) resolve(found[1]);
    });
    server.once('exit', (code) => reject(new Error(`the server ended with code ${code}`)));
  });
  const agent = new Agent({ keepAlive: true });
  return {
    folder,
    hold: () =>
      new Promise((resolve) => {
        server.once('message', (hold) => resolve(hold as Hold));
        server.send('hold?');
      }),
    send: ({ path, method = 'POST', headers, body }) =>
      new Promise((resolve, reject) => {
        const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
        const sending = request(`${url}${path}`, { method, agent, headers: { ...length, ...headers } });
        // A server that refuses a body may close before all of it is sent.
        sending.on('error', (error: NodeJS.ErrnoException) =>
          error.code === 'EPIPE' || error.code === 'ECONNRESET' ? resolve(0) : reject(error),
        );
        sending.on('response', (answer) => {
          answer.on('data', () => {});
          answer.on('end', () => resolve(answer.statusCode!));
          answer.on('error', () => resolve(0));
        });
        sending.end(body);
      }),
    async stop() {
      agent.destroy();
      server.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Without what decides how the server behaves. */
function surroundings(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !(name in VARIABLES) && name !== 'NODE_ENV');
  return Object.fromEntries(kept);
}
