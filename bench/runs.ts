/**
 * `npm run bench:runs`: twenty runs in a row in one process, trained on all cores: is memory given back, and does the
 * thread that answers ever stall? Prints the resident set after each run and the delay of the event loop meanwhile.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { buildApp } from '../src/app.ts';
import { readConfig } from '../src/config.ts';

const RUNS = 20;
/** The first runs fill caches and heaps; growth is counted from here. */
const SETTLED = 5;

const app = await buildApp({ ...readConfig({}), dataDir: ':memory:', logLevel: 'warn' });
const delay = monitorEventLoopDelay({ resolution: 5 });
const residents: number[] = [];
for (let i = 1; i <= RUNS; i++) {
  delay.enable();
  const accuracy = await train({ epochs: 1, batchsize: 128, seed: i });
  delay.disable();
  await wait(300);
  residents.push(process.memoryUsage.rss() / 1e6);
  console.log(`run ${i}: ${(100 * accuracy).toFixed(2)} % on test, ${residents.at(-1)?.toFixed(0)} MB`);
}
await app.close();

const settled = residents[SETTLED - 1];
const growth = (100 * (residents[RUNS - 1] - settled)) / settled;
console.log(`\nmemory after run ${RUNS}: ${growth.toFixed(1)} % above that after run ${SETTLED}`);
const milliseconds = (percentile: number) => (delay.percentile(percentile) / 1e6).toFixed(1);
console.log(
  `event loop while training: a timer of 5 ms came after ${milliseconds(50)} ms (p50), ${milliseconds(99)} ms (p99)`,
);

async function train(payload: object): Promise<number> {
  const { url } = (await app.inject({ method: 'POST', url: '/runs', payload })).json();
  for (;;) {
    const run = (await app.inject(url)).json();
    if (run.state === 'finished') return run.testAccuracy;
    if (run.state !== 'queued' && run.state !== 'running') throw new Error(`${run.state}: ${run.reason}`);
    await wait(50);
  }
}
