import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Role, TokenVariables } from '../../roles.ts';
import { isOpen } from '../../roles.ts';

/** Kinds of tokens; part of a session. */
export type GrantName = 'admin' | 'user' | 'reader';

/** The rights of a client. */
export interface Grant {
  readonly role: Role;
  readonly mayRecognize: boolean;
}

export interface Tokens {
  /** No token is needed: only this machine can reach the server, and none is set. */
  readonly open: boolean;
  /** What anyone may do without a token. */
  readonly withoutToken: Grant;
  /** Generated because none was set, to be printed; else null. */
  readonly made: string | null;
  readonly grants: Readonly<Record<GrantName, Grant>>;
  /** Digest of all tokens. */
  readonly fingerprint: Buffer;
  /** Null for any other text. */
  nameOf(token: string): GrantName | null;
}

const GRANTS: Tokens['grants'] = {
  admin: { role: 'admin', mayRecognize: true },
  user: { role: 'user', mayRecognize: true },
  reader: { role: 'guest', mayRecognize: true },
};

/** `ADMIN_TOKEN` and `TOKEN` give the two roles; alone, `TOKEN` gives both. */
export function readTokens(config: TokenVariables): Tokens {
  const { token, adminToken, recognizeToken } = config;
  const open = isOpen(config);
  const made = open || token !== null || adminToken !== null ? null : randomBytes(12).toString('base64url');
  const own: [token: string | null, name: GrantName][] = [
    [adminToken ?? token ?? made, 'admin'],
    [token, 'user'],
    [recognizeToken, 'reader'],
  ];
  return {
    open,
    made,
    withoutToken: open ? GRANTS.admin : { role: 'guest', mayRecognize: recognizeToken === null },
    grants: GRANTS,
    fingerprint: sha256(JSON.stringify(own)),
    nameOf(token) {
      // All are compared in constant time, so that timing reveals nothing.
      const right = own.filter(([text]) => text !== null && isSame(text, token));
      return right[0]?.[1] ?? null;
    },
  };
}

/** By their hashes, which are equally long. */
function isSame(a: string, b: string): boolean {
  return timingSafeEqual(sha256(a), sha256(b));
}

const sha256 = (text: string) => createHash('sha256').update(text).digest();
