import { closeSync, fsyncSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { CodedError } from '../../errors.ts';

/**
 * Copies a database as it is before an upgrade, so that the program before can go on with it. The copies of earlier
 * upgrades go: they hold what people have deleted since.
 *
 * @param file path of the database
 * @param version of its tables
 * @returns path of the copy: one file, beside the database
 * @throws CodedError STORE_COPY when it cannot be made; the database is as it was
 */
export function copyBeforeUpgrade(db: DatabaseSync, file: string, version: number): string {
  const copy = `${file}.version-${version}`;
  const unfinished = `${copy}.part`;
  try {
    rmSync(unfinished, { force: true });
    db.prepare('VACUUM INTO ?').run(unfinished);
    // On the disk before anything is changed.
    const descriptor = openSync(unfinished, 'r+');
    fsyncSync(descriptor);
    closeSync(descriptor);
    renameSync(unfinished, copy);
  } catch (cause) {
    rmSync(unfinished, { force: true });
    throw new CodedError({
      code: 'STORE_COPY',
      status: 500,
      message:
        'The database has to be upgraded, and could not be copied before that: make room on its disk for it once more. Nothing was changed.',
      cause,
    });
  }
  const name = path.basename(file);
  for (const other of readdirSync(path.dirname(file))) {
    const isEarlier = other.startsWith(`${name}.version-`) && other !== path.basename(copy);
    if (isEarlier) rmSync(path.join(path.dirname(file), other));
  }
  return copy;
}
