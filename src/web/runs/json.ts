import { advise } from '../../runs/coach.ts';
import type { Run, RunSummary } from '../../runs/run.ts';
import { testInterval } from '../../runs/test-interval.ts';

/** The run as scripts get it. */
export function runJson(run: RunSummary) {
  return { ...run, testInterval: testInterval(run), url: `/runs/${run.id}` };
}

/** One run with its epochs, and what can be advised on seeing them. */
export function wholeRunJson(run: Run) {
  return { ...runJson(run), advice: advise(run.epochs, run.settings, run.parent?.epochs) };
}
