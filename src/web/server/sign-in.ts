import type { FastifyInstance, FastifyReply } from 'fastify';
import { CodedError } from '../../errors.ts';
import '../http/access.ts';
import { asText } from '../../recognition/json-field.ts';
import type { Field } from '../field.ts';
import { ownPath } from '../http/sign-in-url.ts';
import type { SignInContext } from './contexts.ts';

/** `GET /sign-in?to=/runs/3` asks for a token, `POST /sign-in` begins a session and redirects there; `POST /sign-out`. */
export function signInRoutes(app: FastifyInstance): void {
  app.get<{ Querystring: { to?: unknown } }>('/sign-in', ({ query }, reply) =>
    app.access.open ? reply.redirect('/', 303) : signInPage(reply, { to: ownPath(query.to) }),
  );

  app.post<{ Body: { token?: unknown; to?: unknown } | undefined }>('/sign-in', async (request, reply) => {
    const to = ownPath(request.body?.to);
    if (app.access.open) return reply.redirect(to, 303);
    try {
      const token = asText(request.body?.token ?? '').trim();
      await app.access.signIn(request, reply, token);
      return reply.redirect(to, 303);
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      reply.code(error.status);
      if (error.retryAfter !== undefined) reply.header('retry-after', error.retryAfter);
      return signInPage(reply, { to, error: error.said ? request.t(...error.said) : error.message });
    }
  });

  app.post('/sign-out', async (request, reply) => {
    await app.access.signOut(request, reply);
    return reply.redirect('/', 303);
  });
}

function signInPage(reply: FastifyReply, { to, error }: { readonly to: string; readonly error?: string }) {
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
    token,
  });
}
