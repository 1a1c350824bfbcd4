import '../http/authority.ts';
import type { FastifyRequest } from 'fastify';
import { isUnderWay, type Run, type RunSummary } from '../../runs/run.ts';
import { settingsUrl } from '../format.ts';
import { mayChange } from '../http/owner.ts';
import { servingRunId } from '../models/serving.ts';
import { type CheckpointsContext, checkpointsContext } from './checkpoints.ts';
import { type ForkAttempt, type ForkForm, forkForm } from './fork-form.ts';
import { type LabelAttempt, type LabelForm, labelForm } from './label-form.ts';

/** views/runs/_more.eta (id `runmore`): what is seldom needed. The last poll of a run sends it again, out of band. */
export interface MoreContext {
  readonly run: Run;
  /** Runs started from its weights or epochs. */
  readonly children: readonly RunSummary[];
  /** Null for guests, and while there is no checkpoint. */
  readonly fork: ForkForm | null;
  /** Null for a viewer who may not change it. */
  readonly label: LabelForm | null;
  readonly checkpoints: CheckpointsContext;
  readonly copies: readonly CopyContext[];
  readonly mayChange: boolean;
  readonly isUnderWay: boolean;
  readonly isServing: boolean;
  readonly outOfBand: boolean;
}

/** Invalid input to one of its forms; a fork without errors was only chosen in the table. */
export interface Attempt {
  readonly fork?: ForkAttempt;
  readonly label?: LabelAttempt;
}

export async function moreContext(
  request: FastifyRequest,
  run: Run,
  attempt: Attempt = {},
): Promise<MoreContext> {
  const may = mayChange(request, run);
  const { id } = run;
  const checkpoints = await checkpointsContext(request.workbench, run);
  const epochs = checkpoints.kept.map(({ epoch }) => epoch);
  return {
    run,
    children: await request.workbench.store.children(id),
    fork: request.role === 'guest' ? null : forkForm(request, run, epochs, attempt.fork),
    label: may ? labelForm(request.t, run, attempt.label) : null,
    checkpoints,
    copies: copiesContext(request, run),
    mayChange: may,
    isUnderWay: isUnderWay(run),
    isServing: servingRunId(request.workbench) === id,
    outOfBand: false,
  };
}

/** What can be copied from a run's page: its address, its settings, and a command that repeats the run. */

/** Something to be copied: views/runs/_copies.eta */
export interface CopyContext {
  readonly id: string;
  readonly label: string;
  readonly value: string;
}

export function copiesContext(request: FastifyRequest, run: Run): CopyContext[] {
  const base = `${request.protocol}://${request.authority.host}${request.server.address('')}`;
  const copies = [{ id: 'copylink', label: request.t('runs.linkToRun'), value: `${base}/runs/${run.id}` }];
  // Fine-tunes are started from the corrections, not with settings.
  if (run.settings.data === 'corrections') return copies;
  copies.push({
    id: 'copysettings',
    label: request.t('runs.linkToSettings'),
    value: `${base}${settingsUrl(run.settings)}`,
  });
  const command = curl(base, run, request.server.access.open);
  if (command !== null) copies.push({ id: 'copycurl', label: request.t('runs.asCommand'), value: command });
  return copies;
}

/** Null when the run that it was forked from was deleted. */
function curl(base: string, { settings, parent }: Run, isOpen: boolean): string | null {
  if (parent !== null && parent.runId === null) return null;
  const fork = parent && { epoch: String(parent.epoch) };
  const fields = Object.entries(settings).map(([name, value]) => [name, String(value)]);
  const body = new URLSearchParams({ ...fork, ...Object.fromEntries(fields) });
  const token = isOpen ? '' : `-H "authorization: Bearer $TOKEN" `;
  const url = fork ? `${base}/runs/${parent.runId}/fork` : `${base}/runs`;
  return `curl -H 'accept: application/json' ${token}-d '${body}' ${url}`;
}
