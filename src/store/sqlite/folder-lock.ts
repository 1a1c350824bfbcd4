import { rmSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { CodedError } from '../../errors.ts';

const FILE = 'server.lock';
/** SQLite's primary result codes SQLITE_BUSY and SQLITE_LOCKED. */
const HELD = new Set([5, 6]);
/** SQLITE_CORRUPT and SQLITE_NOTADB, and SQLITE_READONLY: of a file that is another user's, say. */
const [DAMAGED, READ_ONLY] = [new Set([11, 26]), new Set([8])];
/** A server that was told to end is given so long, in milliseconds. */
const PATIENCE_MS = 5_000;
const LOOK_MS = 100;

export interface FolderLockOptions {
  readonly log: { warn(error: unknown, message: string): void };
  /** Told once when another server has the folder and its end is waited for. */
  readonly onWait?: (holder: string) => void;
  /** Milliseconds. */
  readonly patience?: number;
}

/**
 * One server has a data folder: a second one would train the first one's runs. The lock is the operating system's, held
 * through SQLite on a file of its own, so that it ends with the process however that ends; the file stays.
 */
export class FolderLock {
  readonly #db: DatabaseSync | null;

  private constructor(db: DatabaseSync | null) {
    this.#db = db;
  }

  /**
   * Where the file system knows no locks the folder is taken without one, which the log says.
   *
   * @param folder ':memory:' is nobody else's
   * @throws CodedError DATA_DIR_IN_USE when another server has it and does not end meanwhile
   */
  static async take(
    folder: string,
    { log, onWait, patience = PATIENCE_MS }: FolderLockOptions,
  ): Promise<FolderLock> {
    if (folder === ':memory:') return new FolderLock(null);
    const file = path.join(folder, FILE);
    const latest = performance.now() + patience;
    for (let isFirst = true; ; isFirst = false) {
      try {
        return new FolderLock(lock(file));
      } catch (error) {
        const isUseless = isOneOf(DAMAGED, error) || isOneOf(READ_ONLY, error);
        if (isFirst && isUseless && isRemoved(file)) continue;
        if (!isOneOf(HELD, error)) {
          log.warn(error, 'the data folder cannot be locked: see that no other server uses it');
          return new FolderLock(null);
        }
        if (performance.now() >= latest) throw inUse(holder(file), error);
        if (isFirst) onWait?.(holder(file));
      }
      await sleep(LOOK_MS);
    }
  }

  release(): void {
    if (this.#db?.isOpen) this.#db.close();
  }
}

/** @throws SQLite's error */
function lock(file: string): DatabaseSync {
  const db = new DatabaseSync(file, { timeout: 0 });
  try {
    // In this mode the lock outlives its transaction.
    db.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    db.close();
    throw error;
  }
  try {
    db.exec('CREATE TABLE IF NOT EXISTS holder (name TEXT NOT NULL); DELETE FROM holder');
    db.prepare('INSERT INTO holder VALUES (?)').run(ourName());
    db.exec('COMMIT');
  } catch (error) {
    // What cannot be written is only locked as for reading, which others may as well.
    if (isOneOf(READ_ONLY, error)) {
      db.close();
      throw error;
    }
    // Without its name, as on a full disk, the lock is one all the same.
    if (db.isTransaction) db.exec('ROLLBACK');
  }
  return db;
}

function isRemoved(file: string): boolean {
  try {
    rmSync(file);
    return true;
  } catch {
    // Another user's, in a folder where only its owner may.
    return false;
  }
}

function ourName(): string {
  const since = new Date().toISOString().replace('T', ' ').slice(0, 16);
  return `process ${process.pid} on ${hostname()}, since ${since} UTC`;
}

/** Who has it, as far as it is known: nobody vouches for the text while it is locked. */
function holder(file: string): string {
  try {
    const url = pathToFileURL(file);
    // Reads in spite of the lock.
    url.search = 'immutable=1';
    const db = new DatabaseSync(url, { readOnly: true });
    try {
      return String(db.prepare('SELECT name FROM holder').get()?.name ?? 'one without a name');
    } finally {
      db.close();
    }
  } catch {
    return 'one without a name';
  }
}

function isOneOf(codes: ReadonlySet<number>, error: unknown): boolean {
  return codes.has((error as { errcode?: number }).errcode! & 0xff);
}

function inUse(name: string, cause: unknown): CodedError {
  const message = `The data folder (DATA_DIR) is in use by another server (${name}). Stop that one first, or set DATA_DIR to another folder.`;
  return new CodedError({ code: 'DATA_DIR_IN_USE', status: 500, message, cause });
}
