/** Process entry: `npm run restore -- FILE` replaces the database with a backup; no server may be using it. */
import { constants, copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { checkDatabase, runCommand, unusable } from './backup.ts';
import { readConfig } from './config.ts';
import { databaseFile } from './store/sqlite/database-file.ts';
import { openDatabase } from './store/sqlite/open.ts';

/** SQLite's primary result codes SQLITE_BUSY and SQLITE_LOCKED. */
const IN_USE = new Set([5, 6]);

if (import.meta.main) {
  await runCommand((file) => {
    const replaced = restore(readConfig().dataDir, file);
    return `Restored ${file}.${replaced ? ` What was there before is kept as ${replaced}.` : ''}`;
  });
}

/**
 * Checks the backup and upgrades a copy, so that the current database stays until the new one is known to be good.
 *
 * @returns where the previous database is now; null when there was none
 * @throws CodedError when the backup cannot be used, or a server is using the folder
 */
export function restore(dataDir: string, file: string): string | null {
  if (!existsSync(file)) throw unusable(`There is no file ${file}.`);
  const target = databaseFile(dataDir);
  const candidate = `${target}.restoring`;
  mkdirSync(dataDir, { recursive: true });
  try {
    copyFileSync(file, candidate, constants.COPYFILE_FICLONE);
    checkDatabase(candidate);
    openDatabase(candidate).close();
    checkDatabase(candidate);
    return replace(target, candidate);
  } finally {
    for (const end of ['', '-wal', '-shm', '-journal']) rmSync(candidate + end, { force: true });
  }
}

function replace(target: string, candidate: string): string | null {
  if (!existsSync(target)) {
    renameSync(candidate, target);
    return null;
  }
  const before = `${target}.before`;
  const held = hold(target);
  try {
    for (const end of ['-wal', '-shm', '']) {
      rmSync(before + end, { force: true });
      if (existsSync(target + end)) renameSync(target + end, before + end);
    }
    renameSync(candidate, target);
  } finally {
    held?.close();
  }
  return before;
}

/**
 * Leaving write-ahead logging requires exclusive access to the database.
 *
 * @returns an open database that no one else uses; null if it is damaged
 * @throws CodedError when another process has it open
 */
function hold(file: string): DatabaseSync | null {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(file, { timeout: 500 });
    db.exec('PRAGMA journal_mode = DELETE; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; ROLLBACK;');
    return db;
  } catch (error) {
    db?.close();
    if (!IN_USE.has((error as { errcode?: number }).errcode! & 0xff)) return null;
    throw unusable('A server uses this folder. Stop it first.', error);
  }
}
