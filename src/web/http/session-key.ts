import { createHmac, randomBytes } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const BYTES = 32;

export interface SessionKeyOptions {
  readonly dataDir: string;
  /** Digest of the tokens: changing one changes the key. */
  readonly fingerprint: Buffer;
  readonly log: { warn(error: unknown, message: string): void };
}

/**
 * The key that signs sessions: a random secret in the data folder, readable only by its owner, and the tokens. So a
 * restart signs nobody out, a changed token everybody, and tokens cannot be guessed from a cookie without the folder.
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
    // Atomically.
    writeFileSync(`${file}.new`, made, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  } catch (error) {
    log.warn(error, `${file} cannot be read or written: the next restart signs everyone out`);
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
