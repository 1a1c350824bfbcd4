import { advise } from '../../runs/coach.ts';
import type { Run, RunSummary } from '../../runs/run.ts';
import { testInterval } from '../../runs/test-interval.ts';
import type { Address } from '../http/base-path.ts';

/** The run as scripts get it. */
export function runJson(run: RunSummary, address: Address) {
  // How often it was claimed is the trainers' business.
  const { fence: _fence, ...told } = run;
  return { ...told, testInterval: testInterval(run), url: address(`/runs/${run.id}`) };
}

/** One run with its epochs, and what can be advised on seeing them. */
export function wholeRunJson(run: Run, address: Address) {
  return { ...runJson(run, address), advice: advise(run.epochs, run.settings, run.parent?.epochs) };
}
