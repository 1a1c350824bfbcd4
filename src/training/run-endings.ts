/** How a run ends when its thread did not say so. */
import type { Ending, RunSummary } from '../store/run.ts';
import * as sentences from './sentences.ts';

/** A run is begun so often without finishing an epoch: one that ends the process must not do so at every start. */
const MOST_ATTEMPTS = 3;

/** An epoch could not be stored: what comes after it could not be gone on with. */
export class NotStoredError extends Error {
  override name = 'NotStoredError';
}

/** The server's end interrupted it. */
export function interrupted({ attempts }: Pick<RunSummary, 'attempts'>, reason: string): Ending {
  const resumes = attempts < MOST_ATTEMPTS;
  return { state: 'interrupted', reason: `${reason} ${sentences.resumesSentence(resumes)}`, resumes };
}

/** Its thread failed. */
export function failed(error: Error): Ending {
  return { state: 'failed', reason: reasonOf(error) };
}

/** Somebody stopped it while it waited. */
export function stoppedWaiting({ startedAt, bestEpoch }: RunSummary): Ending {
  const reason = startedAt ? sentences.stoppedWaitingSentence(bestEpoch) : sentences.STOPPED_IN_QUEUE;
  return { state: 'stopped', reason };
}

function reasonOf(error: Error): string {
  if (error instanceof NotStoredError) return sentences.NOT_STORED;
  const outOfMemory = (error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY';
  return outOfMemory || error instanceof RangeError ? sentences.OUT_OF_MEMORY : sentences.CRASHED;
}
