import type { RunSummary } from '../store/run.ts';
import { testInterval } from './test-interval.ts';

/** The run as scripts get it. */
export function runJson(run: RunSummary) {
  return { ...run, testInterval: testInterval(run), url: `/runs/${run.id}` };
}
