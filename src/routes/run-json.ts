import type { RunSummary } from '../store/run.ts';

/** The run as scripts get it. */
export function runJson(run: RunSummary) {
  return { ...run, url: `/runs/${run.id}` };
}
