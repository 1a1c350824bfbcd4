/** What only PostgreSQL does: it is elsewhere, may be away, and may have other clients. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import t, { type Test } from 'tap';
import { CorrectionStore } from '../../src/store/correction-store.ts';
import { migrate } from '../../src/store/postgres/migrate.ts';
import { openPostgres } from '../../src/store/postgres/open.ts';
import { PostgresDatabase, poolOf } from '../../src/store/postgres/postgres-database.ts';
import { MIGRATIONS } from '../../src/store/postgres/schema.ts';
import { TABLES } from '../../src/store/postgres/upgrade-copy.ts';
import { RunStore } from '../../src/store/run-store.ts';
import { DEFAULT_SETTINGS } from '../../src/training/settings.ts';
import { testApp, until } from '../help/helper.ts';
import { postgresDatabase, restartPostgres, startPostgres, WITHOUT_POSTGRES } from '../help/postgres.ts';

const never = () => {
  throw new Error('nobody else is there');
};
const silent = { error: () => {}, warn: () => {} };

/** A server of the test's own, to be killed. */
async function ownServer(t: Test) {
  const server = startPostgres({ durable: true });
  t.teardown(() => server.process.stdin!.end());
  return { server, url: await postgresDatabase({ teardown: () => {} }, { folder: server.folder }) };
}

async function ask(url: string, ...statements: string[]): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}

async function rows(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(url);
  await client.connect();
  const { rows } = await client.query(text);
  await client.end();
  return rows;
}

/** All that a schema consists of, in words in which its own name does not occur. */
async function described(url: string, schema: string): Promise<string[]> {
  const described = await rows(
    url,
    `WITH tables AS (SELECT oid, relname, reloptions, reltoastrelid FROM pg_class
        WHERE relnamespace = '${schema}'::regnamespace AND relkind = 'r' AND relname <> 'somebody_elses')
      SELECT concat_ws(' ', relname, attname, format_type(atttypid, atttypmod), attnotnull, attidentity, attstorage, attcollation,
          pg_get_expr(adbin, adrelid)) AS text
        FROM pg_attribute JOIN tables ON tables.oid = attrelid LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE attnum > 0 AND NOT attisdropped
      UNION ALL SELECT concat_ws(' ', relname, conname, pg_get_constraintdef(pg_constraint.oid))
        FROM pg_constraint JOIN tables ON tables.oid = conrelid
      UNION ALL SELECT pg_get_indexdef(indexrelid) FROM pg_index JOIN tables ON tables.oid = indrelid
      UNION ALL SELECT concat_ws(' ', relname, tables.reloptions, (SELECT reloptions FROM pg_class WHERE oid = tables.reltoastrelid))
        FROM tables
      UNION ALL SELECT concat_ws(' ', sequencename, start_value, increment_by, last_value) FROM pg_sequences
        WHERE schemaname = '${schema}'
      UNION ALL SELECT pg_get_functiondef(pg_proc.oid) FROM pg_proc WHERE pronamespace = '${schema}'::regnamespace
        AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')`,
  );
  const contents = await rows(
    url,
    `SELECT relname || ' ' || query_to_xml('SELECT * FROM ${schema}.' || relname || ' AS whole ORDER BY whole::text', true, true, '') AS text
      FROM pg_class WHERE relnamespace = '${schema}'::regnamespace AND relkind = 'r' AND relname NOT IN ('somebody_elses', 'schema_version')`,
  );
  return [...described, ...contents].map(({ text }) => String(text).replaceAll(`${schema}.`, '')).toSorted();
}

t.test('PostgreSQL', { skip: WITHOUT_POSTGRES }, async (t) => {
  t.test('a database that cannot be used is told in a sentence that names the variable', async (t) => {
    const url = await postgresDatabase(t);
    const open = (address: string) => openPostgres(address, { log: silent, onWait: never });
    await t.rejects(open('postgres://nobody@127.0.0.1:1/none'), {
      code: 'STORE_DOWN',
      message: /^DATABASE_URL: The database does not answer\./,
    });
    await t.rejects(open(url.replace(/test_\w+/, 'is_not_there')), {
      code: 'STORE_CLOSED',
      message: 'DATABASE_URL: There is no database of this name. Make it first.',
    });
    await t.rejects(open(url.replace('postgres@', 'stranger@')), {
      code: 'STORE_REFUSED',
      message: 'DATABASE_URL: The database refuses this user or password.',
    });
    const { database, release } = await open(url);
    await database.close();
    await release();
    await ask(url, `UPDATE schema_version SET version = ${MIGRATIONS.length + 1}`);
    await t.rejects(open(url), { code: 'STORE_NEWER', message: /a newer version of this program/ });
  });

  t.test('a second server waits for the end of the first, and says so when that does not come', async (t) => {
    const url = await postgresDatabase(t);
    const first = await openPostgres(url, { log: silent, onWait: never });
    let waits = 0;
    const onWait = () => waits++;
    await t.rejects(openPostgres(url, { log: silent, onWait, retry: 20, patience: 100 }), {
      code: 'STORE_IN_USE',
      message: /^DATABASE_URL: Another server works with this database\./,
    });
    t.equal(waits, 1);
    const second = openPostgres(url, { log: silent, onWait, retry: 20 });
    await sleep(100);
    await first.database.close();
    await first.release();
    const { database, release } = await second;
    t.equal(waits, 2);
    await database.close();
    await release();
  });

  t.test('a server whose lock is lost writes nothing beside another, and takes it again', async (t) => {
    const url = await postgresDatabase(t);
    const messages: string[] = [];
    const log = { error: () => {}, warn: (message: string) => messages.push(message) };
    const { database, release } = await openPostgres(url, { log, onWait: never, retry: 60_000 });
    t.teardown(async () => {
      await database.close();
      await release();
    });
    const store = new RunStore(database);
    await store.create(DEFAULT_SETTINGS);
    const other = new pg.Client(url);
    await other.connect();
    t.teardown(() => other.end());
    const itself = (await other.query('SELECT pg_backend_pid() AS pid')).rows[0].pid;
    const locks = (isGranted: boolean) =>
      rows(
        url,
        `SELECT pid FROM pg_locks JOIN pg_database ON pg_database.oid = database WHERE datname = current_database()
          AND locktype = 'advisory' AND objid = 4713 AND objsubid = 1 AND granted = ${isGranted}`,
      );
    const end = (pid: string) =>
      ask(
        url,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE datname = current_database() AND pid NOT IN (pg_backend_pid(), ${itself}) AND pid ${pid}`,
      );
    /** The same, and the other is the next to have the lock. */
    const lose = async (pid: string) => {
      const taken = other.query('SELECT pg_advisory_lock(4713)');
      await until(async () => (await locks(false)).length === 1);
      await end(pid);
      await taken;
    };
    const unlock = () => other.query('SELECT pg_advisory_unlock(4713)');
    const create = () => store.create(DEFAULT_SETTINGS);

    // Only the lock's connection: as long as those of its pool are there, nobody else begins.
    const [{ pid }] = await locks(true);
    await lose(`= ${pid}`);
    await unlock();
    const waiting = { log: silent, onWait: () => {}, retry: 10, patience: 50 };
    await t.rejects(openPostgres(url, waiting), { code: 'STORE_IN_USE' });
    await create();

    // All of them: it writes when it has the lock again.
    await end('> 0');
    await until(() =>
      create().then(
        () => true,
        (error) => error.code !== 'STORE_DOWN',
      ),
    );
    t.equal((await locks(true)).length, 1);
    t.equal((await store.list()).count, 3);

    // All of them, and another server is quicker.
    await lose('> 0');
    messages.length = 0;
    await t.rejects(create(), { code: 'STORE_DOWN', status: 503, retryAfter: 5 });
    await t.rejects(create(), { code: 'STORE_DOWN' });
    await until(() => messages.length === 1);
    t.match(messages, ['Another server has the database: this one uses it again when that has ended']);
    const { rows: kept } = await other.query('SELECT FROM runs');
    t.equal(kept.length, 3);
    await unlock();
    await create();
    t.equal((await locks(true)).length, 1);
  });

  t.test('options in the address do not take away those of the server', async (t) => {
    const url = `${await postgresDatabase(t)}&options=-csearch_path%3Delsewhere`;
    const pool = poolOf(url, silent);
    t.teardown(() => pool.end());
    const shown = async (what: string) => (await pool.query(`SHOW ${what}`)).rows[0][what];
    t.equal(await shown('search_path'), 'elsewhere');
    t.equal(await shown('lock_timeout'), '5s');
  });

  t.test('before an upgrade all is copied, and the program before goes on with the copy', async (t) => {
    const url = await postgresDatabase(t);
    const within = (schema: string) =>
      `${url}${url.includes('?') ? '&' : '?'}options=-csearch_path%3D${schema}`;
    const made = poolOf(url, silent);
    t.equal(await migrate(made, MIGRATIONS.slice(0, 1)), null, 'nothing to copy in a new database');
    await made.query(
      `INSERT INTO sweeps (settings, axes, halving, created_at) VALUES ('{}', '{}', 0, now_text())`,
    );
    for (const state of ['finished', 'stopped']) {
      await made.query(
        `INSERT INTO runs (state, settings, input_scale, created_at, sweep_id) VALUES ($1, '{"epochs": 3}', 0.5, now_text(), 1)`,
        [state],
      );
    }
    await made.query('INSERT INTO epochs VALUES (1, 1, 0.5, 0.9, 0.4, 0.9, 1)');
    await made.query(`INSERT INTO checkpoints VALUES (1, 1, '\\x01020304', '\\x', '[]', 1, '[]')`);
    await made.query('CREATE TABLE somebody_elses (text text)');
    await made.end();

    const warnings: string[] = [];
    const log = { ...silent, warn: (message: string) => warnings.push(message) };
    const opened = await openPostgres(url, { log, onWait: never });
    t.match(warnings, [
      /kept in the schema workbench_version_1\. To go back: .*search_path%3Dworkbench_version_1/,
    ]);
    const store = new RunStore(opened.database);
    t.match(await store.get(1), { room: 0, state: 'finished', sweepId: 1, epochs: [{ loss: 0.5 }] });
    await store.delete(1);
    await opened.database.close();
    await opened.release();

    const tables = await rows(
      url,
      `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'`,
    );
    const ours = tables.map(({ name }) => name).filter((name) => name !== 'somebody_elses');
    t.same(
      ours.filter((name) => !TABLES.includes(name as string)),
      [],
      'no table is forgotten',
    );
    t.ok(ours.length > 10);

    const before = poolOf(within('workbench_version_1'), silent);
    t.equal(await migrate(before, MIGRATIONS.slice(0, 1)), null, 'to it, it is up to date');
    const { rows: kept } = await before.query(
      'SELECT id, state, epoch, weights FROM runs LEFT JOIN checkpoints ON run_id = id ORDER BY id',
    );
    t.match(kept, [{ id: 1, state: 'finished', epoch: 1 }, { id: 2 }], 'what was deleted since is there');
    const { rows: added } = await before.query(
      `INSERT INTO runs (settings, input_scale, created_at) VALUES ('{}', 1, now_text()) RETURNING id`,
    );
    t.equal(added[0].id, 3, 'its numbers go on');
    await t.rejects(before.query('UPDATE runs SET sweep_id = 9'), /foreign key/);
    await before.query('DELETE FROM runs WHERE id = 1');
    t.equal((await before.query('SELECT * FROM checkpoints')).rowCount, 0, 'and belongs together as before');
    t.equal(await migrate(before), 'workbench_version_1_b', 'it can be upgraded again');
    await before.end();
  });

  t.test(
    'the copy before any next step is all that there was; of earlier ones only the latest is kept',
    async (t) => {
      const url = await postgresDatabase(t);
      const pool = poolOf(url, silent);
      t.teardown(() => pool.end());
      await migrate(pool);
      const database = new PostgresDatabase(pool);
      const store = new RunStore(database);
      const { id } = await store.create(DEFAULT_SETTINGS, { owner: { id: 'ada', name: 'Ada' } });
      await store.create(DEFAULT_SETTINGS);
      const run = (await store.claim())!;
      const epoch = { epoch: 1, loss: 1, accuracy: 0.5, val_loss: 1, val_accuracy: 0.5, seconds: 1 };
      const weights = Float32Array.from({ length: 9 }, (_, i) => i);
      await store.addEpoch(run, epoch, { weights, slots: {}, step: 1, random: [1] }, true);
      await new CorrectionStore(database).add({
        truth: 1,
        answer: 7,
        probabilities: [],
        image: new Uint8Array(784),
        model: 'shipped',
        strokes: '[]',
        owner: null,
      });
      await pool.query('CREATE TABLE somebody_elses (text text)');

      const next = [...MIGRATIONS];
      for (let i = 0; i < 3; i++) {
        const [version, copy] = [next.length, `workbench_version_${next.length}`];
        const before = await described(url, 'public');
        next.push(`ALTER TABLE runs ADD COLUMN later_${i} integer NOT NULL DEFAULT 7; DELETE FROM epochs;`);
        t.equal(await migrate(pool, next), copy);
        t.same(await described(url, copy), before);
        t.ok(before.length > 100);
        t.same(await rows(url, `SELECT version FROM ${copy}.schema_version`), [{ version }]);
        t.same(await rows(url, 'SELECT version FROM schema_version'), [{ version: version + 1 }]);
        t.same(await rows(url, `SELECT nspname FROM pg_namespace WHERE nspname LIKE 'workbench%'`), [
          { nspname: copy },
        ]);
      }
      t.equal(await migrate(pool, next), null, 'nothing is left to do');

      const whole = await described(url, 'public');
      const failing = [...next, 'DROP TABLE speeds; DELETE FROM runs; SELECT 1 / 0'];
      await t.rejects(migrate(pool, failing), /division by zero/);
      t.same(await described(url, 'public'), whole, 'a step that fails changes nothing');
      t.same(await rows(url, `SELECT nspname FROM pg_namespace WHERE nspname LIKE 'workbench%'`), [
        { nspname: `workbench_version_${next.length - 1}` },
      ]);
      t.equal((await store.summary(id))?.state, 'running');
    },
  );

  t.test('a copy that cannot be made leaves all as it was', async (t) => {
    const url = await postgresDatabase(t);
    const made = poolOf(url, silent);
    await migrate(made, MIGRATIONS.slice(0, 1));
    const user = `clerk_${process.pid}`;
    const database = new URL(url).pathname.slice(1);
    await made.query(`CREATE ROLE ${user} LOGIN`);
    t.teardown(() =>
      ask(url, `REASSIGN OWNED BY ${user} TO CURRENT_USER`, `DROP OWNED BY ${user}`, `DROP ROLE ${user}`),
    );
    await made.query(`REVOKE CREATE ON DATABASE ${database} FROM PUBLIC`);
    await made.query(`GRANT ALL ON SCHEMA public TO ${user}`);
    await made.query(`GRANT ALL ON ALL TABLES IN SCHEMA public TO ${user}`);
    await made.end();
    const opening = openPostgres(url.replace('postgres@', `${user}@`), { log: silent, onWait: never });
    await t.rejects(opening, {
      code: 'STORE_COPY',
      message: /the right to create schemas\. Nothing was changed/,
    });
    t.same(await rows(url, 'SELECT version FROM schema_version'), [{ version: 1 }]);
    t.same(await rows(url, `SELECT nspname FROM pg_namespace WHERE nspname LIKE 'workbench%'`), []);
  });

  t.test('of many who claim, stop and delete at once each run has one outcome', async (t) => {
    const url = await postgresDatabase(t);
    const { database, release } = await openPostgres(url, { log: silent, onWait: never });
    t.teardown(async () => {
      await database.close();
      await release();
    });
    const store = new RunStore(database);
    for (let round = 0; round < 40; round++) {
      const ids = await Promise.all(
        Array.from({ length: 6 }, async (_, i) => {
          const owner = { id: `owner${i % 3}`, name: '' };
          return (await store.create(DEFAULT_SETTINGS, { owner })).id;
        }),
      );
      const claims = Array.from({ length: 4 }, () => store.claim());
      const stops = ids.map((id) => store.stop(id, 'By hand.'));
      const [claimed, stopped] = await Promise.all([Promise.all(claims), Promise.all(stops)]);
      const held = claimed.filter((run) => run !== null);
      t.equal(new Set(held.map(({ id }) => id)).size, held.length, 'none is claimed twice');
      const after = await Promise.all(ids.map((id) => store.summary(id)));
      for (const [i, run] of after.entries()) {
        const isHeld = held.some(({ id }) => id === run!.id);
        const expected = isHeld
          ? { state: 'running', stopping: true }
          : { state: 'stopped', stopping: false };
        // Stopped in the queue, or as one that trains: a stop that came between is not lost.
        if (
          run!.state !== expected.state ||
          run!.stopping !== expected.stopping ||
          stopped[i] !== expected.state
        )
          t.fail(`run ${run!.id} is ${run!.state}, told ${stopped[i]}`);
      }
      for (const run of held) await store.end(run, { state: 'stopped', reason: null });
      const deleted = await Promise.all([...ids, ...ids].map((id) => store.delete(id)));
      t.equal(deleted.filter(Boolean).length, ids.length, 'each is deleted once');
    }
  });

  t.test('a run goes on when its database was killed; meanwhile clients are told to come back', async (t) => {
    const { server, url } = await ownServer(t);
    const app = await testApp(t, { databaseUrl: url });
    const { training, store } = app.workbench;
    const { id } = await training.enqueue({ ...DEFAULT_SETTINGS, epochs: 3, batchsize: 128, patience: 3 });
    await once(training, 'epoch');
    await restartPostgres(server, async () => {
      for (const accept of ['text/html', 'application/json']) {
        const answer = await app.inject({ url: `/runs/${id}`, headers: { accept } });
        t.equal(answer.statusCode, 503);
        t.equal(answer.headers['retry-after'], '5');
        t.match(answer.body, /The database does not answer/);
      }
      t.equal((await app.inject('/livez')).statusCode, 200);
      const matrix = Array.from({ length: 784 }, (_, i) =>
        i % 28 > 12 && i % 28 < 15 && i > 140 && i < 640 ? 255 : 0,
      );
      const read = await app.inject({ method: 'POST', url: '/recognize', payload: { matrix } });
      t.equal(read.statusCode, 200, 'a drawing is read all the same');
    });
    await until(async () => (await store.summary(id))?.endedAt !== null);
    t.match(await store.get(id), { state: 'finished', attempts: 1, fence: 1, epochsDone: 3 });
    await app.workbench.choice.settled();
    t.match((await app.inject('/model')).json(), { source: { kind: 'run', runId: id } });
  });
});
