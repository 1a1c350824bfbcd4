/** Why a run ended, in sentences for people. */
import { defaultLearningRate } from '../network/optimizers.ts';
import type { Settings } from './settings.ts';

export function patienceSentence(patience: number, bestEpoch: number): string {
  const waited = patience === 1 ? 'for an epoch' : `for ${patience} epochs`;
  return `Stopped by itself: val_loss had not fallen ${waited}. ${keptSentence(bestEpoch)}`;
}

export function stoppedSentence(epoch: number, bestEpoch: number | null): string {
  return `Stopped by hand in epoch ${epoch}. ${keptSentence(bestEpoch)}`;
}

export function stoppedByForceSentence(epoch: number, bestEpoch: number | null): string {
  return `Stopped by hand in epoch ${epoch}. The trainer did not respond and was ended, so the run was not tested. ${keptSentence(bestEpoch)}`;
}

export function stoppedUntestedSentence(epoch: number, bestEpoch: number | null): string {
  return `Stopped by hand in epoch ${epoch}. The server ended before the run could be tested. ${keptSentence(bestEpoch)}`;
}

export function budgetSentence(seconds: number, bestEpoch: number): string {
  return `Its time budget of ${seconds} s was used up. ${keptSentence(bestEpoch)}`;
}

export function pausedSentence(epoch: number): string {
  return `Paused after epoch ${epoch}: its sweep compares the trials first.`;
}

/** @param better number of better trials among those compared after these epochs */
export function stoppedEarlySentence(better: number, compared: number, epochs: number): string {
  const were = better === 1 ? 'was' : 'were';
  const after = epochs === 1 ? '1 epoch' : `${epochs} epochs`;
  return `Stopped early by its sweep: ${better} of ${compared} trials ${were} better after ${after}.`;
}

export const STOPPED_IN_QUEUE = 'Stopped by hand before it started.';

export function stoppedWaitingSentence(bestEpoch: number | null): string {
  return `Stopped by hand before it resumed. ${keptSentence(bestEpoch)}`;
}

/** @param batch the one that diverged; null when it showed in the validation */
export function divergedSentence(
  { learningrate, optimizer, batchsize }: Settings,
  epoch: number,
  batch: number | null,
): string {
  const where = batch === null ? `after epoch ${epoch}` : `in epoch ${epoch}, batch ${batch}`;
  const ours = defaultLearningRate(optimizer, batchsize);
  const lower = learningrate > ours ? ours : Number((learningrate / 10).toPrecision(6));
  return `The loss was no longer a finite number ${where}: the steps were too large. Try a lower learning rate, such as ${lower}.`;
}

export const CRASHED =
  'The trainer ended unexpectedly. Nothing else is affected: train again, and if it happens twice, see the log.';

export function hungSentence(seconds: number): string {
  return `The trainer hung: it finished no batch for ${seconds} s and was ended. Nothing else is affected: train again, and if it happens twice, see the log.`;
}

export const DAMAGED_START =
  'The checkpoint to resume from is damaged in the database. Fork an earlier epoch of this run, or train it again.';

export const OUT_OF_MEMORY =
  'The trainer ran out of memory. Close other programs, or train with fewer threads.';

export const NOT_STORED =
  'The results could not be stored. Check that the disk has room and the data folder can be written.';

/** @param resumes whether it resumes by itself when the server starts */
export function resumesSentence(resumes: boolean): string {
  return resumes
    ? 'It resumes by itself when the server starts.'
    : 'It was started several times without finishing an epoch, so it waits to be resumed by hand.';
}

export function closedSentence(bestEpoch: number | null): string {
  return `The server was stopped during this run. ${keptSentence(bestEpoch)}`;
}

export function diedSentence(bestEpoch: number | null): string {
  return `The server ended unexpectedly during this run. ${keptSentence(bestEpoch)}`;
}

function keptSentence(bestEpoch: number | null): string {
  return bestEpoch === null
    ? 'No epoch was finished, so no weights are kept.'
    : `The best weights, from epoch ${bestEpoch}, are kept.`;
}
