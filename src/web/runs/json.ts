import { advise } from '../../runs/coach.ts';
import type { Run, RunSummary } from '../../runs/run.ts';
import { testInterval } from '../../runs/test-interval.ts';
import type { Address } from '../http/base-path.ts';

/** The run as scripts get it. */
export function runJson(run: RunSummary, address: Address) {
  // The claim number concerns only trainers; the room is the client's.
  const { fence: _fence, room: _room, ...told } = run;
  return { ...told, testInterval: testInterval(run), url: address(`/runs/${run.id}`) };
}

/** One run with its epochs, and the advice from its curves. */
export function wholeRunJson(run: Run, address: Address) {
  return { ...runJson(run, address), advice: advise(run.epochs, run.settings, run.parent?.epochs) };
}
