import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import t, { type Test } from 'tap';
import { environment } from './environment.ts';
import { FOLDER_VARIABLE, postgresDatabase, startPostgres, WITHOUT_POSTGRES } from './postgres.ts';

const HELP = path.join(import.meta.dirname, 'postgres.ts');
const NOTES = {
  name: 'notes',
  fill: (url: string) =>
    using(url, async (client) => {
      await client.query('CREATE TABLE notes (id serial PRIMARY KEY, text text NOT NULL)');
      await client.query("INSERT INTO notes (text) VALUES ('Zebra'), ('äpfel'), ('Apfel')");
    }),
};

async function using(url: string, what: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  await what(client);
  await client.end();
}

async function connected(t: Test, url: string): Promise<pg.Client> {
  const client = new pg.Client(url);
  await client.connect();
  t.teardown(() => client.end());
  return client;
}

t.test('PostgreSQL', { skip: WITHOUT_POSTGRES }, async (t) => {
  await postgresDatabase(t, { template: NOTES });

  t.test('a database is a copy of its template', async (t) => {
    const url = await postgresDatabase(t, { template: NOTES });
    const client = await connected(t, url);
    const { rows } = await client.query('SELECT text FROM notes ORDER BY text');
    t.same(
      rows.map((row) => row.text),
      ['Apfel', 'äpfel', 'Zebra'],
      'sorted as in a language',
    );
  });

  t.test('ten at once are made, and none has the rows of another', async (t) => {
    const urls = await Promise.all(
      Array.from({ length: 10 }, () => postgresDatabase(t, { template: NOTES })),
    );
    for (const [i, url] of urls.entries())
      await using(url, (client) => client.query('INSERT INTO notes (text) VALUES ($1)', [`${i}`]));
    for (const [i, url] of urls.entries()) {
      const client = await connected(t, url);
      t.same((await client.query('SELECT text FROM notes WHERE id > 3')).rows, [{ text: `${i}` }]);
    }
  });

  t.test('two connections see what the other has committed', async (t) => {
    const url = await postgresDatabase(t, { template: NOTES });
    const [one, other] = [await connected(t, url), await connected(t, url)];
    const seen = async () => (await other.query('SELECT FROM notes')).rowCount;
    await one.query('BEGIN');
    await one.query("INSERT INTO notes (text) VALUES ('new')");
    t.equal(await seen(), 3);
    await one.query('COMMIT');
    t.equal(await seen(), 4);
  });

  t.test('two sessions contend for a lock', async (t) => {
    const url = await postgresDatabase(t);
    const [one, other] = [await connected(t, url), await connected(t, url)];
    const tried = async () => (await other.query('SELECT pg_try_advisory_lock(7) AS got')).rows[0].got;
    await one.query('SELECT pg_advisory_lock(7)');
    t.equal(await tried(), false);
    await one.query('SELECT pg_advisory_unlock(7)');
    t.equal(await tried(), true);
  });

  t.test('a database is gone after its test', async (t) => {
    let url = '';
    await t.test('it', async (t) => {
      url = await postgresDatabase(t);
    });
    await t.rejects(
      using(url, async () => {}),
      { code: '3D000' },
    );
  });

  t.test('one in which commits survive a crash of the machine', async (t) => {
    const { folder, process } = startPostgres({ durable: true });
    t.teardown(() => process.stdin!.end());
    const client = await connected(t, await postgresDatabase(t, { folder }));
    t.same((await client.query('SHOW fsync')).rows, [{ fsync: 'on' }]);
  });

  t.test('a server ends when its starter was killed, and leaves nothing of what it wrote', async (t) => {
    const { starter, folder } = await startedElsewhere(t);
    const postmaster = Number.parseInt(readFileSync(path.join(folder, 'data/postmaster.pid'), 'utf8'), 10);
    t.ok(isThere(postmaster));
    starter.kill('SIGKILL');
    const killed = performance.now();
    // However long it takes on a busy machine; one that stays meets the runner's timeout.
    while (isThere(postmaster) || existsSync(folder)) await wait(20);
    t.pass(`after ${Math.round(performance.now() - killed)} ms`);
  });

  t.test('one that cannot start says why', async (t) => {
    const { folder, process } = startPostgres({ settings: '-c shared_buffers=nonsense' });
    t.teardown(() => process.stdin!.end());
    await t.rejects(postgresDatabase(t, { folder }), /did not start: .*"shared_buffers": "nonsense"/s);
  });
});

/** A server with a database, held by another process that has both for as long as it lives. */
async function startedElsewhere(t: Test): Promise<{ starter: ChildProcess; folder: string }> {
  const code = `
    import { postgresDatabase, startPostgres } from ${JSON.stringify(HELP)};
    const { folder } = startPostgres();
    await postgresDatabase({ teardown: () => {} }, { folder });
    console.log(folder);
    setInterval(() => {}, 1000);`;
  const starter = spawn(process.execPath, ['--input-type=module', '-e', code], {
    env: environment({ [FOLDER_VARIABLE]: '' }),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => starter.kill('SIGKILL'));
  const [folder] = await once(starter.stdout!, 'data');
  return { starter, folder: String(folder).trim() };
}

/** One that has ended and whose parent does not care has no command line any more. */
function isThere(id: number): boolean {
  try {
    process.kill(id, 0);
    return !existsSync('/proc/self') || readFileSync(`/proc/${id}/cmdline`).length > 0;
  } catch {
    return false;
  }
}
