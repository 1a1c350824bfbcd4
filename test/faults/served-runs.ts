/** Runs of a server in a process of its own. */
import type { Test } from 'tap';
import type { Run } from '../../src/runs/run.ts';
import type { Started } from '../help/server-process.ts';

const headers = { accept: 'application/json' };

export async function train(url: string, epochs: number): Promise<void> {
  const body = new URLSearchParams({ epochs: String(epochs), patience: '90', batchsize: '128' });
  const answer = await fetch(`${url}/runs`, { method: 'POST', headers, body });
  if (answer.status !== 201) throw new Error(`no run: ${await answer.text()}`);
}

export const find = async (url: string, id: number) =>
  (await (await fetch(`${url}/runs/${id}`, { headers })).json()) as Run;

export async function end(t: Test, started: Started): Promise<void> {
  started.process.kill('SIGTERM');
  t.same(await started.ended, { code: 0, signal: null });
}
