import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { FolderLock } from '../../src/store/sqlite/folder-lock.ts';

const log = {
  warnings: [] as string[],
  warn(_error: unknown, message: string) {
    this.warnings.push(message);
  },
};
const take = (folder: string, patience = 0, onWait = (_holder: string): void => {}) =>
  FolderLock.take(folder, { log, patience, onWait });

t.test('a folder is one server’s until it lets it go', async (t) => {
  const folder = t.testdir({});
  const first = await take(folder);
  await t.rejects(take(folder), {
    code: 'DATA_DIR_IN_USE',
    message: new RegExp(
      `in use by another server \\(process ${process.pid} on .+, since 20.+ UTC\\)\\. Stop`,
    ),
  });
  await t.rejects(take(path.join(folder, '..', path.basename(folder))), { code: 'DATA_DIR_IN_USE' });
  first.release();
  first.release();
  const second = await take(folder);
  await t.rejects(take(folder), { code: 'DATA_DIR_IN_USE' });
  second.release();
});

t.test('who is about to end is waited for, and it is said once', async (t) => {
  const folder = t.testdir({});
  const first = await take(folder);
  const waits: string[] = [];
  const second = take(folder, 10_000, (holder) => {
    waits.push(holder);
    setTimeout(() => first.release(), 250);
  });
  (await second).release();
  t.equal(waits.length, 1);
  t.match(waits[0], `process ${process.pid} on `);
});

t.test('a lock file that nobody holds is in nobody’s way, whatever is in it', async (t) => {
  for (const text of ['', 'process 4711', 'not a database '.repeat(1000)]) {
    const folder = t.testdir({});
    writeFileSync(path.join(folder, 'server.lock'), text);
    const lock = await take(folder);
    await t.rejects(take(folder), { code: 'DATA_DIR_IN_USE' });
    lock.release();
  }
  t.same(log.warnings, []);
});

t.test('a lock file that may only be read is replaced, as it would be locked for nobody', async (t) => {
  const folder = t.testdir({});
  (await take(folder)).release();
  const file = path.join(folder, 'server.lock');
  const bytes = readFileSync(file);
  // A version of the file format that this SQLite only reads, https://sqlite.org/fileformat2.html#file_format_version_numbers
  bytes[18] = 3;
  writeFileSync(file, bytes);
  const lock = await take(folder);
  await t.rejects(take(folder), { code: 'DATA_DIR_IN_USE' });
  lock.release();
  t.same(log.warnings, []);
});

t.test('where nothing can be locked the folder is taken all the same, and the log says so', async (t) => {
  const folder = t.testdir({ 'server.lock': {} });
  const lock = await take(folder);
  t.match(log.warnings, [/cannot be locked/]);
  lock.release();
});

t.test('what is kept nowhere is everybody’s', async () => {
  const [one, two] = [await take(':memory:'), await take(':memory:')];
  one.release();
  two.release();
});
