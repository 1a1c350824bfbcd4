import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Parts } from '../../app.ts';
import { CodedError } from '../../errors.ts';
import { answerForm } from '../../plugins/negotiation.ts';
import { checkOwner } from '../../plugins/owner.ts';
import type { Run } from '../../store/run.ts';
import type { PageContext } from '../contexts.ts';
import { servingRunId } from '../recognition/serving.ts';
import { findRun, type RunParams } from './find-run.ts';
import { isUnderWay } from './progress-context.ts';

/** views/runs/delete.eta */
interface DeleteRunContext extends PageContext {
  readonly run: Run;
}

type RunRequest = FastifyRequest<{ Params: RunParams }>;

/** `DELETE /runs/:id`; without script `GET` and `POST /runs/:id/delete`, which ask first. */
export function runDeletionRoutes(app: FastifyInstance, parts: Parts): void {
  app.delete<{ Params: RunParams }>('/runs/:id', async (request, reply) => {
    parts.store.delete((await deletable(request)).id);
    return reply.code(204).send();
  });

  app.get<{ Params: RunParams }>('/runs/:id/delete', async (request, reply) => {
    const run = await deletable(request);
    const title = `Delete run ${run.id}`;
    return reply.page<DeleteRunContext>('runs/delete', { title, page: 'runs', run });
  });

  app.post<{ Params: RunParams }>('/runs/:id/delete', async (request, reply) => {
    parts.store.delete((await deletable(request)).id);
    return answerForm(request) === 'json' ? reply.code(204).send() : reply.redirect('/runs', 303);
  });

  /** @throws CodedError 403, 404, 409 */
  async function deletable(request: RunRequest): Promise<Run> {
    // A run that has just ended may be about to read.
    await parts.choice.settled();
    const run = findRun(parts, request.params.id);
    checkOwner(request, run, 'delete');
    if (isUnderWay(parts, run)) throw refusal('UNDER_WAY', `Run ${run.id} is under way. Stop it first.`);
    if (servingRunId(parts) === run.id) {
      throw refusal('SERVING', `Run ${run.id} reads now: put another model into service first.`);
    }
    return run;
  }
}

function refusal(code: string, message: string): CodedError {
  return new CodedError({ code, status: 409, message });
}
