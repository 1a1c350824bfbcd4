import type { FastifyInstance, FastifyRequest } from 'fastify';
import { CodedError } from '../../errors.ts';
import type { Run } from '../../runs/run.ts';
import type { Workbench } from '../../workbench.ts';
import { bodyFields } from '../http/bodies.ts';
import { checkOwner } from '../http/owner.ts';
import { findRun, type RunParams } from '../models/find-run.ts';
import { servingRunId } from '../models/serving.ts';
import { sendChanged } from './answers.ts';
import { readServe } from './settings-input.ts';

/** `POST /runs/:id/stop` and `…/resume`. */
export function runActionRoutes(app: FastifyInstance, workbench: Workbench): void {
  const { training } = workbench;

  app.post<{ Params: RunParams }>('/runs/:id/stop', (request, reply) => {
    const run = findRun(workbench, request.params.id);
    checkOwner(request, run, 'stop');
    withdrawService(request, run);
    return sendChanged(workbench, request, reply, training.stop(run.id) as Run);
  });

  app.post<{ Params: RunParams }>('/runs/:id/resume', (request, reply) => {
    const run = findRun(workbench, request.params.id);
    checkOwner(request, run, 'resume');
    if (training.isStopping(run.id)) throw isStopping(run);
    if (run.state === 'finished' || run.state === 'failed') throw hasEnded(run);
    if (request.role !== 'admin' && servingRunId(workbench) === run.id) throw isServing(run);
    const serve = readServe(bodyFields(request.body).serve, request);
    withdrawService(request, run);
    if (serve !== null) workbench.store.setServe(run.id, serve);
    return sendChanged(workbench, request, reply, training.resume(run.id) as Run);
  });

  /**
   * Whoever may not choose the model that everybody is read by does not choose when a run goes into service either: an
   * admin's `serve=true` is for the run as the admin left it.
   */
  function withdrawService({ role }: FastifyRequest, { id, serve }: Run): void {
    if (role !== 'admin' && serve === true) workbench.store.setServe(id, null);
  }
}

/** It would end nevertheless, as who stopped it was told. */
function isStopping({ id }: Run): CodedError {
  const message = `Run ${id} is stopping: resume it when it has stopped.`;
  return new CodedError({ code: 'STOPPING', status: 409, message });
}

/** The next start would read by what it has learnt since, without the test that it had. */
function isServing({ id }: Run): CodedError {
  const message = `Run ${id} is in service: only an admin can go on with it. Fork it instead.`;
  return new CodedError({ code: 'SERVING', status: 409, message });
}

function hasEnded({ id, state }: Run): CodedError {
  const message = `Run ${id} has ${state}: there is nothing to go on with. Train another one with its settings.`;
  return new CodedError({ code: 'RUN_ENDED', status: 409, message });
}
