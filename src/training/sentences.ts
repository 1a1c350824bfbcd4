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
  return `Stopped by hand in epoch ${epoch}. Its trainer did not answer and was ended, so it has not been tested. ${keptSentence(bestEpoch)}`;
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

/** @param better trials, of those that were compared after as many epochs */
export function stoppedEarlySentence(better: number, compared: number, epochs: number): string {
  const were = better === 1 ? 'was' : 'were';
  const after = epochs === 1 ? '1 epoch' : `${epochs} epochs`;
  return `Stopped early by its sweep: ${better} of ${compared} trials ${were} better after ${after}.`;
}

export const STOPPED_IN_QUEUE = 'Stopped by hand before it began.';

export function stoppedWaitingSentence(bestEpoch: number | null): string {
  return `Stopped by hand before it went on. ${keptSentence(bestEpoch)}`;
}

/** @param batch the one that diverged; null when it was seen in the validation */
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
  'The trainer ended unexpectedly. Nothing else was harmed: train again, and if it happens twice, see the log.';

export function hungSentence(seconds: number): string {
  return `The trainer hung: it finished no batch for ${seconds} s and was ended. Nothing else was harmed: train again, and if it happens twice, see the log.`;
}

export const DAMAGED_START =
  'What it was to go on from is damaged in the database. Fork an earlier epoch of it, or train it anew.';

export const OUT_OF_MEMORY =
  'The trainer ran out of memory. Close other programs, or train with fewer threads.';

export const NOT_STORED =
  'What was trained could not be stored. See that the disk has room and the data folder can be written.';

/** After an interruption, `resumes`: it goes on by itself when the server starts. */
export function resumesSentence(resumes: boolean): string {
  return resumes
    ? 'It resumes by itself when the server starts.'
    : 'It was begun again and again without finishing an epoch, so it waits for somebody to resume it.';
}

export function closedSentence(bestEpoch: number | null): string {
  return `The server was stopped while this run was going on. ${keptSentence(bestEpoch)}`;
}

export function diedSentence(bestEpoch: number | null): string {
  return `The server ended unexpectedly while this run was going on. ${keptSentence(bestEpoch)}`;
}

function keptSentence(bestEpoch: number | null): string {
  return bestEpoch === null
    ? 'It had not finished an epoch, so no weights are kept.'
    : `The weights of epoch ${bestEpoch}, its best, are kept.`;
}
