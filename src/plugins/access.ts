import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Config } from '../config.ts';
import { CodedError } from '../errors.ts';
import type { AttemptLimit } from './rate-limits.ts';
import { type Right, type Role, rightNeeded } from './rights.ts';
import { SESSION_SECONDS, Sessions } from './sessions.ts';
import { type Grant, readTokens } from './tokens.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** On a loopback address without tokens everybody is `admin`. */
    role: Role;
    /** Of the session by which the role is known; null for a bearer token, and when nobody signed in. */
    sessionId: string | null;
  }
  interface FastifyInstance {
    access: Access;
  }
}

const COOKIE = 'workbench-session';

/** What the pages for signing in and out work with. */
export interface Access {
  /** Nobody needs to sign in. */
  readonly open: boolean;
  /** The token that was made because none was set, to be told to the one who started the server. */
  readonly madeToken: string | null;
  /** @throws CodedError 401 for a token that is none, 429 after too many of them */
  signIn(request: FastifyRequest, token: string): Promise<SessionCookie>;
  signOut(request: FastifyRequest): void;
}

/** For `reply.setCookie(name, value, options)`. */
export interface SessionCookie {
  readonly name: string;
  readonly value: string;
  readonly options: typeof COOKIE_OPTIONS;
}

/** Not for scripts, not for other sites; `secure` behind TLS. */
export const COOKIE_OPTIONS = {
  path: '/',
  httpOnly: true,
  sameSite: 'strict',
  secure: 'auto',
  maxAge: SESSION_SECONDS,
} as const;

/**
 * Finds out who asks, and refuses what the role may not. People show it by the cookie of a session, scripts by
 * `Authorization: Bearer` with the token. Needs @fastify/cookie.
 */
export function registerAccess(app: FastifyInstance, config: Config, attempts: AttemptLimit): void {
  const tokens = readTokens(config);
  const sessions = new Sessions<Grant>();

  app.decorateRequest('role', 'guest');
  app.decorateRequest('sessionId', null);
  app.decorate('access', {
    open: tokens.open,
    madeToken: tokens.made,
    async signIn(request, token) {
      const value = sessions.begin(await redeem(request, token));
      return { name: COOKIE, value, options: COOKIE_OPTIONS };
    },
    signOut({ cookies }) {
      sessions.end(cookies[COOKIE] ?? '');
    },
  });

  app.addHook('onRequest', async (request) => {
    const { role, mayRecognize } = await grantOf(request);
    request.role = role;
    if (!request.is404) check(rightNeeded(request), role, mayRecognize);
  });

  async function grantOf(request: FastifyRequest): Promise<Grant> {
    if (tokens.open) return tokens.withoutToken;
    const bearer = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (bearer !== undefined) return redeem(request, bearer);
    const id = request.cookies[COOKIE] ?? '';
    const grant = sessions.find(id);
    if (grant !== null) request.sessionId = id;
    return grant ?? tokens.withoutToken;
  }

  async function redeem(request: FastifyRequest, token: string): Promise<Grant> {
    await attempts.check(request);
    const grant = tokens.grant(token);
    if (grant !== null) return grant;
    await attempts.countFailure(request);
    throw new CodedError({
      code: 'WRONG_TOKEN',
      status: 401,
      message: 'This is not the token. The server prints it when it starts, or whoever runs it has set one.',
      field: 'token',
    });
  }
}

/** @throws CodedError 401 when signing in would help, 403 when only another token would */
function check(needed: Right, role: Role, mayRecognize: boolean): void {
  if (needed === 'read' || role === 'admin') return;
  if (needed === 'recognize') {
    if (!mayRecognize) throw refusal('SIGN_IN', 401, 'Sign in to have a drawing read.');
    return;
  }
  if (role === 'guest') throw refusal('SIGN_IN', 401, 'Sign in to change anything here.');
  if (needed === 'admin') throw refusal('ADMIN_ONLY', 403, 'Only an admin may do this.');
}

function refusal(code: string, status: number, message: string): CodedError {
  return new CodedError({ code, status, message });
}
