import type { FastifyInstance } from 'fastify';
import type { NotReady } from '../http/drain.ts';

const REASONS: Readonly<Record<NonNullable<NotReady>, string>> = {
  starting: 'The server is starting.',
  draining: 'The server is shutting down: it finishes the requests it has received.',
  'no model': 'There is no model in use.',
};

/** `GET /livez`: the process answers; `GET /readyz`: ready for requests, or 503 with the reason. */
export function healthRoutes(app: FastifyInstance): void {
  app.get('/livez', (_request, reply) => reply.header('cache-control', 'no-store').send({ status: 'live' }));

  app.get('/readyz', (_request, reply) => {
    reply.header('cache-control', 'no-store');
    const why = app.notReady();
    if (why === null) return reply.send({ status: 'ready' });
    return reply.code(503).header('retry-after', 1).send({ status: why, reason: REASONS[why] });
  });
}
