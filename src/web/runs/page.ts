import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Run } from '../../runs/run.ts';
import { SETTING_ROWS, type SettingName, type Settings } from '../../training/settings.ts';
import type { Workbench } from '../../workbench.ts';
import { duration } from '../format.ts';
import { whoseCorrections } from '../http/owner.ts';
import type { PageContext } from '../page.ts';
import { type Attempt, type MoreContext, moreContext } from './more.ts';
import { type ProgressContext, progressContext } from './progress.ts';

/** A run's own page. */

/** views/runs/show.eta */
export interface RunContext extends PageContext {
  readonly progress: ProgressContext & { readonly run: Run };
  /** Whose corrections it learns from; null when from none. */
  readonly corrections: string | null;
  readonly settings: readonly Fact[];
  readonly more: MoreContext;
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
    settings: settingFacts(run.settings),
    more: moreContext(workbench, request, run, attempt),
  });
}

export interface Fact {
  readonly label: string;
  readonly value: string;
}

/** Where a setting's value alone says too little. */
const SAID: Readonly<Partial<Record<SettingName, (settings: Settings) => string>>> = {
  epochs: ({ epochs }) => `${epochs} at most`,
  validation: ({ validation, data }) => {
    if (validation === 'test') return 'the test set';
    return data === 'corrections'
      ? 'corrections, and as many training images held out'
      : '5,000 training images held out';
  },
  timebudget: ({ timebudget }) => duration(timebudget),
};

/** What a run's page says of its settings; what is none is left out. */
export function settingFacts(settings: Settings): Fact[] {
  return SETTING_ROWS.flatMap(({ name, row }) => {
    if ('none' in row && row.none !== undefined && settings[name] === 0) return [];
    return { label: row.label, value: SAID[name]?.(settings) ?? String(settings[name]) };
  });
}
