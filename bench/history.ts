/**
 * `npm run bench:history`: what lists and pages cost when a class has trained for years: 500 runs of 200 epochs. Prints
 * how long each answer takes (medians), how long the thread that answers works on it, and what goes over the line.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildApp } from '../src/app.ts';
import { readConfig } from '../src/config.ts';
import { fillStore } from './history/fill.ts';
import { describeMachine } from './machine.ts';
import { fixed, table } from './table.ts';

const RUNS = 500;
const EPOCHS = 200;
const REPEATS = 30;
const PAGE = { accept: 'text/html', 'accept-encoding': 'br' };
const FRAGMENT = { ...PAGE, 'hx-request': 'true', 'hx-request-type': 'partial' };
const JSON_ONLY = { accept: 'application/json', 'accept-encoding': 'br' };

const folder = mkdtempSync(path.join(tmpdir(), 'history-'));
const app = await buildApp({ ...readConfig({}), dataDir: folder, logLevel: 'warn', rateLimit: 0 });
try {
  const newest = await fillStore(app.workbench.store, RUNS, EPOCHS);
  const four = [1, 2, 3, 4]
    .map((i) => newest - i)
    .map((id) => `run=${id}`)
    .join('&');
  const rows = [
    await measure('list', '/runs', PAGE),
    await measure('list, sorted by time', '/runs?sort=seconds', PAGE),
    await measure(
      'list, sorted by test accuracy, filtered',
      '/runs?sort=test&state=finished&text=lesson',
      PAGE,
    ),
    await measure('list, JSON', '/runs', JSON_ONLY),
    await measure('all as CSV', '/runs.csv', JSON_ONLY),
    await measure('run that has ended', `/runs/${newest - 1}`, PAGE),
    await measure('run under way', `/runs/${newest}`, PAGE),
    await measure('poll', `/runs/${newest}/progress?epochs=${EPOCHS}`, FRAGMENT),
    await measure('poll that brings an epoch', `/runs/${newest}/progress?epochs=${EPOCHS - 1}`, FRAGMENT),
    await measure('four runs compared', `/compare?${four}`, PAGE),
  ];
  console.log(`${describeMachine()}\n${RUNS} runs, ${RUNS * EPOCHS} epochs\n`);
  console.log(table(['answer', 'ms', 'ms of CPU', 'kB compressed'], rows));
} finally {
  await app.close();
  rmSync(folder, { recursive: true });
}

/** Compressing included, as the server does it. @throws Error when the answer is none */
async function measure(name: string, url: string, headers: Record<string, string>): Promise<string[]> {
  const times: number[] = [];
  const work: number[] = [];
  let bytes = 0;
  for (let i = 0; i < REPEATS; i++) {
    const started = performance.now();
    const before = process.threadCpuUsage();
    const answer = await app.inject({ url, headers });
    times.push(performance.now() - started);
    const { user, system } = process.threadCpuUsage(before);
    work.push((user + system) / 1000);
    if (answer.statusCode !== 200)
      throw new Error(`${url}: ${answer.statusCode} ${answer.body.slice(0, 200)}`);
    bytes = answer.rawPayload.length;
  }
  const median = (values: number[]) => fixed(values.sort((a, b) => a - b)[REPEATS >> 1], 1);
  return [name, median(times), median(work), fixed(bytes / 1000, 1)];
}
