import { createHmac, randomBytes } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const BYTES = 32;

export interface SessionKeyOptions {
  readonly dataDir: string;
  /** Digest of the tokens: with other ones the key is another one. */
  readonly fingerprint: Buffer;
  readonly log: { warn(error: unknown, message: string): void };
}

/**
 * What sessions are signed with: a random secret that the data folder keeps for its owner alone, and the tokens. So a
 * restart signs nobody out, another token everybody, and no cookie lets a token be guessed without the folder.
 */
export function sessionKey({ dataDir, fingerprint, log }: SessionKeyOptions): Buffer {
  return createHmac('sha256', secret(dataDir, log)).update(fingerprint).digest();
}

function secret(dataDir: string, log: SessionKeyOptions['log']): Buffer {
  const made = randomBytes(BYTES);
  if (dataDir === ':memory:') return made;
  const file = path.join(dataDir, 'session.key');
  try {
    const kept = read(file);
    if (kept?.length === BYTES) return kept;
    // Whole or not at all.
    writeFileSync(`${file}.new`, made, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  } catch (error) {
    log.warn(error, `${file} cannot be read or written: the next restart signs everybody out`);
  }
  return made;
}

function read(file: string): Buffer | null {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
