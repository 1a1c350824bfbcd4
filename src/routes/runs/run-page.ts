/** A run's own page. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Parts } from '../../app.ts';
import { mayChange, whoseCorrections } from '../../plugins/owner.ts';
import { asText } from '../../recognition/json-field.ts';
import type { Run } from '../../store/run.ts';
import { hasDefaultRate, type SettingsInput } from '../../training/settings.ts';
import { servingRunId } from '../recognition/serving.ts';
import { isUnderWay, progressContext } from './progress-context.ts';
import { checkpointsContext, keptEpochs } from './run-checkpoints.ts';
import type { ForkContext, LabelErrors, MoreContext, RunContext } from './run-contexts.ts';
import { copiesContext } from './run-copies.ts';
import { formContext } from './run-form.ts';
import type { FormErrors } from './settings-input.ts';

/** What was sent to one of its forms and cannot be used; a fork without errors was only chosen in the table. */
export interface Attempt {
  readonly fork?: { readonly epoch: unknown; readonly input: SettingsInput; readonly errors?: FormErrors };
  readonly label?: { readonly name: string; readonly note: string; readonly errors: LabelErrors };
}

export function sendRunPage(
  parts: Parts,
  request: FastifyRequest,
  reply: FastifyReply,
  run: Run,
  attempt: Attempt = {},
): FastifyReply {
  return reply.page<RunContext>('runs/show', {
    title: run.name ? `Run ${run.id}, ${run.name}` : `Run ${run.id}`,
    page: 'runs',
    progress: { ...progressContext(parts, request, run), run },
    corrections: run.corrections && whoseCorrections(request, run.corrections),
    more: moreContext(parts, request, run, attempt),
  });
}

export function moreContext(
  parts: Parts,
  request: FastifyRequest,
  run: Run,
  attempt: Attempt = {},
): MoreContext {
  const may = mayChange(request, run);
  const { id, name, note, pinned } = run;
  return {
    run,
    children: parts.store.children(id),
    fork: request.role === 'guest' ? null : forkContext(parts, request, run, attempt.fork),
    label: may ? { id, name, note, pinned, errors: {}, ...attempt.label } : null,
    checkpoints: checkpointsContext(parts, run),
    copies: copiesContext(request, run),
    mayChange: may,
    isUnderWay: isUnderWay(parts, run),
    isServing: servingRunId(parts) === id,
    outOfBand: false,
  };
}

function forkContext(
  parts: Parts,
  request: FastifyRequest,
  run: Run,
  attempt: Attempt['fork'],
): ForkContext | null {
  const epochs = keptEpochs(parts, run);
  if (epochs.length === 0) return null;
  const { input = {}, errors = {} } = attempt ?? {};
  const asked = Number(asText(attempt?.epoch));
  return {
    ...formContext(parts, request, input, { defaults: run.settings }),
    errors,
    run,
    epochs,
    epoch: epochs.includes(asked) ? asked : (run.bestEpoch ?? epochs[0]),
    keepsRate: !hasDefaultRate(run.settings),
    open: attempt !== undefined,
  };
}
