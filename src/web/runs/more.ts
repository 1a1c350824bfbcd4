import type { FastifyRequest } from 'fastify';
import type { Run, RunSummary } from '../../runs/run.ts';
import { isUnderWay } from '../../runs/run.ts';
import type { Workbench } from '../../workbench.ts';
import { mayChange } from '../http/owner.ts';
import { servingRunId } from '../models/serving.ts';
import { type CheckpointsContext, checkpointsContext } from './checkpoints.ts';
import { type CopyContext, copiesContext } from './copies.ts';
import { type ForkAttempt, type ForkForm, forkForm } from './fork-form.ts';
import { type LabelAttempt, type LabelForm, labelForm } from './label-form.ts';

/** views/runs/_more.eta (id `runmore`): what one seldom needs. The last poll of a run brings it anew, out of band. */
export interface MoreContext {
  readonly run: Run;
  /** Runs that began with its weights or epochs. */
  readonly children: readonly RunSummary[];
  /** Null for who may not train, and while no epoch is kept. */
  readonly fork: ForkForm | null;
  /** Null for who may not change it. */
  readonly label: LabelForm | null;
  readonly checkpoints: CheckpointsContext;
  readonly copies: readonly CopyContext[];
  readonly mayChange: boolean;
  readonly isUnderWay: boolean;
  readonly isServing: boolean;
  readonly outOfBand: boolean;
}

/** What was sent to one of its forms and cannot be used; a fork without errors was only chosen in the table. */
export interface Attempt {
  readonly fork?: ForkAttempt;
  readonly label?: LabelAttempt;
}

export function moreContext(
  workbench: Workbench,
  request: FastifyRequest,
  run: Run,
  attempt: Attempt = {},
): MoreContext {
  const may = mayChange(request, run);
  const { id } = run;
  return {
    run,
    children: workbench.store.children(id),
    fork: request.role === 'guest' ? null : forkForm(workbench, request, run, attempt.fork),
    label: may ? labelForm(run, attempt.label) : null,
    checkpoints: checkpointsContext(workbench, run),
    copies: copiesContext(request, run),
    mayChange: may,
    isUnderWay: isUnderWay(run),
    isServing: servingRunId(workbench) === id,
    outOfBand: false,
  };
}
