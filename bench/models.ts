/**
 * `npm run bench:models [-- --requests 10000 --changes 50 --kills 50]`: what models cost and whether changing them loses anything.
 *
 * Each model here is the built-in one with its outputs turned, so that of a seven, model k must say 7 + k: an answer that names one model
 * and has the digit of another is seen.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { readShippedModel } from '../src/recognition/model-reader.ts';
import { RunStore } from '../src/store/run-store.ts';
import { databaseFile } from '../src/store/sqlite/database-file.ts';
import { openSqlite } from '../src/store/sqlite/sqlite-database.ts';
import { DEFAULT_SETTINGS } from '../src/training/settings.ts';
import { describeMachine } from './machine.ts';
import { startServer } from './served.ts';

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '10000' },
    changes: { type: 'string', default: '50' },
    kills: { type: 'string', default: '50' },
  },
});
const SEVEN = [
  [
    [9, 6],
    [21, 6],
    [13, 24],
  ],
];
const MODELS = 30;
const CONNECTIONS = 32;
const SECONDS = 5;

const folder = mkdtempSync(path.join(tmpdir(), 'lenet5-models-'));
await makeModels();
const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
let served = await startServer({ DATA_DIR: folder });
try {
  console.log(`${describeMachine()}\n`);
  await swaps(Number(values.requests), Number(values.changes));
  await speed();
  await kills(Number(values.kills));
} finally {
  agent.destroy();
  await served.stop();
  rmSync(folder, { recursive: true, force: true });
}

/** Runs 1–30: run k says 7 + k of a seven. */
async function makeModels(): Promise<void> {
  const shipped = await readShippedModel();
  const store = new RunStore(openSqlite(databaseFile(folder)));
  for (let k = 1; k <= MODELS; k++) {
    const { activation, inputScale } = shipped;
    const { id } = await store.create({ ...DEFAULT_SETTINGS, activation }, { inputScale });
    const claim = (await store.claim())!;
    const epoch = { epoch: 1, loss: 1, accuracy: 0.97, val_loss: 1, val_accuracy: 0.97, seconds: 1 };
    const weights = turned(shipped.weights, k);
    await store.addEpoch(claim, epoch, { weights, slots: {}, step: 1, random: [1, 2, 3, 4] }, true);
    await store.end(claim, { state: 'finished', reason: null });
    if (id !== k) throw new Error(`run ${id} instead of ${k}`);
  }
  await store.close();
}

/** What was digit d is d + by: the last layer's kernel [84, 10] and bias [10] lie at the end. */
function turned(weights: Float32Array, by: number): Float32Array {
  const copy = weights.slice();
  const from = copy.length - 850;
  for (let i = from; i < copy.length; i++) {
    const column = (i - from) % 10;
    copy[i - column + ((column + by) % 10)] = weights[i];
  }
  return copy;
}

interface Answer {
  readonly status: number;
  readonly body: { digit?: number; version?: string };
}

function ask(method: string, url: string, payload: object | null = null): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const body = payload && JSON.stringify(payload);
    const headers = {
      accept: 'application/json',
      ...(body && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
    };
    const sent = request(new URL(url, served.url), { method, agent, headers }, (answer) => {
      const pieces: Buffer[] = [];
      answer.on('data', (piece) => pieces.push(piece));
      answer.on('end', () =>
        resolve({ status: answer.statusCode!, body: JSON.parse(Buffer.concat(pieces).toString()) }),
      );
    });
    sent.on('error', reject);
    sent.end(body ?? undefined);
  });
}

/** The digit that a version has to say. */
function digitOf(version: string): number {
  return version === 'shipped' ? 7 : (7 + Number(version)) % 10;
}

/** Answers amid promotions and rollbacks: each names a version that was in service while it was read, and has its digit. */
async function swaps(requests: number, changes: number): Promise<void> {
  /** When each version was in service: since the change was asked for, until the next one was answered. */
  const times: { version: string; from: number; to: number }[] = [
    { version: 'shipped', from: 0, to: Number.POSITIVE_INFINITY },
  ];
  let done = 0;
  const wrong: string[] = [];
  const clients = Array.from({ length: CONNECTIONS }, async () => {
    while (done < requests) {
      done++;
      const from = performance.now();
      const { status, body } = await ask('POST', '/recognize', { strokes: SEVEN });
      const to = performance.now();
      const { version = '', digit } = body;
      const isTimely = times.some((time) => time.version === version && time.from <= to && time.to >= from);
      if (status !== 200 || digit !== digitOf(version) || !isTimely)
        wrong.push(`${status} ${version} ${digit}`);
    }
  });
  const serve = async (url: string, version: string) => {
    const last = times.at(-1)!;
    // It may read before its change is answered.
    times.push({ version, from: performance.now(), to: Number.POSITIVE_INFINITY });
    const { status } = await ask('POST', url);
    if (status !== 200) wrong.push(`${url}: ${status}`);
    last.to = performance.now();
  };
  let before = 'shipped';
  for (let i = 0; i < changes / 2; i++) {
    const version = String(1 + (i % MODELS));
    await serve(`/models/${version}/promote`, version);
    await sleep(20);
    await serve('/models/rollback', before);
    if (i % 3 === 2) {
      await serve(`/models/${version}/promote`, version);
      before = version;
    }
  }
  await Promise.all(clients);
  console.log(
    `${done} requests, ${CONNECTIONS} connections, ${times.length - 1} changes of the model: ${wrong.length} failed or named the wrong model.`,
  );
  for (const line of wrong.slice(0, 5)) console.log(`  ${line}`);
  if (wrong.length > 0) process.exitCode = 1;
}

/** Requests a second by one model and by thirty in turn. */
async function speed(): Promise<void> {
  const rounds: Record<string, number[]> = {
    'the one in service': [],
    'one of a run': [],
    'thirty in turn': [],
  };
  const before = served.megabytes();
  let turn = 0;
  const models: Record<string, () => string | undefined> = {
    'the one in service': () => undefined,
    'one of a run': () => '3',
    'thirty in turn': () => String(1 + (turn++ % MODELS)),
  };
  for (let i = 0; i < 3; i++) {
    for (const [name, modelOf] of Object.entries(models)) {
      let count = 0;
      const until = performance.now() + SECONDS * 1000;
      const clients = Array.from({ length: CONNECTIONS }, async () => {
        while (performance.now() < until) {
          const model = modelOf();
          const { status, body } = await ask('POST', '/recognize', {
            strokes: SEVEN,
            ...(model && { model }),
          });
          if (status !== 200 || (model && body.digit !== digitOf(model)))
            throw new Error(`${status} ${body.digit}`);
          count++;
        }
      });
      await Promise.all(clients);
      rounds[name].push(count / SECONDS);
    }
  }
  console.log(`\n| drawings, ${CONNECTIONS} connections, read by | requests/s, three rounds |\n|---|---|`);
  for (const [name, rates] of Object.entries(rounds)) {
    console.log(`| ${name} | ${rates.map((rate) => rate.toFixed(0)).join(', ')} |`);
  }
  console.log(`\nMemory: ${before} MB before, ${served.megabytes()} MB after ${MODELS} models have read.`);
}

/** Kills the server amid promotions: after its restart the old or the new model reads, with its own digit. */
async function kills(count: number): Promise<void> {
  let wrong = 0;
  const seen = { old: 0, new: 0 };
  for (let i = 0; i < count; i++) {
    const [old, next] = [String(1 + (i % 9)), String(10 + (i % 20))];
    await ask('POST', `/models/${old}/promote`);
    const asked = ask('POST', `/models/${next}/promote`).catch(() => null);
    await sleep((i % 10) * 0.4);
    await served.kill();
    await asked;
    served = await startServer({ DATA_DIR: folder });
    const { body } = await ask('POST', '/recognize', { strokes: SEVEN });
    if (body.version === old) seen.old++;
    else if (body.version === next) seen.new++;
    else wrong++;
    if (body.digit !== digitOf(body.version ?? '')) wrong++;
  }
  console.log(
    `\n${count} times killed amid a promotion: ${seen.old} times the old model read afterwards, ${seen.new} times the new one, ${wrong} times something else.`,
  );
  if (wrong > 0) process.exitCode = 1;
}
