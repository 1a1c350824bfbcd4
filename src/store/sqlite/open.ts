import { DatabaseSync } from 'node:sqlite';
import { CodedError } from '../../errors.ts';
import { MIGRATIONS, migrate } from './migrations.ts';

/** @param version of its tables */
export type BeforeUpgrade = (db: DatabaseSync, version: number) => void;

/** How long a statement waits for another process that holds the database, in milliseconds. */
const BUSY_TIMEOUT = 5_000;

/** SQLite's primary result codes that have a sentence of their own (https://sqlite.org/rescode.html). */
const SENTENCES: Readonly<Record<number, { code: string; message: string; status?: number }>> = {
  5: { code: 'STORE_BUSY', message: 'The database is in use by another process. Stop that one first.' },
  8: {
    code: 'STORE_READ_ONLY',
    message: 'The database cannot be written. Check the rights of the data folder.',
  },
  10: {
    code: 'STORE_IO',
    message:
      'The database cannot be read or written: the disk reports an error. See that it is there and has room.',
  },
  11: {
    code: 'STORE_DAMAGED',
    message: 'The database is damaged. Move the file away, or put a backup in its place.',
  },
  13: { code: 'STORE_FULL', message: 'The disk is full. Make room for the database.', status: 507 },
  14: {
    code: 'STORE_CLOSED',
    message: 'The database cannot be opened. Check that the data folder exists and its rights.',
  },
  26: {
    code: 'STORE_DAMAGED',
    message: 'The database file is not a database. Move the file away, or put a backup in its place.',
  },
};

/**
 * Opens the database and brings its tables up to date.
 *
 * @param file path of the database, made if absent; ':memory:' for one that is forgotten when closed
 * @param beforeUpgrade is called before anything is changed in one that an earlier program made
 * @throws CodedError STORE_… with a sentence: newer than the program, damaged, read-only, full, busy
 */
export function openDatabase(file: string | URL, beforeUpgrade?: BeforeUpgrade): DatabaseSync {
  const db = open(file);
  try {
    prepare(db, beforeUpgrade);
    return db;
  } catch (error) {
    db.close();
    throw explained(error);
  }
}

function open(file: string | URL): DatabaseSync {
  try {
    return new DatabaseSync(file, { enableForeignKeyConstraints: true, timeout: BUSY_TIMEOUT });
  } catch (error) {
    throw explained(error);
  }
}

function prepare(db: DatabaseSync, beforeUpgrade?: BeforeUpgrade): void {
  // Write-ahead log: pages are read while an epoch is written. With it, NORMAL loses no commit when the process dies;
  // after a power cut the last ones may be missing, never torn. FULL would stall the answering thread on each epoch.
  // What is deleted is overwritten: a name or a drawing that somebody had erased is nowhere in the file.
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON;');
  let isUpgrade = false;
  migrate(db, MIGRATIONS, (version) => {
    isUpgrade = true;
    beforeUpgrade?.(db, version);
  });
  // Earlier programs left in the file what they deleted.
  if (isUpgrade) db.exec('VACUUM');
  // Finds at start, not at the first Train, that nothing can be written.
  db.exec(
    'BEGIN IMMEDIATE; PRAGMA user_version = ' +
      db.prepare('PRAGMA user_version').get()!.user_version +
      '; COMMIT;',
  );
}

/** A fault of SQLite that has a sentence becomes a CodedError STORE_…; every other error stays what it is. */
export function explained(error: unknown): unknown {
  const sentence = SENTENCES[(error as { errcode?: number }).errcode! & 0xff];
  return sentence ? new CodedError({ status: 500, ...sentence, cause: error }) : error;
}
