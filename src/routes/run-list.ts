import type { FastifyInstance } from 'fastify';
import type { Parts } from '../app.ts';
import { answerForm } from '../plugins/negotiation.ts';
import type { RunsContext } from './contexts.ts';
import { runJson } from './run-json.ts';
import { servingContext } from './serving.ts';

/** Runs that one page or answer lists. */
const LISTED_RUNS = 200;

/** `GET /runs` lists them. */
export function runListRoutes(app: FastifyInstance, { store, recognition }: Parts): void {
  app.get('/runs', (request, reply) => {
    const { runs } = store.list({ limit: LISTED_RUNS });
    if (answerForm(request) === 'json')
      return reply.header('vary', 'accept').send({ runs: runs.map(runJson) });
    const servingRunId = servingContext(recognition.serving)?.runId ?? null;
    return reply.page<RunsContext>('runs/index', { title: 'Runs', page: 'runs', runs, servingRunId });
  });
}
