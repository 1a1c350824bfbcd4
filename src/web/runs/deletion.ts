import type { FastifyInstance, FastifyRequest } from 'fastify';
import { CodedError } from '../../errors.ts';
import type { Run } from '../../runs/run.ts';
import { isUnderWay } from '../../runs/run.ts';
import type { Workbench } from '../../workbench.ts';
import { answerForm } from '../answer.ts';
import { checkOwner } from '../http/owner.ts';
import { findRun, type RunParams } from '../models/find-run.ts';
import { servingRunId } from '../models/serving.ts';
import type { PageContext } from '../page.ts';

/** views/runs/delete.eta */
interface DeleteRunContext extends PageContext {
  readonly run: Run;
}

type RunRequest = FastifyRequest<{ Params: RunParams }>;

/** `DELETE /runs/:id`; without script `GET` and `POST /runs/:id/delete`, which ask first. */
export function runDeletionRoutes(app: FastifyInstance, workbench: Workbench): void {
  app.delete<{ Params: RunParams }>('/runs/:id', async (request, reply) => {
    workbench.store.delete((await deletable(request)).id);
    return reply.code(204).send();
  });

  app.get<{ Params: RunParams }>('/runs/:id/delete', async (request, reply) => {
    const run = await deletable(request);
    const title = `Delete run ${run.id}`;
    return reply.page<DeleteRunContext>('runs/delete', { title, page: 'runs', run });
  });

  app.post<{ Params: RunParams }>('/runs/:id/delete', async (request, reply) => {
    workbench.store.delete((await deletable(request)).id);
    return answerForm(request) === 'json' ? reply.code(204).send() : reply.redirect('/runs', 303);
  });

  /** @throws CodedError 403, 404, 409 */
  async function deletable(request: RunRequest): Promise<Run> {
    // A run that has just ended may be about to read.
    await workbench.choice.settled();
    const run = findRun(workbench, request.params.id);
    checkOwner(request, run, 'delete');
    if (isUnderWay(run)) throw refusal('UNDER_WAY', `Run ${run.id} is under way. Stop it first.`);
    if (servingRunId(workbench) === run.id) {
      throw refusal('SERVING', `Run ${run.id} reads now: put another model into service first.`);
    }
    return run;
  }
}

function refusal(code: string, message: string): CodedError {
  return new CodedError({ code, status: 409, message });
}
