import { CodedError } from '../../errors.ts';

/** It will answer again: whoever asks then is served. */
const RETRY_SECONDS = 5;

const DOWN = {
  code: 'STORE_DOWN',
  status: 503,
  message: 'The database does not answer. Try again in a few seconds.',
};
const BUSY = {
  code: 'STORE_BUSY',
  status: 503,
  message: 'The database is too busy. Try again in a few seconds.',
};

/** PostgreSQL's codes, or how they begin, that have a sentence (https://www.postgresql.org/docs/15/errcodes-appendix.html). */
const SENTENCES: Readonly<Record<string, { code: string; message: string; status?: number }>> = {
  '08': DOWN,
  '57P': DOWN,
  '53300': DOWN,
  '57014': BUSY,
  '55P03': BUSY,
  '40P01': BUSY,
  '25P03': BUSY,
  '53100': {
    code: 'STORE_FULL',
    message: 'The disk of the database is full. Make room for it.',
    status: 507,
  },
  '28': { code: 'STORE_REFUSED', message: 'The database refuses this user or password.' },
  '3D000': { code: 'STORE_CLOSED', message: 'There is no database of this name. Make it first.' },
  '42501': { code: 'STORE_READ_ONLY', message: 'This user may not write into the database.' },
  '25006': {
    code: 'STORE_READ_ONLY',
    message: 'The database takes no writes: it is a copy, or was told so.',
  },
};

/** What the operating system and the driver say of a server that is not there. */
const UNREACHABLE =
  /^(ECONN|EPIPE|ENOTFOUND|ENOENT|EHOST|ENET|ETIMEDOUT|EAI_AGAIN)|Connection terminated|not queryable|timeout|connection error/i;

/** A fault of PostgreSQL that has a sentence becomes a CodedError STORE_…; every other error stays what it is. */
export function explained(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof CodedError) return error;
  const code = String((error as { code?: unknown }).code ?? '');
  const sentence =
    SENTENCES[code] ??
    SENTENCES[code.slice(0, 3)] ??
    SENTENCES[code.slice(0, 2)] ??
    (UNREACHABLE.test(code) || UNREACHABLE.test(error.message) ? DOWN : undefined);
  if (sentence === undefined) return error;
  const isPassing = sentence === DOWN || sentence === BUSY;
  return new CodedError({
    status: 500,
    ...sentence,
    ...(isPassing && { retryAfter: RETRY_SECONDS }),
    cause: error,
  });
}
