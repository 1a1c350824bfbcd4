import type { Counted } from '../training/counters.ts';
import type { Epoch } from '../training/epoch.ts';
import type { Settings } from '../training/settings.ts';

/** Progress of a running run. */
export interface LiveProgress {
  /** The epoch being computed, from 1. */
  readonly epoch: number;
  /** Batches done in it, of `batches`. Both 0 while the data are read. */
  readonly batch: number;
  readonly batches: number;
  /** Of the last batch; null before the first. */
  readonly loss: number | null;
  readonly accuracy: number | null;
  /** Images trained on a second, over the run so far; null before the first batch. */
  readonly imagesPerSecond: number | null;
  /** Most seconds until the end of the last epoch: early stopping may end it sooner. Null before the first batch. */
  readonly secondsLeft: number | null;
  /** Batches done of all batches of all epochs, 0–1. */
  readonly share: number;
}

/**
 * @param counted since the run started or resumed
 * @param finished the epochs done since then, which show how long an epoch with its validation takes; earlier ones do
 * not: a fork may have another engine or batch size, and a resumed run another machine
 * @param epochsBefore the epochs done when it started or resumed
 */
export function liveProgress(
  counted: Counted,
  settings: Settings,
  finished: readonly Pick<Epoch, 'seconds'>[],
  epochsBefore = 0,
): LiveProgress {
  const { imagesPerEpoch, steps, seconds, loss, accuracy } = counted;
  const batches = Math.ceil(imagesPerEpoch / settings.batchsize);
  if (steps === 0) {
    const unknown = { loss: null, accuracy: null, imagesPerSecond: null, secondsLeft: null };
    return {
      epoch: Math.min(epochsBefore + 1, settings.epochs),
      batch: 0,
      batches,
      ...unknown,
      share: epochsBefore / settings.epochs,
    };
  }
  // After its last batch an epoch is still being validated: it ends with the first batch of the next.
  const epoch = Math.ceil(steps / batches);
  const batch = steps - (epoch - 1) * batches;
  const images = (epoch - 1) * imagesPerEpoch + Math.min(batch * settings.batchsize, imagesPerEpoch);
  const epochs = epochsBefore + steps / batches;
  return {
    epoch: epochsBefore + epoch,
    batch,
    batches,
    loss,
    accuracy,
    imagesPerSecond: images / seconds,
    secondsLeft: (settings.epochs - epochs) * secondsPerEpoch(),
    share: epochs / settings.epochs,
  };

  function secondsPerEpoch(): number {
    if (finished.length === 0) return (seconds / steps) * batches;
    return finished.reduce((sum, epoch) => sum + epoch.seconds, 0) / finished.length;
  }
}
