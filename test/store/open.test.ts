import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { RunStore } from '../../src/store/run-store.ts';
import { openDatabase } from '../../src/store/sqlite/open.ts';
import { openSqlite } from '../../src/store/sqlite/sqlite-database.ts';
import { DEFAULT_SETTINGS } from '../../src/training/settings.ts';

const pragma = (db: DatabaseSync, name: string) => Object.values(db.prepare(`PRAGMA ${name}`).get()!)[0];

t.test('makes the file, with a write-ahead log, foreign keys and patience', async (t) => {
  const file = path.join(t.testdir(), 'runs.sqlite');
  const db = openDatabase(file);
  t.teardown(() => db.close());
  t.ok(existsSync(file));
  t.equal(pragma(db, 'journal_mode'), 'wal');
  t.equal(pragma(db, 'synchronous'), 1, 'NORMAL');
  t.equal(pragma(db, 'foreign_keys'), 1);
  t.equal(pragma(db, 'busy_timeout'), 5_000);
});

t.test('opens again what it made', async (t) => {
  const file = path.join(t.testdir(), 'runs.sqlite');
  const store = new RunStore(openSqlite(file));
  const run = await store.create(DEFAULT_SETTINGS);
  await store.close();
  const again = new RunStore(openSqlite(file));
  t.teardown(() => again.close());
  t.same(await again.get(run.id), run);
});

t.test('what cannot be opened is told in a sentence', async (t) => {
  t.test('a newer database', async (t) => {
    const file = path.join(t.testdir(), 'runs.sqlite');
    const db = new DatabaseSync(file);
    db.exec('CREATE TABLE from_the_future (a); PRAGMA user_version = 99');
    db.close();
    t.throws(() => openDatabase(file), {
      code: 'STORE_NEWER',
      message: /newer version of this program \(99, /,
    });
    const untouched = new DatabaseSync(file);
    t.equal(pragma(untouched, 'user_version'), 99);
    untouched.close();
  });

  t.test('a file that is no database', async (t) => {
    const folder = t.testdir({
      'runs.sqlite': 'This is a text, and a rather long one at that.\n'.repeat(100),
    });
    const file = path.join(folder, 'runs.sqlite');
    t.throws(() => openDatabase(file), { code: 'STORE_DAMAGED', message: /is not a database/ });
  });

  t.test('a damaged database', async (t) => {
    const file = path.join(t.testdir(), 'runs.sqlite');
    openDatabase(file).close();
    const bytes = readFileSync(file);
    bytes.fill(0xff, 100, 4096);
    writeFileSync(file, bytes);
    t.throws(() => openDatabase(file), { code: 'STORE_DAMAGED', message: /is damaged/ });
  });

  t.test('a folder that is not there', async (t) => {
    const file = path.join(t.testdir(), 'nowhere/runs.sqlite');
    t.throws(() => openDatabase(file), { code: 'STORE_CLOSED', message: /cannot be opened/ });
  });

  t.test('one that may only be read', async (t) => {
    const file = path.join(t.testdir(), 'runs.sqlite');
    openDatabase(file).close();
    // Root may write all files, whatever their mode: SQLite itself is told to refuse.
    const readOnly = new URL('?mode=ro', pathToFileURL(file));
    t.throws(() => openDatabase(readOnly), { code: 'STORE_READ_ONLY', message: /cannot be written/ });
  });
});
