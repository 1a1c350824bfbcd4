/** The server as a process of its own, to be killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

const SERVER = path.join(import.meta.dirname, '../../dist/server.js');

/** Where a server keeps its data. */
export interface Place {
  readonly dataDir: string;
  /** Null for a file in the folder. */
  readonly databaseUrl: string | null;
}

export class Server {
  readonly #process: ChildProcess;
  readonly #exited: Promise<unknown>;
  /** Resolves with its address; never when it ends before. */
  readonly address: Promise<string>;

  constructor({ dataDir, databaseUrl }: Place) {
    this.#process = spawn(process.execPath, [SERVER], {
      env: {
        ...process.env,
        DATA_DIR: dataDir,
        DATABASE_URL: databaseUrl ?? '',
        PORT: '0',
        HOST: '127.0.0.1',
        LOG_LEVEL: databaseUrl === null ? 'error' : 'silent', // it would tell of each lost connection
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#exited = once(this.#process, 'exit');
    this.address = new Promise((resolve) => {
      this.#process.stdout!.on('data', (text) => {
        const [, address] = /workbench: (http:\S+)/.exec(String(text)) ?? [];
        if (address) resolve(address);
      });
    });
  }

  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#exited;
  }

  /** As an operator ends it. @returns its exit code */
  async stop(): Promise<number | null> {
    this.#process.kill('SIGTERM');
    await this.#exited;
    return this.#process.exitCode;
  }
}
