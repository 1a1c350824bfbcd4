/** A run's own page. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { asText } from '../../recognition/json-field.ts';
import type { Run } from '../../runs/run.ts';
import { hasDefaultRate, type SettingsInput } from '../../training/settings.ts';
import type { Workbench } from '../../workbench.ts';
import { mayChange, whoseCorrections } from '../http/owner.ts';
import { servingRunId } from '../models/serving.ts';
import type { PageContext } from '../page.ts';
import { checkpointsContext, keptEpochs } from './checkpoints.ts';
import { copiesContext } from './copies.ts';
import { formContext } from './form.ts';
import type { ForkContext, LabelErrors, MoreContext } from './page-contexts.ts';
import { isUnderWay, progressContext } from './progress-context.ts';
import type { ProgressContext } from './progress-contexts.ts';
import type { FormErrors } from './settings-input.ts';

/** views/runs/show.eta */
export interface RunContext extends PageContext {
  readonly progress: ProgressContext & { readonly run: Run };
  /** Whose corrections it learns from; null when from none. */
  readonly corrections: string | null;
  readonly more: MoreContext;
}

/** What was sent to one of its forms and cannot be used; a fork without errors was only chosen in the table. */
export interface Attempt {
  readonly fork?: { readonly epoch: unknown; readonly input: SettingsInput; readonly errors?: FormErrors };
  readonly label?: { readonly name: string; readonly note: string; readonly errors: LabelErrors };
}

export function sendRunPage(
  workbench: Workbench,
  request: FastifyRequest,
  reply: FastifyReply,
  run: Run,
  attempt: Attempt = {},
): FastifyReply {
  return reply.page<RunContext>('runs/show', {
    title: run.name ? `Run ${run.id}, ${run.name}` : `Run ${run.id}`,
    page: 'runs',
    progress: { ...progressContext(workbench, request, run), run },
    corrections: run.corrections && whoseCorrections(request, run.corrections),
    more: moreContext(workbench, request, run, attempt),
  });
}

export function moreContext(
  workbench: Workbench,
  request: FastifyRequest,
  run: Run,
  attempt: Attempt = {},
): MoreContext {
  const may = mayChange(request, run);
  const { id, name, note, pinned } = run;
  return {
    run,
    children: workbench.store.children(id),
    fork: request.role === 'guest' ? null : forkContext(workbench, request, run, attempt.fork),
    label: may ? { id, name, note, pinned, errors: {}, ...attempt.label } : null,
    checkpoints: checkpointsContext(workbench, run),
    copies: copiesContext(request, run),
    mayChange: may,
    isUnderWay: isUnderWay(workbench, run),
    isServing: servingRunId(workbench) === id,
    outOfBand: false,
  };
}

function forkContext(
  workbench: Workbench,
  request: FastifyRequest,
  run: Run,
  attempt: Attempt['fork'],
): ForkContext | null {
  const epochs = keptEpochs(workbench, run);
  if (epochs.length === 0) return null;
  const { input = {}, errors = {} } = attempt ?? {};
  const asked = Number(asText(attempt?.epoch));
  return {
    ...formContext(workbench, request, input, { defaults: run.settings }),
    errors,
    run,
    epochs,
    epoch: epochs.includes(asked) ? asked : (run.bestEpoch ?? epochs[0]),
    keepsRate: !hasDefaultRate(run.settings),
    open: attempt !== undefined,
  };
}
