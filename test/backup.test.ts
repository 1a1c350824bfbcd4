/** Backups are made and put back as an operator does it, with servers that run. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import t, { type Test } from 'tap';
import { backUp } from '../src/backup.ts';
import { restore } from '../src/restore.ts';
import { openDatabase } from '../src/store/sqlite/open.ts';
import { environment } from './help/environment.ts';
import { until } from './help/helper.ts';

const SRC = path.join(import.meta.dirname, '../src');

async function serve(t: Test, DATA_DIR: string): Promise<{ server: ChildProcess; url: string }> {
  const server = spawn(process.execPath, [path.join(SRC, 'server.ts')], {
    env: environment({ PORT: '0', DATA_DIR }),
  });
  t.teardown(() => server.kill('SIGKILL'));
  let output = '';
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (text) => (output += text));
  await until(() => /workbench: http/.test(output));
  return { server, url: /workbench: (\S+)/.exec(output)![1] };
}

function command(name: string, DATA_DIR: string, ...files: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [path.join(SRC, `${name}.ts`), ...files], {
    env: environment({ DATA_DIR }),
    encoding: 'utf8',
  });
  return { status, output: stdout + stderr };
}

t.test('a server that trains is backed up, and another goes on from the copy', async (t) => {
  const root = t.testdir({ first: {}, second: {} });
  const [folder, other] = ['first', 'second'].map((name) => path.join(root, name));
  const file = path.join(folder, 'copy.sqlite');
  const first = await serve(t, folder);
  const json = { accept: 'application/json' };
  const started = await fetch(`${first.url}/runs`, {
    method: 'POST',
    headers: json,
    body: new URLSearchParams({ epochs: '20' }),
  });
  const { id } = (await started.json()) as { id: number };
  const epochs = async (url: string) =>
    ((await (await fetch(`${url}/runs/${id}`, { headers: json })).json()) as { epochs: unknown[] }).epochs;
  await until(async () => (await epochs(first.url)).length >= 1);
  const done = await epochs(first.url);

  const made = command('backup', folder, file);
  t.match(made, { status: 0, output: /^Backed up \d+\.\d MB to .*copy\.sqlite\.\n$/ });
  t.notOk(existsSync(`${file}-wal`), 'the copy is one file');
  t.notOk(existsSync(`${file}.part`));

  const refused = command('restore', folder, file);
  t.match(refused, { status: 1, output: /^A server uses this folder\. Stop it first\.\n$/ });
  t.ok((await fetch(`${first.url}/livez`)).ok, 'it was not disturbed');
  first.server.kill('SIGTERM');
  await once(first.server, 'exit');

  t.match(command('restore', other, file), { status: 0, output: /^Restored / });
  const second = await serve(t, other);
  const copied = await epochs(second.url);
  t.same(copied.slice(0, done.length), done);
  await until(async () => (await epochs(second.url)).length > copied.length);
  t.pass('the run went on from the copy');
  second.server.kill('SIGTERM');
  await once(second.server, 'exit');

  const again = command('restore', other, file);
  t.match(again, { status: 0, output: /kept as .*workbench\.sqlite\.before\.\n$/ });
});

t.test('what cannot be used is told in one sentence, and what was there stays', async (t) => {
  const folder = t.testdir({
    data: {},
    empty: {},
    'text.sqlite': 'no database, but a text that is long enough to be one',
  });
  const data = path.join(folder, 'data');
  const database = path.join(data, 'workbench.sqlite');
  openDatabase(database).close();
  const before = readFileSync(database);

  t.match(command('backup', data), { status: 1, output: 'Name a file.\n' });
  t.match(command('backup', path.join(folder, 'empty'), path.join(folder, 'x')), {
    output: /^There is no database in/,
  });
  await t.rejects(backUp(path.join(folder, 'nowhere'), path.join(folder, 'x')), { code: 'BACKUP' });

  t.throws(() => restore(data, path.join(folder, 'nothing')), { message: /^There is no file/ });
  t.throws(() => restore(data, path.join(folder, 'text.sqlite')), {
    message: /is not a database, or is damaged\.$/,
  });

  const foreign = path.join(folder, 'foreign.sqlite');
  const db = new DatabaseSync(foreign);
  db.exec('CREATE TABLE recipes (name)');
  db.close();
  t.throws(() => restore(data, foreign), { message: /is not a database of the workbench\.$/ });

  const newer = path.join(folder, 'newer.sqlite');
  await backUp(data, newer);
  const future = new DatabaseSync(newer);
  future.exec('PRAGMA user_version = 9999');
  future.close();
  t.throws(() => restore(data, newer), { code: /^STORE_/ });

  const damaged = path.join(folder, 'damaged.sqlite');
  const bytes = Buffer.from(before);
  bytes.fill(0xff, 4096, 12_288);
  writeFileSync(damaged, bytes);
  t.throws(() => restore(data, damaged), { message: /damaged/ });

  t.same(readFileSync(database), before);
  t.notOk(existsSync(`${database}.restoring`));
});

t.test('a backup replaces a database that is damaged', async (t) => {
  const folder = t.testdir({ 'workbench.sqlite': 'damaged', data: {} });
  const data = path.join(folder, 'data');
  openDatabase(path.join(data, 'workbench.sqlite')).close();
  const file = path.join(folder, 'copy.sqlite');
  await backUp(data, file);
  const replaced = restore(folder, file);
  t.equal(readFileSync(replaced as string, 'utf8'), 'damaged');
  openDatabase(path.join(folder, 'workbench.sqlite')).close();
});
