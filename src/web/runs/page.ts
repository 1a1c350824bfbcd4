/** A run's own page. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Run } from '../../runs/run.ts';
import type { Workbench } from '../../workbench.ts';
import { whoseCorrections } from '../http/owner.ts';
import type { PageContext } from '../page.ts';
import { type Fact, settingFacts } from './facts.ts';
import { type Attempt, type MoreContext, moreContext } from './more.ts';
import { type ProgressContext, progressContext } from './progress-context.ts';

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
