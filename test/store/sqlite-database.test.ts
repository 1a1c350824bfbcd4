import { setImmediate as nextTurn } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { openSqlite } from '../../src/store/sqlite/sqlite-database.ts';

function build(t: Test) {
  const db = openSqlite(':memory:');
  t.teardown(() => db.close());
  return db;
}

const SESSIONS = 'SELECT session, ends FROM signed_out ORDER BY session';
const ADD = 'INSERT INTO signed_out (session, ends) VALUES ($1, $2)';

t.test('the values of a statement stand where it names them, in any order and again', async (t) => {
  const db = build(t);
  const [row] = await db.query('SELECT $2 AS second, $1 AS first, $1 AS again, CAST($3 AS TEXT) AS none', [
    1,
    'two',
    null,
  ]);
  t.same(row, { second: 'two', first: 1, again: 1, none: null });
  t.same(await db.query('SELECT 1 AS one WHERE 1 = 0'), []);
  t.same(await db.query(`${ADD} RETURNING ends`, ['a', 5]), [{ ends: 5 }]);
});

t.test('it answers before anything else has its turn', async (t) => {
  const db = build(t);
  const order: string[] = [];
  const turn = nextTurn().then(() => order.push('turn'));
  await db.transaction(function* () {
    for (let i = 0; i < 20; i++) yield [ADD, [String(i), i]];
  });
  for (let i = 0; i < 20; i++) await db.query(SESSIONS);
  order.push('answers');
  await turn;
  t.same(order, ['answers', 'turn']);
});

t.test('a transaction is all or nothing, with nothing of others in it', async (t) => {
  const db = build(t);
  const failing = db.transaction(function* () {
    yield [ADD, ['mine', 1]];
    const rows = yield [SESSIONS];
    t.equal(rows.length, 1);
    throw new Error('no further');
  });
  const others = db.query(ADD, ['other', 2]);
  await t.rejects(failing, /no further/);
  await others;
  t.same(await db.query(SESSIONS), [{ session: 'other', ends: 2 }]);
  await t.rejects(
    db.transaction(function* () {
      yield [ADD, ['mine', 1]];
      yield [ADD, ['other', 2]];
    }),
    /UNIQUE/,
  );
  t.same(await db.query(SESSIONS), [{ session: 'other', ends: 2 }]);
  const result = await db.transaction(function* () {
    const rows = yield ['UPDATE signed_out SET ends = ends + $1 RETURNING ends', [1]];
    return rows[0].ends;
  });
  t.equal(result, 3);
});

t.test('another number after each change, the same after what changes nothing', async (t) => {
  const db = build(t);
  const before = db.changes();
  await db.query(SESSIONS);
  await db.query('DELETE FROM signed_out WHERE ends = $1', [0]);
  t.equal(db.changes(), before);
  await db.query(ADD, ['a', 1]);
  t.not(db.changes(), before);
});

t.test('a fault that has a sentence is told by it, of a statement and amid a transaction', async (t) => {
  const db = build(t);
  const [{ page_count }] = await db.query('PRAGMA page_count');
  await db.query(`PRAGMA max_page_count = ${page_count}`);
  const full = { code: 'STORE_FULL', status: 507 };
  const long = 'x'.repeat(1_000_000);
  await t.rejects(db.query(ADD, [long, 1]), full);
  await t.rejects(
    db.transaction(function* () {
      yield [ADD, [long, 1]];
    }),
    full,
  );
  t.same(await db.query(SESSIONS), []);
});
