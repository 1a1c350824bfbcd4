/** What holds for one database holds for each. */
import path from 'node:path';
import t, { type Test } from 'tap';
import type { Database } from '../../src/store/database.ts';
import { openPostgres } from '../../src/store/postgres/open.ts';
import { openSqlite } from '../../src/store/sqlite/sqlite-database.ts';
import { postgresDatabase, WITHOUT_POSTGRES } from './postgres.ts';

/** Opens the test's database, empty at first; the test closes it. It is gone when the test ends. */
export type Open = () => Promise<Database>;

/** No other server: one that waits for another has forgotten to close. */
async function connect(url: string): Promise<Database> {
  const { database, release } = await openPostgres(url, {
    log: { warn: () => {}, error: (error: unknown) => console.error(error) },
    onWait: () => {
      throw new Error('the database is open already');
    },
  });
  const { close } = database;
  return Object.assign(database, {
    close: async () => {
      await close.call(database);
      await release();
    },
  });
}

const TEMPLATE = {
  name: 'workbench',
  fill: async (url: string) => (await connect(url)).close(),
};

const DATABASES = [
  {
    name: 'sqlite',
    skip: false,
    make: async (t: Test): Promise<Open> => {
      const file = path.join(t.testdir({}), 'workbench.sqlite');
      return async () => openSqlite(file);
    },
  },
  {
    name: 'postgres',
    skip: WITHOUT_POSTGRES,
    make: async (t: Test): Promise<Open> => {
      const url = await postgresDatabase(t, { template: TEMPLATE });
      return () => connect(url);
    },
  },
] as const;

/** A test that is run on each kind of database. */
export function onEach(name: string, test: (t: Test, open: Open) => Promise<void>): void {
  for (const { name: kind, skip, make } of DATABASES) {
    void t.test(`${name} (${kind})`, { skip }, async (t) => test(t, await make(t)));
  }
}

const urls = new Map<string, string>();

/** @param dataDir apps with the same one have the same database; ':memory:' is each one's own */
export async function appDatabase(t: Test, dataDir: string): Promise<string> {
  const known = urls.get(dataDir);
  if (known !== undefined) return known;
  const url = await postgresDatabase(t, { template: TEMPLATE });
  if (dataDir !== ':memory:') urls.set(dataDir, url);
  return url;
}
