import type { FastifyInstance } from 'fastify';
import type { Workbench } from '../../workbench.ts';
import type { PageContext } from '../page.ts';
import { type FormContext, formContext } from './form.ts';
import { type ProgressContext, progressContext, shownRun } from './progress-context.ts';

/** views/home/index.eta */
export interface HomeContext extends PageContext {
  readonly form: FormContext;
  readonly progress: ProgressContext;
}

/** `GET /`: draw, train and watch on one page; `?optimizer=sgd&epochs=5` fills the form so. */
export function homeRoutes(app: FastifyInstance, workbench: Workbench): void {
  app.get<{ Querystring: Record<string, string> }>('/', (request, reply) =>
    reply.page<HomeContext>('home/index', {
      title: 'Train and draw',
      page: 'workbench',
      form: formContext(workbench, request, request.query, { who: request.owner?.name ?? '' }),
      progress: progressContext(workbench, request, shownRun(workbench, request)),
    }),
  );
}
