import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Message } from '../../catalogue/catalogue.ts';
import { CodedError } from '../../errors.ts';
import { isUnderWay, type Run } from '../../runs/run.ts';
import { answerForm } from '../answer.ts';
import { bodyFields } from '../http/bodies.ts';
import { checkOwner } from '../http/owner.ts';
import { findRun, type RunParams } from '../models/find-run.ts';
import { servingRunId } from '../models/serving.ts';
import type { PageContext } from '../page.ts';
import { sendChanged } from './answers.ts';
import { readServe } from './settings.ts';

/** `POST /runs/:id/stop` and `…/resume`. */
export function runActionRoutes(app: FastifyInstance): void {
  app.post<{ Params: RunParams }>('/runs/:id/stop', async (request, reply) => {
    const run = await findRun(request.workbench, request.params.id);
    checkOwner(request, run, 'stop');
    await withdrawService(request, run);
    return await sendChanged(request, reply, (await request.workbench.training.stop(run.id)) as Run);
  });

  app.post<{ Params: RunParams }>('/runs/:id/resume', async (request, reply) => {
    const run = await findRun(request.workbench, request.params.id);
    checkOwner(request, run, 'resume');
    if (run.stopping) throw isStopping(run);
    if (run.state === 'finished' || run.state === 'failed') throw hasEnded(run);
    if (request.role !== 'admin' && servingRunId(request.workbench) === run.id) throw isServing(run);
    const serve = readServe(bodyFields(request.body).serve, request);
    await withdrawService(request, run);
    if (serve !== null) await request.workbench.store.setServe(run.id, serve);
    return await sendChanged(request, reply, (await request.workbench.training.resume(run.id)) as Run);
  });

  /**
   * A client that may not choose the model in service may not decide when a run goes into service either: an admin's
   * `serve=true` applies to the run as the admin left it.
   */
  async function withdrawService({ role, workbench }: FastifyRequest, { id, serve }: Run): Promise<void> {
    if (role !== 'admin' && serve === true) await workbench.store.setServe(id, null);
  }
}

/** The run would still end, as reported to whoever stopped it. */
function isStopping({ id }: Run): CodedError {
  const message: Message = ['errors.runIsStoppingResumeIt', { id }];
  return new CodedError({ code: 'STOPPING', status: 409, message });
}

/** After the next start it would read with its newer weights, which have not been tested. */
function isServing({ id }: Run): CodedError {
  const message: Message = ['errors.runIsInServiceOnly', { id }];
  return new CodedError({ code: 'SERVING', status: 409, message });
}

function hasEnded({ id, state }: Run): CodedError {
  const message: Message = ['errors.runHasThereIsNothing', { id, state }];
  return new CodedError({ code: 'RUN_ENDED', status: 409, message });
}

/** views/runs/delete.eta */
interface DeleteRunContext extends PageContext {
  readonly run: Run;
}

type RunRequest = FastifyRequest<{ Params: RunParams }>;

/** `DELETE /runs/:id`; without scripts, `GET` and `POST /runs/:id/delete`, with confirmation. */
export function runDeletionRoutes(app: FastifyInstance): void {
  app.delete<{ Params: RunParams }>('/runs/:id', async (request, reply) => {
    await deleteRun(request);
    return reply.code(204).send();
  });

  app.get<{ Params: RunParams }>('/runs/:id/delete', async (request, reply) => {
    const run = await deletable(request);
    const title = `Delete run ${run.id}`;
    return reply.page<DeleteRunContext>('runs/delete', { title, page: 'runs', run });
  });

  app.post<{ Params: RunParams }>('/runs/:id/delete', async (request, reply) => {
    await deleteRun(request);
    return answerForm(request) === 'json' ? reply.code(204).send() : reply.redirect('/runs', 303);
  });

  /** Checked again if the run was started or put into service since the first check. @throws CodedError 403, 404, 409 */
  async function deleteRun(request: RunRequest): Promise<void> {
    let isDeleted = false;
    while (!isDeleted) isDeleted = await request.workbench.store.delete((await deletable(request)).id);
  }

  /** @throws CodedError 403, 404, 409 */
  async function deletable(request: RunRequest): Promise<Run> {
    // A run that has just ended may be about to go into service.
    await request.workbench.choice.settled();
    const run = await findRun(request.workbench, request.params.id);
    checkOwner(request, run, 'delete');
    if (isUnderWay(run)) throw refusal('UNDER_WAY', `Run ${run.id} is under way. Stop it first.`);
    if (servingRunId(request.workbench) === run.id) {
      throw refusal('SERVING', `Run ${run.id} is in use: switch to another model first.`);
    }
    return run;
  }
}

function refusal(code: string, message: string): CodedError {
  return new CodedError({ code, status: 409, message });
}
