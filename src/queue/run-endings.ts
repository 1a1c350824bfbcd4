/** How a run ends when its thread did not say so. */
import { CodedError } from '../errors.ts';
import type { RunSummary } from '../runs/run.ts';
import type { Ending } from '../training/ending.ts';
import * as sentences from '../training/sentences.ts';

/** How often a run is begun without finishing an epoch: one that ends the process must not do so at every start. */
const MOST_ATTEMPTS = 3;

/** An epoch could not be stored: what comes after it could not be gone on with. */
export class NotStoredError extends Error {
  override name = 'NotStoredError';
}

/** Another trainer has the run now, or nobody. */
export class NotHeldError extends Error {
  override name = 'NotHeldError';
}

/** The thread did nothing any more. */
export class HungError extends Error {
  override name = 'HungError';
  readonly seconds: number;

  constructor(milliseconds: number) {
    super(`The training thread finished no batch for ${milliseconds / 1000} s.`);
    this.seconds = milliseconds / 1000;
  }
}

/** The thread was asked to stop, and did not. */
export class StopIgnoredError extends Error {
  override name = 'StopIgnoredError';

  constructor(milliseconds: number) {
    super(`The training thread had not stopped ${milliseconds / 1000} s after it was asked to.`);
  }
}

/** Somebody ended the server: no fault of the run, however often. */
export function closed(run: RunSummary): Ending {
  return run.stopping ? stoppedUntested(run) : interrupted(sentences.closedSentence(run.bestEpoch), true);
}

/** The process died while it went on, maybe because of it. */
export function died(run: RunSummary): Ending {
  if (run.stopping) return stoppedUntested(run);
  return interrupted(sentences.diedSentence(run.bestEpoch), run.attempts < MOST_ATTEMPTS);
}

/** Somebody stopped it, and the server ended before its thread did. */
function stoppedUntested({ epochsDone, bestEpoch }: RunSummary): Ending {
  return { state: 'stopped', reason: sentences.stoppedUntestedSentence(epochsDone + 1, bestEpoch) };
}

function interrupted(reason: string, resumes: boolean): Ending {
  return { state: 'interrupted', reason: `${reason} ${sentences.resumesSentence(resumes)}`, resumes };
}

/** Its thread failed. */
export function failed(error: Error): Ending {
  return { state: 'failed', reason: reasonOf(error) };
}

/** Somebody stopped it, and its thread had to be ended for it: as after a stop, but without a test. */
export function stoppedByForce({ epochsDone, bestEpoch }: RunSummary): Ending {
  return { state: 'stopped', reason: sentences.stoppedByForceSentence(epochsDone + 1, bestEpoch) };
}

/** Somebody stopped it before its thread began. @param run as it was in the queue */
export function stoppedBefore(run: RunSummary): Ending {
  return { state: 'stopped', reason: waitingStopReason(run) };
}

/** Somebody stopped it while it waited. */
export function waitingStopReason({ fence, bestEpoch }: RunSummary): string {
  return fence > 0 ? sentences.stoppedWaitingSentence(bestEpoch) : sentences.STOPPED_IN_QUEUE;
}

function reasonOf(error: Error): string {
  if (error instanceof NotStoredError) return sentences.NOT_STORED;
  if (error instanceof HungError) return sentences.hungSentence(error.seconds);
  if (error instanceof CodedError) return error.message;
  const outOfMemory = (error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY';
  return outOfMemory || error instanceof RangeError ? sentences.OUT_OF_MEMORY : sentences.CRASHED;
}
