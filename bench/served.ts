/** The built server as its user starts it: in a process and a data folder of its own. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const SERVER = path.join(import.meta.dirname, '../dist/server.js');

export interface Served {
  readonly url: string;
  /** From its start until it answered. */
  readonly milliseconds: number;
  /** The code it ended with; null while it runs. */
  exitCode(): number | null;
  /** Its resident set, as Linux tells it; MB. */
  megabytes(): number;
  /** Ends it with SIGKILL; its data stay. */
  kill(): Promise<void>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

/** @param environment beside PORT and a new DATA_DIR; nobody counts the requests of a benchmark unless it says so */
export async function startServer(environment: NodeJS.ProcessEnv = {}): Promise<Served> {
  const folder = mkdtempSync(path.join(tmpdir(), 'workbench-'));
  const started = performance.now();
  const own = { PORT: '0', DATA_DIR: folder, LOG_LEVEL: 'silent', RATE_LIMIT: '0' };
  const env = { ...process.env, ...own, ...environment };
  const server = spawn(process.execPath, [SERVER], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  const url = await new Promise<string>((resolve, reject) => {
    server.stdout.on('data', (text) => {
      const found = /LeNet-5 workbench: (\S+)/.exec(String(text));
      if (found) resolve(found[1]);
    });
    server.once('exit', (code) => reject(new Error(`the server ended with code ${code}`)));
  });
  await fetch(`${url}/now`);
  return {
    url,
    milliseconds: performance.now() - started,
    exitCode: () => server.exitCode,
    megabytes() {
      const status = readFileSync(`/proc/${server.pid}/status`, 'utf8');
      return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1000);
    },
    async kill() {
      server.kill('SIGKILL');
      await ended;
    },
    async stop() {
      server.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}
