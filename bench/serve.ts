/**
 * `npm run bench:serve`: starts the built server as its user does, in a process and a data folder of its own, checks
 * that it answers right, then measures it from here: start, first page, memory, drawings sent in each way, idle and while
 * it trains, and what its answers cost the training. `SECONDS=6` is how long each row is measured.
 */
import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import autocannon from 'autocannon';
import type { Run } from '../src/runs/run.ts';
import { describeMachine } from './machine.ts';
import { median } from './rounds.ts';
import { BATCH, FORM, label, MANY, MATRIX, matrix, type Sent, SINGLE } from './serve/requests.ts';
import { startServer } from './served.ts';

const SECONDS = Number(process.env.SECONDS ?? 6);
const CHECKED = 200;
const CONNECTIONS = [1, 32, 256];
/** Epochs that are measured, behind one that may have begun before. */
const EPOCHS = 3;
const JSON_ANSWER = { accept: 'application/json' };

const served = await startServer();
try {
  await checkAnswers();
  console.log(`${describeMachine()}\n`);
  row('start, until it answers', `${served.milliseconds.toFixed(0)} ms`);
  await firstPage();
  await sleep(8000);
  row('memory, idle', `${served.megabytes()} MB`);
  await load(FORM, 32, 3);
  await recognise('idle');
  await recogniseMany();
  const run = await train();
  row('memory, training', `${served.megabytes()} MB`);
  await recognise('while training on all cores');
  await poll(run);
  await epochs(run);
} finally {
  await served.stop();
}

async function checkAnswers(): Promise<void> {
  let right = 0;
  for (let i = 0; i < CHECKED; i++) {
    const body = new URLSearchParams({ matrix: matrix(i) });
    const answer = await (await fetch(`${served.url}/recognize`, { method: 'POST', body })).text();
    if (answer === `Digit ${label(i)}`) right++;
  }
  if (right < 0.97 * CHECKED) throw new Error(`reads only ${right} of ${CHECKED} test images`);
}

async function firstPage(): Promise<void> {
  const html = await (await fetch(served.url, { headers: { accept: 'text/html' } })).text();
  const files = [...html.matchAll(/(?:src|href)="(\/static\/[^"]+)"/g)].map((match) => match[1]);
  const sizes = await Promise.all(['/', ...files].map((url) => compressedSize(url)));
  const sum = sizes.reduce((a, b) => a + b);
  row('first page', `${sizes.length} requests, ${(sum / 1000).toFixed(0)} kB compressed`);
}

/** What goes over the line: fetch would unpack it. */
function compressedSize(url: string): Promise<number> {
  const headers = { accept: 'text/html', 'accept-encoding': 'br' };
  return new Promise((resolve, reject) => {
    get(`${served.url}${url}`, { headers }, (answer) => {
      if (answer.statusCode !== 200) reject(new Error(`${url}: ${answer.statusCode}`));
      let bytes = 0;
      answer.on('data', (part) => (bytes += part.length));
      answer.on('end', () => resolve(bytes));
    }).on('error', reject);
  });
}

async function recognise(when: string): Promise<void> {
  for (const [name, sent] of Object.entries(SINGLE)) {
    for (const connections of CONNECTIONS) {
      const figure = await load(sent, connections, SECONDS);
      row(
        `recognise, ${name}, ${connections} connection${connections > 1 ? 's' : ''}, ${when}`,
        figures(figure),
      );
    }
  }
}

async function recogniseMany(): Promise<void> {
  for (const [name, sent] of Object.entries(MANY)) {
    const { requests } = await load(sent, 1, SECONDS);
    const images = Math.round(requests.average * BATCH).toLocaleString('en');
    row(`recognise, ${BATCH} matrices as ${name}`, `${images} images/s`);
    const [, { latency }] = await Promise.all([load(sent, 1, SECONDS), load(MATRIX, 1, SECONDS)]);
    row('a single matrix meanwhile', `p50 ${latency.p50} ms, p99 ${latency.p99} ms`);
  }
}

/** Begins a run that goes on for longer than all that is measured. @returns its address, after its first epoch */
async function train(): Promise<string> {
  const body = new URLSearchParams({ epochs: '200', patience: '200' });
  const answer = await fetch(`${served.url}/runs`, { method: 'POST', body, headers: JSON_ANSWER });
  const { url } = (await answer.json()) as { url: string };
  await epochsAfter(url, 1, 0);
  return url;
}

async function poll(run: string): Promise<void> {
  for (const [name, accept] of [
    ['JSON', 'application/json'],
    ['fragment', 'text/html'],
  ]) {
    const headers = { accept, 'hx-request': 'true', 'hx-request-type': 'partial' };
    row(
      `poll, ${name}, while training`,
      figures(await load({ path: `${run}/progress`, headers }, 1, SECONDS)),
    );
  }
}

/** Does who asks slow the training down? */
async function epochs(run: string): Promise<void> {
  const quiet = await epochsAfter(run, EPOCHS);
  let over = false;
  const hammering = (async () => {
    while (!over) await load(FORM, 32, 1);
  })();
  const hammered = await epochsAfter(run, EPOCHS);
  over = true;
  await hammering;
  const ratio = (median(hammered) / median(quiet)).toFixed(2);
  row('an epoch, quiet', `${median(quiet).toFixed(2)} s`);
  row('an epoch, 32 connections asking all the time', `${median(hammered).toFixed(2)} s, ${ratio}×`);
}

/** Seconds of so many epochs that begin from now on. @param skipped epochs that may have begun before */
async function epochsAfter(run: string, count: number, skipped = 1): Promise<number[]> {
  const seconds = async () => {
    const answer = await fetch(`${served.url}${run}`, { headers: JSON_ANSWER });
    return ((await answer.json()) as Run).epochs.map((epoch) => epoch.seconds);
  };
  const from = (await seconds()).length + skipped;
  for (;;) {
    const done = await seconds();
    if (done.length >= from + count) return done.slice(from);
    await sleep(200);
  }
}

/** @throws Error when an answer is neither 2xx nor 503, by which an overloaded server refuses */
async function load({ path, ...sent }: Sent, connections: number, duration: number) {
  const result = await autocannon({ url: `${served.url}${path}`, ...sent, connections, duration });
  const refused = result.statusCodeStats['503']?.count ?? 0;
  const failed = result.non2xx + result.errors - refused;
  if (failed > 0) throw new Error(`${path}: ${failed} requests failed`);
  return { ...result, refused };
}

function figures({ latency, requests, refused }: Awaited<ReturnType<typeof load>>): string {
  const rest = refused > 0 ? `, ${refused} refused` : '';
  return `p50 ${latency.p50} ms, p99 ${latency.p99} ms, ${Math.round(requests.average)} requests/s${rest}`;
}

function row(what: string, figure: string): void {
  console.log(`| ${what} | ${figure} |`);
}
