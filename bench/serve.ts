/**
 * `npm run bench:serve`: starts the built server as its user does, in a process and a data folder of its own, checks
 * that it answers right, then measures it from here: start, first page, memory, and POST /recognize idle and while it
 * trains.
 */
import { cpus } from 'node:os';
import autocannon from 'autocannon';
import { readMnist } from '../src/datasets/mnist.ts';
import { startServer } from './served.ts';

const SECONDS = Number(process.env.SECONDS ?? 6);
const CHECKED = 200;

const { images, labels } = readMnist('test');
const matrix = (i: number) => JSON.stringify(Array.from(images.subarray(i * 784, (i + 1) * 784)));

const BODIES = {
  form: { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: `matrix=${matrix(0)}` },
  JSON: { headers: { 'content-type': 'application/json' }, body: `{"matrix":${matrix(0)}}` },
  strokes: {
    headers: { 'content-type': 'application/json' },
    body: '{"strokes":[[[78,76],[110,70],[150,66],[190,66],[214,70],[200,120],[180,160],[160,200],[140,236]]]}',
  },
};

const MATRICES = 1000;
const matrices = Array.from({ length: MATRICES }, (_, i) => `{"matrix":${matrix(i)}}`);
const BATCHES = {
  JSON: { headers: { 'content-type': 'application/json' }, body: `{"inputs":[${matrices}]}` },
  'JSON lines': { headers: { 'content-type': 'application/x-ndjson' }, body: matrices.join('\n') },
};

const served = await startServer();
try {
  await checkAnswers();
  console.log(`${cpus()[0].model}, ${cpus().length} cores, Node ${process.versions.node}\n`);
  row('start, until it answers', `${served.milliseconds.toFixed(0)} ms`);
  await firstPage();
  await new Promise((resolve) => setTimeout(resolve, 8000));
  row('memory, idle', `${served.megabytes()} MB`);
  await load(BODIES.form, 32, 3);
  await recognise('idle');
  await recogniseMany();
  await train();
  row('memory, training', `${served.megabytes()} MB`);
  await recognise('while training on all cores');
} finally {
  await served.stop();
}

async function checkAnswers(): Promise<void> {
  let right = 0;
  for (let i = 0; i < CHECKED; i++) {
    const body = new URLSearchParams({ matrix: matrix(i) });
    const answer = await (await fetch(`${served.url}/recognize`, { method: 'POST', body })).text();
    if (answer === `Digit ${labels[i]}`) right++;
  }
  if (right < 0.97 * CHECKED) throw new Error(`reads only ${right} of ${CHECKED} test images`);
}

async function firstPage(): Promise<void> {
  const headers = { accept: 'text/html', 'accept-encoding': 'br' };
  const page = await fetch(served.url, { headers });
  const html = await page.text();
  const files = [...html.matchAll(/(?:src|href)="(\/static\/[^"]+)"/g)].map((match) => match[1]);
  // What goes over the line: fetch unpacks, so the length is read from a request that does not.
  const sizes = await Promise.all(['/', ...files].map((url) => compressedSize(url)));
  const sum = sizes.reduce((a, b) => a + b);
  row('first page', `${sizes.length} requests, ${(sum / 1000).toFixed(0)} kB compressed`);
}

async function compressedSize(url: string): Promise<number> {
  const { statusCode, bytes } = await new Promise<{ statusCode: number; bytes: number }>(
    (resolve, reject) => {
      import('node:http').then(({ get }) =>
        get(
          `${served.url}${url}`,
          { headers: { accept: 'text/html', 'accept-encoding': 'br' } },
          (answer) => {
            let bytes = 0;
            answer.on('data', (part) => (bytes += part.length));
            answer.on('end', () => resolve({ statusCode: answer.statusCode ?? 0, bytes }));
            answer.on('error', reject);
          },
        ).on('error', reject),
      );
    },
  );
  if (statusCode !== 200) throw new Error(`${url}: ${statusCode}`);
  return bytes;
}

async function recognise(when: string): Promise<void> {
  for (const [name, body] of Object.entries(BODIES)) {
    for (const connections of [1, 32]) {
      const { latency, requests } = await load(body, connections, SECONDS);
      row(
        `recognise, ${name}, ${connections} connection${connections > 1 ? 's' : ''}, ${when}`,
        `p50 ${latency.p50} ms, p99 ${latency.p99} ms, ${Math.round(requests.average)} requests/s`,
      );
    }
  }
}

async function recogniseMany(): Promise<void> {
  for (const [name, body] of Object.entries(BATCHES)) {
    const { requests } = await load(body, 1, SECONDS);
    row(
      `recognise, ${MATRICES} matrices as ${name}`,
      `${Math.round(requests.average * MATRICES).toLocaleString('en')} images/s`,
    );
    const [, { latency }] = await Promise.all([load(body, 1, SECONDS), load(BODIES.JSON, 1, SECONDS)]);
    row(`a single matrix meanwhile`, `p50 ${latency.p50} ms, p99 ${latency.p99} ms`);
  }
}

/** @throws Error when an answer is not 2xx */
async function load(body: (typeof BODIES)['form'], connections: number, duration: number) {
  const url = `${served.url}/recognize`;
  const result = await autocannon({ url, method: 'POST', ...body, connections, duration });
  const failed = result.non2xx + result.errors;
  if (failed > 0) throw new Error(`${failed} requests failed`);
  return result;
}

async function train(): Promise<void> {
  const body = new URLSearchParams({ epochs: '200', patience: '200' });
  const run = (await (await fetch(`${served.url}/runs`, { method: 'POST', body })).json()) as { url: string };
  for (;;) {
    const status = (await (await fetch(`${served.url}${run.url}/progress`)).json()) as { epochsDone: number };
    if (status.epochsDone > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

function row(what: string, figure: string): void {
  console.log(`| ${what} | ${figure} |`);
}
