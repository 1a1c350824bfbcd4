import { DatabaseSync } from 'node:sqlite';
import t from 'tap';
import { MIGRATIONS, migrate, transaction } from '../../src/store/sqlite/migrations.ts';

const version = (db: DatabaseSync) => db.prepare('PRAGMA user_version').get()!.user_version;
const tables = (db: DatabaseSync) =>
  db
    .prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name`)
    .all()
    .map((row) => row.name);

t.test('an empty database gets all tables, each strict', async (t) => {
  const db = new DatabaseSync(':memory:');
  migrate(db);
  t.equal(version(db), MIGRATIONS.length);
  const made = tables(db);
  for (const name of ['runs', 'epochs', 'checkpoints', 'services']) t.ok(made.includes(name), name);
  const strict = db.prepare(`SELECT name FROM pragma_table_list WHERE strict = 1 ORDER BY name`).all();
  t.same(
    strict.map((row) => row.name),
    made,
  );
});

t.test('a second time changes nothing', async (t) => {
  const db = new DatabaseSync(':memory:');
  migrate(db);
  const schema = db.prepare('SELECT sql FROM sqlite_schema').all();
  migrate(db);
  t.same(db.prepare('SELECT sql FROM sqlite_schema').all(), schema);
});

t.test('only the steps that are missing are done', async (t) => {
  const db = new DatabaseSync(':memory:');
  migrate(db, ['CREATE TABLE a (x)']);
  db.exec('INSERT INTO a VALUES (7)');
  migrate(db, ['CREATE TABLE a (x)', 'ALTER TABLE a ADD COLUMN y DEFAULT 1']);
  t.match(db.prepare('SELECT * FROM a').get(), { x: 7, y: 1 });
  t.equal(version(db), 2);
});

t.test('a step that fails leaves everything as it was', async (t) => {
  const db = new DatabaseSync(':memory:');
  migrate(db, ['CREATE TABLE a (x)']);
  t.throws(
    () => migrate(db, ['CREATE TABLE a (x)', 'CREATE TABLE b (x)', 'CREATE TABLE c (x); CREATE TABLE a (x)']),
    /already exists/,
  );
  t.same(tables(db), ['a']);
  t.equal(version(db), 1);
  t.notOk(db.isTransaction);
});

t.test('a newer database is refused', async (t) => {
  const db = new DatabaseSync(':memory:');
  db.exec('PRAGMA user_version = 2');
  t.throws(() => migrate(db, ['CREATE TABLE a (x)']), {
    code: 'STORE_NEWER',
    message:
      'The database was made by a newer version of this program (2, this one knows 1). Start that version, or another data folder.',
  });
});

t.test('a transaction is done whole or not at all', async (t) => {
  const db = new DatabaseSync(':memory:');
  db.exec('CREATE TABLE a (x)');
  t.equal(
    transaction(db, () => db.prepare('INSERT INTO a VALUES (1)').run().changes),
    1,
  );
  t.throws(
    () =>
      transaction(db, () => {
        db.exec('INSERT INTO a VALUES (2)');
        throw new Error('no');
      }),
    /no/,
  );
  t.equal(db.prepare('SELECT count(*) AS n FROM a').get()!.n, 1);
});

t.test('a transaction within another one is a part of it', async (t) => {
  const db = new DatabaseSync(':memory:');
  db.exec('CREATE TABLE a (x)');
  const insert = () => transaction(db, () => db.exec('INSERT INTO a VALUES (1)'));
  t.throws(
    () =>
      transaction(db, () => {
        insert();
        throw new Error('no');
      }),
    /no/,
  );
  t.equal(db.prepare('SELECT count(*) AS n FROM a').get()!.n, 0);
  transaction(db, () => {
    insert();
    insert();
  });
  t.equal(db.prepare('SELECT count(*) AS n FROM a').get()!.n, 2);
});
