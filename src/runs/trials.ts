/** The state of a sweep, derived from its trials: it is not stored separately. */
import type { RunSummary } from './run.ts';
import { isUnderWay } from './run.ts';

/** Stopped = it has ended, and a trial was stopped by hand. */
export type SweepState = 'queued' | 'running' | 'finished' | 'stopped';

/** Is it waiting for the other trials? */
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

/** Lowest val_loss first; equal ones, and those without an epoch, oldest first. */
export function ranked(trials: readonly RunSummary[]): RunSummary[] {
  const key = ({ bestValLoss }: RunSummary) => bestValLoss ?? Number.MAX_VALUE;
  return [...trials].sort((a, b) => key(a) - key(b) || a.id - b.id);
}
