/** What the trials of a sweep say about it: nothing else is kept of how it goes. */
import type { RunSummary } from './run.ts';
import { isUnderWay } from './run.ts';

/** Stopped = it has ended, and somebody stopped a trial by hand. */
export type SweepState = 'queued' | 'running' | 'finished' | 'stopped';

/** Does it wait for the other trials? */
export function isPaused({
  state,
  pauseAfter,
  epochsDone,
}: Pick<RunSummary, 'state' | 'pauseAfter' | 'epochsDone'>): boolean {
  return state === 'stopped' && pauseAfter !== null && epochsDone >= pauseAfter;
}

export function sweepState(trials: readonly RunSummary[]): SweepState {
  if (trials.some((trial) => isUnderWay(trial) || isPaused(trial))) {
    return trials.some(({ startedAt }) => startedAt !== null) ? 'running' : 'queued';
  }
  return trials.some(({ state, stoppedEarly }) => state === 'stopped' && !stoppedEarly)
    ? 'stopped'
    : 'finished';
}

/** Lowest val_loss first; of equal ones, and of those without an epoch, the older first. */
export function ranked(trials: readonly RunSummary[]): RunSummary[] {
  const key = ({ bestValLoss }: RunSummary) => bestValLoss ?? Number.MAX_VALUE;
  return [...trials].sort((a, b) => key(a) - key(b) || a.id - b.id);
}
