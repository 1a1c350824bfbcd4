import type { FastifyInstance } from 'fastify';
import type { Parts } from '../app.ts';
import type { HomeContext } from './contexts.ts';
import { progressContext, shownRun } from './runs/progress-context.ts';
import { formContext } from './runs/run-form.ts';

/** `GET /`: draw, train and watch on one page; `?optimizer=sgd&epochs=5` fills the form so. */
export function homeRoutes(app: FastifyInstance, parts: Parts): void {
  app.get<{ Querystring: Record<string, string> }>('/', (request, reply) =>
    reply.page<HomeContext>('home/index', {
      title: 'Train and draw',
      page: 'workbench',
      form: formContext(parts, request, request.query, { who: request.owner?.name ?? '' }),
      progress: progressContext(parts, request, shownRun(parts, request)),
    }),
  );
}
