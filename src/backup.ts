/** Process entry: `npm run backup -- FILE` copies the database, also while a server writes to it. */
import { existsSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { ConfigError, readConfig } from './config.ts';
import { CodedError } from './errors.ts';
import { databaseFile } from './store/sqlite/database-file.ts';

if (import.meta.main) {
  await runCommand(async (file) => {
    const bytes = await backUp(readConfig().dataDir, file);
    return `Backed up ${(bytes / 1e6).toFixed(1)} MB to ${file}.`;
  });
}

/**
 * Copies what was committed when it began; a server may keep running. An existing file is replaced atomically at the
 * end.
 *
 * @returns its size in bytes
 * @throws CodedError when there is no database, or the copy is damaged
 */
export async function backUp(dataDir: string, file: string): Promise<number> {
  const source = databaseFile(dataDir);
  if (!existsSync(source)) throw unusable(`There is no database in ${dataDir}: is DATA_DIR right?`);
  const unfinished = `${file}.part`;
  const db = new DatabaseSync(source, { readOnly: true, timeout: 5000 });
  try {
    await backup(db, unfinished);
    checkDatabase(unfinished);
    renameSync(unfinished, file);
  } finally {
    db.close();
    rmSync(unfinished, { force: true });
  }
  return statSync(file).size;
}

/**
 * Makes a database a single file, without write-ahead log.
 *
 * @throws CodedError when it is damaged or not the workbench's
 */
export function checkDatabase(file: string): void {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(file);
    const [row] = db.prepare('PRAGMA integrity_check').all();
    const isOurs = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'runs'").get() !== undefined;
    if (row.integrity_check !== 'ok') throw unusable(`${path.basename(file)} is damaged.`);
    if (!isOurs) throw unusable(`${path.basename(file)} is not a database of the workbench.`);
    db.exec('PRAGMA journal_mode = DELETE');
  } catch (cause) {
    if (cause instanceof CodedError) throw cause;
    throw unusable(`${path.basename(file)} is not a database, or is damaged.`, cause);
  } finally {
    db?.close();
  }
}

export function unusable(message: string, cause?: unknown): CodedError {
  return new CodedError({ code: 'BACKUP', status: 500, message, cause });
}

/** Runs a command that takes a file; prints what it did, or one sentence why it could not. */
export async function runCommand(command: (file: string) => string | Promise<string>): Promise<void> {
  const [file] = process.argv.slice(2);
  try {
    if (!file) throw unusable('Name a file.');
    if (readConfig().databaseUrl !== null) {
      throw unusable('The data are in PostgreSQL, as DATABASE_URL says: use pg_dump and pg_restore.');
    }
    console.log(await command(path.resolve(file)));
  } catch (error) {
    const isExpected =
      error instanceof CodedError || error instanceof ConfigError || (error as { code?: unknown }).code;
    console.error(isExpected ? (error as Error).message : error);
    process.exitCode = 1;
  }
}
