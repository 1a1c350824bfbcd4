/**
 * `npm run bench:soak [-- --minutes 15 --pupils 30]`: a lesson. The built server in a process of its own; each pupil has
 * a browser with a cookie and two tabs, draws every three seconds with the strokes of a real pen, has both tabs ask each
 * second how the newest run does, and trains once in ten minutes. Ends with 1 when a bar does not hold.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { readPenDigits } from '../src/datasets/pen-digits.ts';
import { describeMachine } from './machine.ts';
import { startServer } from './served.ts';
import { type Class, Pupil } from './soak/pupil.ts';
import { Tally } from './soak/tally.ts';
import { fixed, percent, table } from './table.ts';

const POLL = 'GET /runs/:id/progress';
const DRAWING = 'POST /recognize';
const TRAIN = 'POST /runs';
/** Runs that wait at the end of the lesson are waited for. */
const LAST_RUNS_MS = 15 * 60_000;

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '15' }, pupils: { type: 'string', default: '30' } },
});
const minutes = Number(values.minutes);
const pupils = Number(values.pupils);

const served = await startServer({ RATE_LIMIT: undefined, TRUST_PROXY: '127.0.0.1' });
const begun = performance.now();
const lesson: Class = {
  url: served.url,
  tally: new Tally(),
  digits: readPenDigits(),
  newestRun: null,
  ends: begun + 60_000 * minutes,
};
const { tally } = lesson;
const residents: number[] = [];
const sampler = setInterval(() => residents.push(served.megabytes()), 1000);

console.log(`${describeMachine()}\n${pupils} pupils, ${minutes} minutes\n`);
await Promise.all(Array.from({ length: pupils }, (_, i) => new Pupil(lesson, i).attend(i / pupils)));
clearInterval(sampler);
const routes = [...tally.statuses].map(([route, statuses]) => [
  route,
  [...statuses].map(([status, count]) => `${count} × ${status || 'broken'}`).join(', '),
  ...[0.5, 0.99].map((share) => fixed(tally.percentile(route, share), 1)),
]);
console.log(table(['request', 'answers', 'p50 ms', 'p99 ms'], routes));

const states = await ends();
const metrics = await (await fetch(`${served.url}/metrics`)).text();
await served.stop();

const third = Math.floor(residents.length / 3);
const peak = (from: number) => Math.max(...residents.slice(from, from + third));
const growth = peak(2 * third) / peak(third) - 1;
const read = tally.answers(DRAWING, (status) => status < 400);
const refused = tally.answers(DRAWING, (status) => status >= 400);
const asked = tally.answers(TRAIN, (status) => status < 400);
const ended = states.filter((state) => state === 'finished').length;
const bars: [what: string, figure: string, holds: boolean][] = [
  ['no 5xx, no broken connection', `${tally.failures()}`, tally.failures() === 0],
  ['poll, p99 ≤ 50 ms', `${fixed(tally.percentile(POLL, 0.99), 1)} ms`, tally.percentile(POLL, 0.99) <= 50],
  [
    'recognise, p99 ≤ 50 ms',
    `${fixed(tally.percentile(DRAWING, 0.99), 1)} ms`,
    tally.percentile(DRAWING, 0.99) <= 50,
  ],
  [
    'memory grows ≤ 5 % from the middle third to the last',
    `${peak(third)} → ${peak(2 * third)} MB, ${percent(growth)}`,
    growth <= 0.05,
  ],
  ['every run finished', `${ended} of ${asked}`, ended === asked && states.length === asked],
  [
    '/metrics counts the same drawings, read and refused',
    `${counted('lenet5_recognitions_total', 'read')} + ${counted('lenet5_recognitions_total', 'refused')} of ${read} + ${refused}`,
    counted('lenet5_recognitions_total', 'read') === read &&
      counted('lenet5_recognitions_total', 'refused') === refused,
  ],
  ['… and runs', `${counted('lenet5_runs')} of ${asked}`, counted('lenet5_runs') === asked],
];
console.log();
console.log(
  table(
    ['bar', 'figure', 'holds'],
    bars.map(([what, figure, holds]) => [what, figure, holds ? 'yes' : 'NO']),
  ),
);
process.exitCode = bars.every(([, , holds]) => holds) ? 0 : 1;

/** States of all runs, once none is under way any more. */
async function ends(): Promise<string[]> {
  const deadline = performance.now() + LAST_RUNS_MS;
  for (;;) {
    const states = await runStates();
    const isOver = states.every((state) => state !== 'queued' && state !== 'running');
    if (isOver || performance.now() > deadline) return states;
    await sleep(1000);
  }
}

async function runStates(): Promise<string[]> {
  const states: string[] = [];
  for (let page = 1; ; page++) {
    const answer = await fetch(`${served.url}/runs?page=${page}`, {
      headers: { accept: 'application/json' },
    });
    const { runs, count } = (await answer.json()) as { runs: { state: string }[]; count: number };
    states.push(...runs.map(({ state }) => state));
    if (runs.length === 0 || states.length >= count) return states;
  }
}

/** Sum of a metric over its labels, or over those with this value. */
function counted(name: string, value = ''): number {
  const lines = metrics
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) && line.includes(`"${value}`));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}
