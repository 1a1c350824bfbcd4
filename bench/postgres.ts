/**
 * `npm run bench:postgres [-- --runs 100000]`: what lists, pages and polls cost when PostgreSQL has the runs of years, of 20 epochs
 * each. Prints how long each answer takes, with what the database and the network of one machine take.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { buildApp } from '../src/app.ts';
import { readConfig } from '../src/config.ts';
import { DEFAULT_SETTINGS } from '../src/training/settings.ts';
import { postgresDatabase, startPostgres } from '../test/help/postgres.ts';
import { describeMachine } from './machine.ts';
import { fixed, table } from './table.ts';

const { values } = parseArgs({ options: { runs: { type: 'string', default: '100000' } } });
const RUNS = Number(values.runs);
const EPOCHS = 20;
const REPEATS = 40;
const PAGE = { accept: 'text/html' };
const FRAGMENT = { ...PAGE, 'hx-request': 'true', 'hx-request-type': 'partial' };

const server = startPostgres({ durable: true });
const url = await postgresDatabase({ teardown: () => {} }, { folder: server.folder });
const folder = mkdtempSync(path.join(tmpdir(), 'bench-postgres-'));
const app = await buildApp({
  ...readConfig({}),
  dataDir: folder,
  databaseUrl: url,
  logLevel: 'warn',
  rateLimit: 0,
});
try {
  await app.workbench.training.close();
  await fill(url);
  const rows = [
    await measure('list', '/runs', PAGE),
    await measure('list, page 20', '/runs?page=20', PAGE),
    await measure('list of a state', '/runs?state=failed', PAGE),
    await measure('list, sorted by val_loss', '/runs?sort=val_loss', PAGE),
    await measure('list, with a text', '/runs?text=lesson', PAGE),
    await measure('run that has ended', `/runs/${RUNS - 5}`, PAGE),
    await measure('run under way', `/runs/${RUNS}`, PAGE),
    await measure('poll', `/runs/${RUNS}/progress?epochs=${EPOCHS}`, FRAGMENT),
    await measure('home page', '/', PAGE),
  ];
  console.log(`${describeMachine()}\n${RUNS} runs, ${RUNS * EPOCHS} epochs\n`);
  console.log(table(['answer', 'ms, median', 'ms, 95th percentile'], rows));
} finally {
  await app.close();
  rmSync(folder, { recursive: true });
  server.process.stdin!.end();
}

/** Straight into the tables: trained one by one they would take a day. */
async function fill(url: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  await client.query(
    `INSERT INTO runs (state, settings, input_scale, created_at, started_at, ended_at, best_epoch, test_accuracy, owner, owner_name, name, fence)
      SELECT (ARRAY['finished', 'finished', 'stopped', 'failed'])[1 + i % 4], $1, 1, now_text(), now_text(), now_text(), ${EPOCHS},
        0.98 + random() / 100, 'owner' || i % 600, 'Owner', CASE WHEN i % 50 = 0 THEN 'lesson ' || i ELSE '' END, 1
      FROM generate_series(1, ${RUNS}) AS i`,
    [JSON.stringify(DEFAULT_SETTINGS)],
  );
  await client.query(
    `INSERT INTO epochs SELECT id, epoch, 1.0 / epoch, 0.9, 1.0 / epoch + random(), 0.98, 1.5 FROM runs, generate_series(1, ${EPOCHS}) AS epoch`,
  );
  await client.query(`UPDATE runs SET state = 'running', ended_at = NULL WHERE id = ${RUNS}`);
  await client.query('VACUUM ANALYZE');
  await client.end();
}

/** @throws Error when the answer is none */
async function measure(name: string, url: string, headers: Record<string, string>): Promise<string[]> {
  const times: number[] = [];
  for (let i = 0; i < REPEATS; i++) {
    const started = performance.now();
    const answer = await app.inject({ url, headers });
    times.push(performance.now() - started);
    if (answer.statusCode !== 200)
      throw new Error(`${url}: ${answer.statusCode} ${answer.body.slice(0, 200)}`);
  }
  times.sort((a, b) => a - b);
  return [name, fixed(times[REPEATS / 2], 1), fixed(times[Math.floor(REPEATS * 0.95)], 1)];
}
