/** Databases that earlier programs made. */
import { createHash } from 'node:crypto';
import { copyFileSync, globSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import t from 'tap';
import { readMnist } from '../../src/datasets/mnist.ts';
import { createEngine } from '../../src/engines/create-engine.ts';
import { DEFAULT_ROOM } from '../../src/rooms/room.ts';
import { accuracyOf, hitsOf } from '../../src/statistics/answers.ts';
import { discordance } from '../../src/statistics/mcnemar.ts';
import { CorrectionStore } from '../../src/store/correction-store.ts';
import { RunStore } from '../../src/store/run-store.ts';
import { ServiceStore } from '../../src/store/service-store.ts';
import { MIGRATIONS, migrate } from '../../src/store/sqlite/migrations.ts';
import { openDatabase } from '../../src/store/sqlite/open.ts';
import { openSqlite, SqliteDatabase } from '../../src/store/sqlite/sqlite-database.ts';
import { copyBeforeUpgrade } from '../../src/store/sqlite/upgrade-copy.ts';
import { DEFAULT_SETTINGS } from '../../src/training/settings.ts';
import { testAnswers } from '../../src/training/test-answers.ts';
import { end } from '../help/train.ts';

const FOLDER = path.join(import.meta.dirname, '../fixtures/databases');
/** Of the weights, as each of those programs stored them. */
const SHA256 = '49efe7079ec47dbf';

const files = globSync('version-*.sqlite', { cwd: FOLDER });

t.test('there is one of every version before this one', async (t) => {
  const expected = MIGRATIONS.slice(1).map((_, i) => `version-${i + 1}.sqlite`);
  t.same(files.toSorted(), expected.toSorted());
});

for (const file of files) {
  t.test(`${file} keeps its run, which can do what a new one can`, async (t) => {
    const copy = path.join(t.testdir({}), file);
    copyFileSync(path.join(FOLDER, file), copy);
    const database = openSqlite(copy);
    const store = new RunStore(database);
    t.teardown(() => store.close());
    const run = (await store.get(1))!;
    t.match(run, {
      state: 'finished',
      epochsDone: 1,
      bestEpoch: 1,
      testAccuracy: 0.9538,
      owner: null,
      name: '',
    });
    t.same(run.settings, {
      ...DEFAULT_SETTINGS,
      optimizer: 'sgd',
      learningrate: 0.1,
      epochs: 1,
      batchsize: 128,
    });
    const { weights } = (await store.model(1))!;
    t.equal(createHash('sha256').update(weights).digest('hex').slice(0, 16), SHA256);
    const reads = await new ServiceStore(database, DEFAULT_ROOM).current();
    t.match(reads, { model: { kind: 'run', runId: 1, epoch: 1 }, isKept: true }, 'it still reads');
    const fork = await store.create(run.settings, {
      fork: { runId: 1, epoch: 1, keeps: { slots: true, random: true } },
    });
    t.match((await store.fitStart(fork.id)).done, { patienceFrom: 1, seconds: 0, checkpoint: { step: 430 } });
  });
}

t.test(
  'a run of which only a bit an image is known compares with one of which all answers are',
  async (t) => {
    const { images, labels } = readMnist('test');
    for (const version of [4, MIGRATIONS.length - 1]) {
      const copy = path.join(t.testdir({}), 'copy.sqlite');
      copyFileSync(path.join(FOLDER, `version-${version}.sqlite`), copy);
      const store = new RunStore(openSqlite(copy));
      t.teardown(() => store.close());
      const { activation, inputScale, weights } = (await store.model(1))!;
      const engine = await createEngine('simd', { activation, inputScale });
      engine.setState({ weights });
      const answers = testAnswers(engine, {
        images: { images, labels, count: labels.length },
        from: 0,
        to: labels.length,
      });
      await engine.dispose();
      const known = (await store.testHits(1, labels))!;
      t.equal(accuracyOf(answers, labels), 0.9538);
      t.same(known, hitsOf(answers, labels), 'bit by bit what its weights answer');

      // Wrong about every seventh image, right about every other.
      const others = labels.map((label, i) => (i % 7 === 0 ? (label + 1) % 10 : label));
      const { id } = await store.create(DEFAULT_SETTINGS);
      await end(store, id, {
        state: 'finished',
        reason: null,
        test: { loss: 1, accuracy: 6 / 7, answers: others },
      });
      const naive = { onlyFirst: 0, onlySecond: 0 };
      for (let i = 0; i < labels.length; i++) {
        if (answers[i] === labels[i] && others[i] !== labels[i]) naive.onlyFirst++;
        if (answers[i] !== labels[i] && others[i] === labels[i]) naive.onlySecond++;
      }
      t.same(discordance(known, (await store.testHits(id, labels))!), naive);
    }
  },
);

t.test('corrections of before owners belong to nobody; a run learns from those it was to', async (t) => {
  const copy = path.join(t.testdir({}), 'copy.sqlite');
  copyFileSync(path.join(FOLDER, 'version-5.sqlite'), copy);
  const db = openSqlite(copy);
  t.teardown(() => db.close());
  const [runs, corrections] = [new RunStore(db), new CorrectionStore(db)];
  t.match(await corrections.get(1), { truth: 1, answer: 7, owner: null });
  t.equal((await runs.get(1))!.corrections, null);
  const { corrections: learnt } = (await runs.get(2))!;
  t.same(learnt, { everybody: true, owner: null, newest: 1 });
  const { id: _id, createdAt: _createdAt, ...correction } = (await corrections.get(1))!;
  const strokes = await corrections.strokes(1);
  t.match(JSON.parse(strokes!), [[[Number, Number]]], 'what was drawn is still there');
  await corrections.add({ ...correction, strokes });
  t.match(
    (await Array.fromAsync(corrections.images(learnt!))).flat(),
    [{ number: 1, truth: 1 }],
    'not from later ones',
  );
});

t.test('what began with weights of another run, or of one that is gone, keeps them', async (t) => {
  const db = new DatabaseSync(':memory:', { enableForeignKeyConstraints: true });
  migrate(db, MIGRATIONS.slice(0, 3));
  const insert = db.prepare(
    `INSERT INTO runs (settings, input_scale, created_at) VALUES (?, 1, '2026-11-01')`,
  );
  for (let i = 0; i < 3; i++) insert.run(JSON.stringify(DEFAULT_SETTINGS));
  const start = db.prepare(
    'INSERT INTO starts (run_id, weights, parent_name, parent_run, parent_epoch) VALUES (?, ?, ?, ?, 4)',
  );
  start.run(2, Buffer.from(Float32Array.of(1.5).buffer), 'run 1, epoch 4', 1);
  start.run(3, Buffer.from(Float32Array.of(2.5).buffer), 'run 9, epoch 4', 9);
  migrate(db);
  const store = new RunStore(new SqliteDatabase(db));
  t.teardown(() => store.close());
  t.match(await store.get(2), { parent: { name: 'run 1, epoch 4', runId: 1, epoch: 4, epochs: 0 } });
  t.same(await store.fitStart(2), { weights: Float32Array.of(1.5) });
  t.match(await store.get(3), { parent: { name: 'run 9, epoch 4', runId: null } });
});

/** Opens it as the server does. */
function upgrade(file: string): void {
  openDatabase(file, (db, version) => copyBeforeUpgrade(db, file, version)).close();
}

function versionOf(file: string): unknown {
  const db = new DatabaseSync(file, { readOnly: true });
  const row = db.prepare('PRAGMA user_version').get()!;
  db.close();
  return row.user_version;
}

t.test(
  'before an upgrade the database is copied aside, and the program before can go on with that',
  async (t) => {
    const folder = t.testdir({});
    const file = path.join(folder, 'workbench.sqlite');
    copyFileSync(path.join(FOLDER, 'version-5.sqlite'), file);
    // What an earlier upgrade left, and one that was killed amid its copy.
    writeFileSync(`${file}.version-3`, 'old');
    writeFileSync(`${file}.version-5.part`, 'half');
    upgrade(file);
    t.same(readdirSync(folder).sort(), ['workbench.sqlite', 'workbench.sqlite.version-5']);
    t.equal(versionOf(file), MIGRATIONS.length);
    const copy = `${file}.version-5`;
    t.equal(versionOf(copy), 5);
    const db = new DatabaseSync(copy, { readOnly: true });
    t.teardown(() => db.close());
    t.match(db.prepare('SELECT count(*) AS runs FROM runs').get(), { runs: 2 });
    t.match(db.prepare('PRAGMA integrity_check').get(), { integrity_check: 'ok' });
    // Opened where it lies, it would get files beside it.
    const untouched = path.join(t.testdir({}), 'untouched.sqlite');
    copyFileSync(path.join(FOLDER, 'version-5.sqlite'), untouched);
    const before = new DatabaseSync(untouched);
    t.teardown(() => before.close());
    const columns = (of: DatabaseSync) => of.prepare('PRAGMA table_info(runs)').all();
    t.same(columns(db), columns(before));
  },
);

t.test('one that is new, or up to date, is not copied', async (t) => {
  const folder = t.testdir({});
  const file = path.join(folder, 'workbench.sqlite');
  upgrade(file);
  upgrade(file);
  t.same(readdirSync(folder), ['workbench.sqlite']);
});

t.test('what cannot be copied is not upgraded', async (t) => {
  const file = path.join(t.testdir({}), 'workbench.sqlite');
  copyFileSync(path.join(FOLDER, 'version-8.sqlite'), file);
  // In place of a full disk: a folder where the copy has to go.
  mkdirSync(`${file}.version-8/full`, { recursive: true });
  t.throws(() => upgrade(file), { code: 'STORE_COPY', message: /Nothing was changed/ });
  t.equal(versionOf(file), 8);
  t.same(
    readdirSync(path.dirname(file)).filter((name) => name.endsWith('.part')),
    [],
  );
});
