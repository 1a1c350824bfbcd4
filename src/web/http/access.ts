import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { CodedError } from '../../errors.ts';
import type { Role } from '../../roles.ts';
import type { Workbench } from '../../workbench.ts';
import type { AttemptLimit } from './rate-limits.ts';
import { type Right, rightNeeded } from './rights.ts';
import { sessionKey } from './session-key.ts';
import { SESSION_SECONDS, Sessions } from './sessions.ts';
import { type Grant, type GrantName, readTokens } from './tokens.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** On a loopback address without tokens everybody is `admin`. */
    role: Role;
    /** Id of the session that gave the role; null for a bearer token and for guests. */
    sessionId: string | null;
    /** Why the client has been signed out, in a sentence; else null. */
    signedOut: string | null;
  }
  interface FastifyInstance {
    access: Access;
  }
}

const COOKIE = 'workbench-session';
/** Outlives the session, so that its end can be reported. */
const HINT_COOKIE = 'workbench-signed-in';
const HINT_SECONDS = 7 * 24 * 3600;

/** Used by the pages for signing in and out. */
export interface Access {
  /** Nobody needs to sign in. */
  readonly open: boolean;
  /** The token that was generated because none was set, to be printed; else null. */
  readonly madeToken: string | null;
  /**
   * Begins a session, with a new id.
   *
   * @throws CodedError 401 for a wrong token, 429 after too many of them
   */
  signIn(request: FastifyRequest, reply: FastifyReply, token: string): Promise<void>;
  signOut(request: FastifyRequest, reply: FastifyReply): Promise<void>;
}

/** Not for scripts, not for other sites; `secure` over TLS. */
const COOKIE_OPTIONS = {
  httpOnly: true,
  sameSite: 'strict',
  secure: 'auto',
  maxAge: SESSION_SECONDS,
} as const;

const RESTARTED =
  'You have been signed out: the server was restarted; sign in again with the token it printed.';
const TOKEN_CHANGED = 'You have been signed out: the server was restarted with another token; sign in again.';
const OVER = `You have been signed out after ${SESSION_SECONDS / 3600} hours; sign in again.`;

/** Identifies the client, and refuses what its role may not do. Browsers prove the role by the cookie of a session,
 * scripts by
 * `Authorization: Bearer` with the token. Needs @fastify/cookie.
 */
export async function registerAccess(
  app: FastifyInstance,
  { config, signedOut }: Pick<Workbench, 'config' | 'signedOut'>,
  attempts: AttemptLimit,
): Promise<void> {
  const { log } = app;
  const tokens = readTokens(config);
  const { dataDir } = config;
  const path = app.address('/');
  // Without sign-in nothing is stored.
  const key = sessionKey({
    dataDir: tokens.open ? ':memory:' : dataDir,
    fingerprint: tokens.fingerprint,
    log,
  });
  const sessions = new Sessions({ key, ended: signedOut, log });
  await sessions.open();

  app.decorateRequest('role', 'guest');
  app.decorateRequest('sessionId', null);
  app.decorateRequest('signedOut', null);
  app.decorate('access', {
    open: tokens.open,
    madeToken: tokens.made,
    async signIn(request, reply, token) {
      const value = sessions.begin(await redeem(request, token));
      // Signing in again ends the previous session.
      await sessions.end(request.cookies[COOKIE] ?? '');
      reply.setCookie(COOKIE, value, { ...COOKIE_OPTIONS, path });
      reply.setCookie(HINT_COOKIE, '1', { ...COOKIE_OPTIONS, path, maxAge: HINT_SECONDS });
    },
    async signOut({ cookies }, reply) {
      await sessions.end(cookies[COOKIE] ?? '');
      const { maxAge, ...options } = { ...COOKIE_OPTIONS, path };
      reply.clearCookie(COOKIE, options).clearCookie(HINT_COOKIE, options);
    },
  });

  // Only checking a token takes time.
  app.addHook('onRequest', (request, _reply, done) => {
    const bearer = tokens.open ? undefined : bearerOf(request);
    if (bearer !== undefined) {
      redeem(request, bearer)
        .then((name) => admit(request, tokens.grants[name]))
        .then(() => done(), done);
    } else {
      admit(request, grantOf(request));
      done();
    }
  });

  /** @throws CodedError when it may not */
  function admit(request: FastifyRequest, { role, mayRecognize }: Grant): void {
    request.role = role;
    if (!request.is404) check(request, mayRecognize);
  }

  /** The role of a client without a token. */
  function grantOf(request: FastifyRequest): Grant {
    if (tokens.open) return tokens.withoutToken;
    const { [COOKIE]: cookie, [HINT_COOKIE]: hint } = request.cookies;
    const session = cookie ? sessions.find(cookie) : hint ? 'over' : 'none';
    if (typeof session === 'object') {
      request.sessionId = session.id;
      return tokens.grants[session.grant as GrantName];
    }
    if (session === 'over') request.signedOut = OVER;
    if (session === 'foreign') request.signedOut = tokens.made === null ? TOKEN_CHANGED : RESTARTED;
    return tokens.withoutToken;
  }

  async function redeem(request: FastifyRequest, token: string): Promise<GrantName> {
    await attempts.check(request);
    const grant = tokens.nameOf(token);
    if (grant !== null) return grant;
    await attempts.countFailure(request);
    throw new CodedError({
      code: 'WRONG_TOKEN',
      status: 401,
      message: ['errors.thisIsNotTheToken'],
      field: 'token',
    });
  }
}

const bearerOf = ({ headers }: FastifyRequest) => /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];

/** @throws CodedError 401 when signing in would help, 403 when only another token would */
function check(request: FastifyRequest, mayRecognize: boolean): void {
  const { role, signedOut } = request;
  const needed: Right = rightNeeded(request);
  if (needed === 'read' || role === 'admin') return;
  if (needed === 'recognize') {
    if (!mayRecognize) throw refusal('SIGN_IN', 401, signedOut ?? 'Sign in to have a drawing read.');
    return;
  }
  if (role === 'guest') throw refusal('SIGN_IN', 401, signedOut ?? 'Sign in to train or change anything.');
  if (needed === 'admin') throw refusal('ADMIN_ONLY', 403, 'Only an admin may do this.');
}

function refusal(code: string, status: number, message: string): CodedError {
  return new CodedError({ code, status, message });
}
