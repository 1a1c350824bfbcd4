/**
 * `npm run test:kills [-- --kills 100 --seed 1 --database sqlite|postgres]`: kills the server with SIGKILL at random moments of a
 * training, of its start and of a migration, and looks at what is left; on PostgreSQL also the database's server, amid what it
 * does, under one that trains. Each time the database must be whole and have every epoch that was told to a client; the runs that
 * go on must end with the weights of one that was never interrupted, bit for bit.
 */
import { createHash } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Random } from '../src/network/random.ts';
import type { Run } from '../src/runs/run.ts';
import { PostgresDatabase, poolOf } from '../src/store/postgres/postgres-database.ts';
import { RunStore } from '../src/store/run-store.ts';
import { openSqlite } from '../src/store/sqlite/sqlite-database.ts';
import type { Epoch } from '../src/training/epoch.ts';
import { readEvents } from '../test/help/events.ts';
import { postgresDatabase, restartPostgres, startPostgres } from '../test/help/postgres.ts';
import { type Place, Server } from './kills/server.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    database: { type: 'string', default: 'sqlite' },
  },
});
const kills = Number(values.kills);
const random = new Random(Number(values.seed));
const folder = mkdtempSync(path.join(tmpdir(), 'lenet5-kills-'));
const OLD_DATABASE = path.join(import.meta.dirname, '../test/fixtures/databases/version-1.sqlite');

/** Short, and with everything that must be gone on with: slots, shuffle, warps, a learning rate that moves. */
const SETTINGS = {
  epochs: 6,
  patience: 6,
  batchsize: 128,
  augmentation: 'affine',
  schedule: 'cosine',
  seed: 7,
};

type Moment = 'start' | 'migration' | 'training' | 'epoch' | 'database';
const postgres = values.database === 'postgres' ? startPostgres({ durable: true }) : null;
const MOMENTS: readonly Moment[] = [
  'start',
  // PostgreSQL has no tables of an earlier version yet.
  postgres ? 'start' : 'migration',
  'training',
  'epoch',
  ...(postgres ? (['database', 'database'] as const) : (['training', 'epoch'] as const)),
];

/** What clients were told, by run. */
const told = new Map<number, Epoch[]>();
const news = new EventEmitter<{ epoch: [] }>();
const tally: Record<Moment, number> = { start: 0, migration: 0, training: 0, epoch: 0, database: 0 };

const expected = await uninterrupted();
console.log(`A run that nobody interrupts ends with weights ${expected}.`);
const place = await placeOf('data');
for (let i = 0; i < kills; i++) {
  const moment = MOMENTS[random.below(MOMENTS.length)];
  await (moment === 'migration' ? killMigration() : killTraining(moment));
  tally[moment] += 1;
  if ((i + 1) % 10 === 0) console.log(`${i + 1} kills: ${JSON.stringify(tally)}, ${told.size} runs`);
}
const runs = await finishAll();
for (const run of runs)
  check(run.digest === expected, `run ${run.id} ends with ${run.digest}, not ${expected}`);
console.log(
  `${kills} kills (${Object.entries(tally)
    .map(([moment, count]) => `${count} ${moment}`)
    .join(
      ', ',
    )}): no epoch was lost, no file was torn, ${runs.length} runs ended bit for bit as uninterrupted.`,
);
rmSync(folder, { recursive: true });
// It ends with its input.
if (postgres) postgres.process.stdin!.end();

/** Digest of the final weights. */
async function uninterrupted(): Promise<string> {
  const place = await placeOf('uninterrupted');
  const server = new Server(place);
  const url = await server.address;
  const { id } = await train(url);
  await follow(url, id);
  check((await server.stop()) === 0, 'the server ends with 0');
  told.clear();
  return look(place, (store) => digest(store, id));
}

async function killTraining(moment: Moment): Promise<void> {
  const server = new Server(place);
  if (moment === 'start') await sleep(random.uniform(0, 700));
  else {
    const url = await server.address;
    const run = await going(url);
    const heard = follow(url, run.id);
    // An epoch is told right after it was written; the moments before it belong to the evaluation and the write.
    if (moment === 'epoch') await Promise.race([once(news, 'epoch'), heard]);
    await sleep(random.uniform(0, moment === 'epoch' ? 20 : 2500));
    if (moment === 'database') {
      await restartPostgres(postgres!);
      await sleep(random.uniform(0, 3000));
    }
    await server.kill();
    await heard;
  }
  await server.kill();
  await look(place, async (store) => {
    for (const [id, epochs] of told) {
      const kept = (await store.get(id))!.epochs;
      for (const epoch of epochs) {
        check(
          JSON.stringify(kept[epoch.epoch - 1]) === JSON.stringify(epoch),
          `run ${id} lost epoch ${epoch.epoch}`,
        );
      }
    }
  });
}

async function killMigration(): Promise<void> {
  rmSync(path.join(folder, 'old'), { recursive: true, force: true });
  const old = await placeOf('old');
  copyFileSync(OLD_DATABASE, path.join(old.dataDir, 'workbench.sqlite'));
  const server = new Server(old);
  await sleep(random.uniform(100, 500));
  await server.kill();
  await look(old, async (store) => {
    check((await store.get(1))?.state === 'finished', 'the run of the earlier version is gone');
    check((await store.model(1))?.weights.length === 61_706, 'its weights are gone');
  });
}

/** Lets the server go on until all runs have ended. */
async function finishAll(): Promise<{ id: number; digest: string }[]> {
  const server = new Server(place);
  const url = await server.address;
  for (let run = await unfinished(url); run; run = await unfinished(url)) await follow(url, run.id);
  check((await server.stop()) === 0, 'the server ends with 0');
  return look(place, (store) =>
    Promise.all([...told.keys()].map(async (id) => ({ id, digest: await digest(store, id) }))),
  );
}

/** The run to watch: one that goes on, else a new one. */
async function going(url: string): Promise<Run> {
  return (await unfinished(url)) ?? train(url);
}

/** A run that was begun three times without finishing an epoch waits for somebody. */
async function unfinished(url: string): Promise<Run | null> {
  const { runs } = (await getJson(`${url}/runs`)) as { runs: Run[] };
  const run = runs.find(({ state }) => state !== 'finished');
  if (!run) return null;
  check(run.state !== 'failed' && run.state !== 'stopped', `run ${run.id} has ${run.state}: ${run.reason}`);
  if (run.state === 'interrupted' && !run.resumes)
    await fetch(`${url}/runs/${run.id}/resume`, { method: 'POST' });
  return run;
}

async function train(url: string): Promise<Run> {
  const answer = await fetch(`${url}/runs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(SETTINGS),
  });
  const run = (await answer.json()) as Run;
  check(answer.status === 201, `no run: ${JSON.stringify(run)}`);
  return run;
}

/** Remembers the epochs that are told, until the run or the server has ended. */
async function follow(url: string, id: number): Promise<void> {
  const epochs = told.get(id) ?? [];
  told.set(id, epochs);
  try {
    const answer = await fetch(`${url}/runs/${id}/events`, {
      headers: { 'last-event-id': String(epochs.length) },
    });
    for await (const { event, data } of readEvents(answer)) {
      if (event !== 'epoch') continue;
      const { best: _best, ...epoch } = data as Epoch & { best: boolean };
      epochs.push(epoch);
      news.emit('epoch');
    }
  } catch (error) {
    // The server was killed amid an answer: that is what this is for.
    if (!(error instanceof TypeError)) throw error;
  }
}

async function getJson(url: string): Promise<unknown> {
  return (await fetch(url, { headers: { accept: 'application/json' } })).json();
}

async function placeOf(name: string): Promise<Place> {
  const dataDir = path.join(folder, name);
  mkdirSync(dataDir);
  const { folder: at } = postgres ?? {};
  const databaseUrl = at ? await postgresDatabase({ teardown: () => {} }, { folder: at }) : null;
  return { dataDir, databaseUrl };
}

/** Where no server is at work: the database must be whole. */
async function look<Seen>(
  { dataDir, databaseUrl }: Place,
  see: (store: RunStore) => Promise<Seen>,
): Promise<Seen> {
  const db = databaseUrl
    ? new PostgresDatabase(poolOf(databaseUrl, console))
    : openSqlite(path.join(dataDir, 'workbench.sqlite'));
  try {
    if (databaseUrl === null) {
      const [{ integrity_check }] = await db.query('PRAGMA integrity_check');
      check(integrity_check === 'ok', `the database is torn: ${integrity_check}`);
      check((await db.query('PRAGMA foreign_key_check')).length === 0, 'a row has lost what it belongs to');
    }
    return await see(new RunStore(db));
  } finally {
    await db.close();
  }
}

async function digest(store: RunStore, id: number): Promise<string> {
  const { epochs } = (await store.get(id))!;
  const { weights, slots } = (await store.checkpoints.get(id, epochs.length))!;
  const hash = createHash('sha256');
  for (const array of [weights, ...Object.values(slots)]) hash.update(array);
  return `${epochs.length} epochs, ${hash.digest('hex').slice(0, 16)}`;
}

/** @throws Error when it does not hold; the folder is left to be looked at */
function check(holds: boolean, message: string): void {
  if (!holds) throw new Error(`${message} (see ${folder})`);
}
