/**
 * Whatever is sent, others are answered meanwhile: the worst that `npm run bench:holds` found through each door, and what
 * once stopped the server for seconds.
 */
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { CANDIDATES } from '../../bench/holds/candidates.ts';
import { type ProbedServer, startProbed } from '../../bench/holds/probed-server.ts';
import { DOORS } from '../../bench/holds/sent.ts';

/** So much longer than the idle server's own worst. */
const MOST_LONGER_MS = 20;
/** The shortest counts: neighbours on the machine make processors slower, and garbage of before is gathered once. */
const MOST_TIMES = 5;
const PAUSE_MS = 20;
/** So long the idle server is watched before each. */
const IDLE_MS = 100;
const WORST: readonly string[] = [
  'single, a form of 100,000 parts',
  'single, a form of 900,000 parts without a name',
  'single, 20,000 points from corner to corner',
  'single, 8 MB of JSON, of keys',
  'batch, 69 drawings of 20,000 points from corner to corner',
  'batch, 1,000 drawings of sixteen digits',
  'batch, 1,000 matrices of noise',
  'lines, 512 kB of drawings of two points',
  'V2, 1,000 images as JSON',
  'V2, 1,000 images as floats',
  'corrections, 20,000 points with long numbers',
  'corrections, 20,000 points with long numbers, 8 at once',
  'picture, noise',
  'picture, noise, 8 at once',
  'picture, a photograph of 12 MB',
  'picture, a photograph of 12 MB alone, 8 at once',
  'picture, a photograph of 12 MB in base64, 8 at once',
  'other, /runs, 64 kB of JSON, of keys',
  'other, /nowhere, 8 MB',
  'other, /sweeps/new, a query a grid',
  'other, /corrections as text/html, with large corrections',
  'other, /corrections as application/json, with large corrections',
  'other, /corrections.json as application/json, with large corrections',
  'other, /corrections-images-idx3-ubyte as application/json, with large corrections',
];

/** Milliseconds that the answering thread computed without looking whether there is something else to do. */
const held = async (server: ProbedServer) => (await server.hold()).processor;

async function idle(server: ProbedServer, milliseconds: number): Promise<number> {
  await held(server);
  await sleep(milliseconds);
  return held(server);
}

/** Sends it until it holds the thread no longer than this, or often enough. @returns milliseconds */
async function holds(server: ProbedServer, name: string, bound: number): Promise<number[]> {
  const found = CANDIDATES.find((each) => `${each.door}, ${each.name}` === name);
  if (found === undefined) throw new Error(`no candidate is called "${name}"`);
  const sent = await found.make();
  const together = found.atOnce ?? 1;
  const times: number[] = [];
  while (times.length < MOST_TIMES && !times.some((ms) => ms <= bound)) {
    await sleep(PAUSE_MS);
    await held(server);
    await Promise.all(Array.from({ length: together }, () => server.send(sent)));
    times.push(await held(server));
  }
  return times;
}

async function start(t: Test): Promise<ProbedServer> {
  const server = await startProbed(path.join(import.meta.dirname, '../../src/server.ts'));
  t.teardown(() => server.stop());
  // What it does once after its start is not what an idle server does.
  await sleep(2000);
  return server;
}

t.test('no input holds the answering thread for long', async (t) => {
  const server = await start(t);
  let bound = 0;
  for (const name of WORST) {
    bound = Math.max(bound, (await idle(server, IDLE_MS)) + MOST_LONGER_MS);
    const times = await holds(server, name, bound);
    const all = times.map((ms) => ms.toFixed(1)).join(', ');
    t.ok(Math.min(...times) <= bound, `${name}: ${all} of ${bound.toFixed(1)} ms`);
  }
});

t.test('each door is among them', async (t) => {
  for (const door of DOORS)
    t.ok(
      WORST.some((name) => name.startsWith(`${door}, `)),
      door,
    );
});

t.test('the probe sees a thread that is held', async (t) => {
  const server = await startProbed(path.join(import.meta.dirname, 'busy-server.ts'));
  t.teardown(() => server.stop());
  await held(server);
  t.equal(await server.send({ path: '/', method: 'GET' }), 200);
  t.ok((await held(server)) > 90);
});
