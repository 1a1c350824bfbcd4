import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { CodedError } from '../../errors.ts';
import type { Role } from '../../roles.ts';
import { DEFAULT_ROOM, type Room, roomKey } from '../../rooms/room.ts';
import type { Workbenches } from '../../workbench.ts';
import type { AttemptLimit } from './rate-limits.ts';
import { type Right, rightNeeded } from './rights.ts';
import { enter, enteredRoom, namedRoom, nameOf } from './room.ts';
import { roomOf } from './room-tokens.ts';
import { sessionKey } from './session-key.ts';
import { SESSION_SECONDS, Sessions } from './sessions.ts';
import { type Grant, type GrantName, readTokens } from './tokens.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** In the room. On a loopback address without tokens everybody is `admin`. */
    role: Role;
    /** May make rooms, and be in all of them. */
    isOperator: boolean;
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
   * @param room name of the room that the token has to open; undefined for any
   * @returns the room that it opens; null for that of an operator, to whom all are open
   * @throws CodedError 401 for a wrong token, 429 after too many of them
   */
  signIn(request: FastifyRequest, reply: FastifyReply, token: string, room?: string): Promise<Room | null>;
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
const ROOM_CHANGED = 'You have been signed out: this room has new tokens; sign in again with one of them.';
const ROOM_GONE = 'You have been signed out: this room no longer exists.';
const OVER = `You have been signed out after ${SESSION_SECONDS / 3600} hours; sign in again.`;

/** What a token opens: a room, for a role; `room` is null for an operator, who is in any. */
interface Opened extends Grant {
  readonly room: Room | null;
}

const PUPIL: Grant = { role: 'user', mayRecognize: true };
const TEACHER: Grant = { role: 'admin', mayRecognize: true };
/** What a session of a room says: who, the room's id, and how often its tokens had been made. */
const ROOM_GRANT = /^(pupil|teacher)-(\d+)-(\d+)$/;

/**
 * Identifies the client and the room that it is in, and refuses what its role may not do. Browsers prove both by the cookie of a
 * session, scripts by `Authorization: Bearer` with a token. Operators name the room by `X-Room`, or have entered it. Needs
 * @fastify/cookie.
 */
export async function registerAccess(
  app: FastifyInstance,
  workbenches: Workbenches,
  attempts: AttemptLimit,
): Promise<void> {
  const { config, signedOut, rooms } = workbenches;
  const byDefault = rooms.get(DEFAULT_ROOM)!;
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
  app.decorateRequest('isOperator', false);
  app.decorateRequest('sessionId', null);
  app.decorateRequest('signedOut', null);
  app.decorate('access', {
    open: tokens.open,
    madeToken: tokens.made,
    async signIn(request, reply, token, name) {
      const grant = await redeem(request, token, name);
      const value = sessions.begin(grant);
      // Signing in again ends the previous session.
      await sessions.end(request.cookies[COOKIE] ?? '');
      reply.setCookie(COOKIE, value, { ...COOKIE_OPTIONS, path });
      reply.setCookie(HINT_COOKIE, '1', { ...COOKIE_OPTIONS, path, maxAge: HINT_SECONDS });
      return opened(grant)!.room;
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
        .then((grant) => admit(request, opened(grant)!))
        .then(() => done(), done);
      return;
    }
    const admitted = admit(request, openedBy(request));
    if (admitted === null) done();
    else admitted.then(() => done(), done);
  });

  /**
   * @returns null when that took no time, as in the default room
   * @throws CodedError when it may not
   */
  function admit(request: FastifyRequest, { role, mayRecognize, room }: Opened): Promise<void> | null {
    request.role = role;
    request.isOperator = room === null;
    const wanted = roomWanted(request, room);
    if (!request.is404) check(request, mayRecognize);
    return wanted.id === DEFAULT_ROOM ? null : enter(request, workbenches, wanted);
  }

  /** Who is in one room finds no other one by `X-Room`. @throws CodedError 404 */
  function roomWanted(request: FastifyRequest, room: Room | null): Room {
    const named = namedRoom(request, rooms, room);
    return named ?? room ?? enteredRoom(request, rooms);
  }

  /** What a client without a token may do. */
  function openedBy(request: FastifyRequest): Opened {
    if (tokens.open) return { ...tokens.withoutToken, room: null };
    const { [COOKIE]: cookie, [HINT_COOKIE]: hint } = request.cookies;
    const session = cookie ? sessions.find(cookie) : hint ? 'over' : 'none';
    if (typeof session === 'object') {
      const found = opened(session.grant);
      if (found === null) request.signedOut = isKnown(session.grant) ? ROOM_CHANGED : ROOM_GONE;
      else request.sessionId = session.id;
      if (found !== null) return found;
    }
    if (session === 'over') request.signedOut = OVER;
    if (session === 'foreign') request.signedOut = tokens.made === null ? TOKEN_CHANGED : RESTARTED;
    return { ...tokens.withoutToken, room: byDefault };
  }

  /** Null when the room is gone, or has other tokens now. */
  function opened(grant: string): Opened | null {
    const [, who, id, version] = ROOM_GRANT.exec(grant) ?? [];
    if (who === undefined) {
      const known = tokens.grants[grant as GrantName];
      return { ...known, room: grant === 'admin' ? null : byDefault };
    }
    const room = rooms.get(Number(id));
    if (room === null || room.tokens !== Number(version)) return null;
    return { ...(who === 'teacher' ? TEACHER : PUPIL), room };
  }

  function isKnown(grant: string): boolean {
    return rooms.get(Number(ROOM_GRANT.exec(grant)?.[2])) !== null;
  }

  /** @returns the text of the grant for a session. @throws CodedError 401, 429 */
  async function redeem(request: FastifyRequest, token: string, name?: string): Promise<string> {
    await attempts.check(request);
    const grant = tokens.nameOf(token);
    if (grant === 'admin' || (grant !== null && name === undefined)) return grant;
    const found = grant === null ? roomOf(rooms, token) : null;
    if (found !== null && (name === undefined || roomKey(nameOf(found.room)) === roomKey(name))) {
      const { room, isTeacher } = found;
      return `${isTeacher ? 'teacher' : 'pupil'}-${room.id}-${room.tokens}`;
    }
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
  if (needed === 'read' || request.isOperator) return;
  if (role === 'admin' && needed !== 'operator') return;
  if (needed === 'recognize') {
    if (!mayRecognize) throw refusal('SIGN_IN', 401, signedOut ?? 'Sign in to have a drawing read.');
    return;
  }
  if (role === 'guest') throw refusal('SIGN_IN', 401, signedOut ?? 'Sign in to train or change anything.');
  if (needed === 'admin') throw refusal('ADMIN_ONLY', 403, 'Only an admin may do this.');
  if (needed === 'operator')
    throw refusal('OPERATOR_ONLY', 403, 'Only the operator, with ADMIN_TOKEN, may do this.');
}

function refusal(code: string, status: number, message: string): CodedError {
  return new CodedError({ code, status, message });
}
