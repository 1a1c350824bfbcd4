import type { Counted } from '../training/counters.ts';
import type { Epoch } from '../training/epoch.ts';
import type { Settings } from '../training/settings.ts';

/** Where a running run is. */
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
  /** At most this many seconds to the last epoch: early stopping may end it sooner. Null before the first batch. */
  readonly secondsLeft: number | null;
  /** Batches done of all batches of all epochs, 0–1. */
  readonly share: number;
}

/**
 * @param counted since the run was begun, or gone on with
 * @param finished the epochs done since then: they know what an epoch takes with its validation, which those from before
 * do not: a fork may have another engine or batch size, and a run that is gone on with another machine
 * @param epochsBefore the epochs that were done when it was gone on with
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
  // After its last batch an epoch is still being validated: it is left with the first batch of the next.
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
