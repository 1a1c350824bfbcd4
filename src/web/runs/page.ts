import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Translate } from '../../catalogue/catalogue.ts';
import type { Run } from '../../runs/run.ts';
import { SETTING_ROWS, type SettingName, type Settings } from '../../training/settings.ts';
import { duration } from '../format.ts';
import { whoseCorrections } from '../http/owner.ts';
import type { PageContext } from '../page.ts';
import { type Attempt, type MoreContext, moreContext } from './more.ts';
import { type ProgressContext, progressContext } from './progress.ts';

/** A run's own page. */

/** views/runs/show.eta */
export interface RunContext extends PageContext {
  readonly progress: ProgressContext & { readonly run: Run };
  /** Whose corrections it trains on; null for none. */
  readonly corrections: string | null;
  readonly settings: readonly Fact[];
  readonly more: MoreContext;
}

export async function sendRunPage(
  request: FastifyRequest,
  reply: FastifyReply,
  run: Run,
  attempt: Attempt = {},
): Promise<FastifyReply> {
  return reply.page<RunContext>('runs/show', {
    title: run.name
      ? request.t('runs.titleNamed', { id: run.id, name: run.name })
      : request.t('runs.runTitle', { id: run.id }),
    page: 'runs',
    progress: { ...(await progressContext(request, run)), run },
    corrections: run.corrections && whoseCorrections(request, run.corrections),
    settings: settingFacts(request.t, run.settings),
    more: await moreContext(request, run, attempt),
  });
}

export interface Fact {
  readonly label: string;
  readonly value: string;
}

/** Texts for settings whose value alone says too little. */
const SAID: Readonly<Partial<Record<SettingName, (t: Translate, settings: Settings) => string>>> = {
  epochs: (t, { epochs }) => t('settings.atMost', { epochs }),
  validation: (t, { validation, data }) => {
    if (validation === 'test') return t('settings.testSet');
    return t(data === 'corrections' ? 'settings.heldOutCorrections' : 'settings.heldOut');
  },
  timebudget: (_t, { timebudget }) => duration(timebudget),
};

/** The settings on a run's page, without those that are not set. */
export function settingFacts(t: Translate, settings: Settings): Fact[] {
  return SETTING_ROWS.flatMap(({ name, row }) => {
    if ('none' in row && row.none !== undefined && settings[name] === 0) return [];
    return { label: t(row.label), value: SAID[name]?.(t, settings) ?? String(settings[name]) };
  });
}
