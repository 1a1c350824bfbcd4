import type { FastifyInstance, FastifyReply } from 'fastify';
import { CodedError } from '../../errors.ts';
import '../http/access.ts';
import { asText } from '../../recognition/json-field.ts';
import type { Workbenches } from '../../workbench.ts';
import type { Field } from '../field.ts';
import { findRoom, rememberRoom } from '../http/room.ts';
import { ownPath } from '../http/sign-in-url.ts';
import type { SignInContext } from './contexts.ts';

/** `GET /sign-in?to=/runs/3` asks for a token, `POST /sign-in` begins a session and redirects there; `POST /sign-out`. */
export function signInRoutes(app: FastifyInstance, { rooms }: Workbenches): void {
  app.get<{ Querystring: { to?: unknown } }>('/sign-in', ({ query }, reply) =>
    app.access.open ? reply.redirect('/', 303) : signInPage(reply, { to: ownPath(query.to) }),
  );

  app.post<{ Body: SignInBody | undefined }>('/sign-in', async (request, reply) => {
    const to = ownPath(request.body?.to);
    if (app.access.open) return reply.redirect(to, 303);
    const room = asText(request.body?.room ?? '') || undefined;
    try {
      const token = asText(request.body?.token ?? '').trim();
      const opened = await app.access.signIn(request, reply, token, room);
      // An operator's token opens all rooms.
      if (opened === null && room !== undefined) rememberRoom(reply, findRoom(rooms, room));
      return reply.redirect(to, 303);
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      reply.code(error.status);
      if (error.retryAfter !== undefined) reply.header('retry-after', error.retryAfter);
      return signInPage(reply, { to, room, error: error.said ? request.t(...error.said) : error.message });
    }
  });

  app.post('/sign-out', async (request, reply) => {
    await app.access.signOut(request, reply);
    return reply.redirect('/', 303);
  });
}

interface SignInBody {
  readonly token?: unknown;
  readonly to?: unknown;
  readonly room?: unknown;
}

interface SignInPage {
  /** Path to continue at. */
  readonly to: string;
  /** Name of the room that the token has to open; undefined for any. */
  readonly room?: string | undefined;
  readonly error?: string;
}

export function signInPage(reply: FastifyReply, { to, room, error }: SignInPage) {
  const token: Field = {
    name: 'token',
    label: reply.request.t('signIn.token'),
    control: 'password',
    value: '',
    autocomplete: 'current-password',
    required: true,
    error,
  };
  return reply.header('cache-control', 'no-store').page<SignInContext>('sign-in/index', {
    title: reply.request.t('signIn.signIn'),
    page: 'sign-in',
    to,
    wanted: room ?? null,
    token,
  });
}
