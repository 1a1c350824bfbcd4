/** The server in a process of its own, as a user starts it: from its sources, which are what the build compiles. */
import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import type { Test } from 'tap';
import { environment } from './environment.ts';

const SERVER = path.join(import.meta.dirname, '../../src/server.ts');

export interface Started {
  readonly process: ChildProcess;
  /** Everything printed so far. */
  readonly output: () => string;
  readonly ended: Promise<{ code: number | null; signal: string | null }>;
}

/** @param within a command that runs what follows it, and its options */
export function start(t: Test, variables: Record<string, string>, within: readonly string[] = []): Started {
  let output = '';
  const [command, ...args] = [...within, process.execPath, SERVER];
  const process_ = spawn(command, args, {
    env: environment({ PORT: '0', LOG_LEVEL: 'silent', ...variables }),
  });
  for (const stream of [process_.stdout, process_.stderr]) stream.on('data', (text) => (output += text));
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) =>
    process_.once('exit', (code, signal) => resolve({ code, signal })),
  );
  t.teardown(() => process_.kill('SIGKILL'));
  return { process: process_, output: () => output, ended };
}

export async function address(started: Started): Promise<string> {
  for (let i = 0; i < 600; i++) {
    const found = /LeNet-5 workbench: (http:\S+)/.exec(started.output());
    if (found) return found[1];
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`no address in 30 s: ${started.output()}`);
}
