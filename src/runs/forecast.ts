/** Estimates of how long runs take and when waiting ones start. */
import { COPIES, PEN_DIGITS } from '../datasets/pen-digits.ts';
import { HELD_OUT_COUNT } from '../datasets/split.ts';
import { type EngineSpeed, epochSeconds } from '../training/engine-speed.ts';
import type { Settings } from '../training/settings.ts';
import type { LiveProgress } from './live-progress.ts';

/** Images of one epoch of MNIST, 5,000 held out. */
export const TRAINED_IMAGES = 55_000;
/** Approximate number of images of a fine-tune: repeated corrections and the rehearsed images. */
const FINE_TUNED_IMAGES = 9_000;
/** Milliseconds for warping one image. */
const WARP_MS = 0.012;
/** Factor for validation and storing on top of an epoch's steps. */
const VALIDATION_SHARE = 1.06;
/** The usual best epoch of a run with default settings; patience starts after it. */
const USUAL_BEST_EPOCH = 6;

/** After how many epochs early stopping usually ends a run; all of them when its patience is too long for that. */
export function usualEpochs({ epochs, patience, startfromepoch }: Settings): number {
  return Math.min(epochs, Math.max(USUAL_BEST_EPOCH, startfromepoch) + patience);
}

/** Seconds of one epoch with its validation. */
export function forecastEpoch(speed: EngineSpeed, settings: Settings): number {
  const images = imagesOf(settings);
  const warping = settings.augmentation === 'off' ? 0 : (images * WARP_MS) / 1000;
  return (epochSeconds(speed, settings.batchsize, images) + warping) * VALIDATION_SHARE;
}

/**
 * Usual seconds for the rest of a run.
 *
 * @param perEpoch seconds
 * @param done epochs; of a running one with the share of the epoch it is in
 * @param inherited how many of them another run did: a fork's time budget starts after them
 */
export function remainingSeconds(settings: Settings, perEpoch: number, done = 0, inherited = 0): number {
  const { epochs, timebudget } = settings;
  // A run that is past the usual end may stop after any epoch.
  const left = Math.max(usualEpochs(settings) - done, Math.min(1, epochs - done), 0);
  const budget =
    timebudget > 0 ? Math.max(0, timebudget - (done - inherited) * perEpoch) : Number.POSITIVE_INFINITY;
  return Math.min(left * perEpoch, budget);
}

/** The same for a running run, by its own speed; null before its first batch. */
export function liveRemainingSeconds(
  settings: Settings,
  { secondsLeft, share }: Pick<LiveProgress, 'secondsLeft' | 'share'>,
  inherited = 0,
): number | null {
  if (secondsLeft === null) return null;
  const done = share * settings.epochs;
  const perEpoch = done < settings.epochs ? secondsLeft / (settings.epochs - done) : 0;
  return remainingSeconds(settings, perEpoch, done, inherited);
}

/**
 * When each waiting run starts, in seconds from now; null after one of unknown length.
 *
 * @param running remaining seconds of the running one; 0 without one
 * @param waiting seconds of each, in the order in which they run
 */
export function startsIn(running: number | null, waiting: readonly (number | null)[]): (number | null)[] {
  let start = running;
  return waiting.map((seconds) => {
    const own = start;
    start = start === null || seconds === null ? null : start + seconds;
    return own;
  });
}

/** Images of one epoch; corrections beside MNIST add a few that are not counted. */
function imagesOf({ validation, data }: Settings): number {
  if (data === 'corrections') return FINE_TUNED_IMAGES;
  const mnist = validation === 'test' ? TRAINED_IMAGES + HELD_OUT_COUNT : TRAINED_IMAGES;
  return data === 'mnist+pen' ? mnist + PEN_DIGITS * COPIES : mnist;
}
