import type { Settings } from './settings.ts';

/**
 * When to stop, as Keras's EarlyStopping on val_loss with restore_best_weights (keras/src/callbacks/early_stopping.py):
 * after `patience` epochs in a row without a lower val_loss, the first `startfromepoch` epochs not counted. An equal one is
 * not lower. Unlike in Keras, the best weights may be those of one of these first epochs.
 */
export class EarlyStopping {
  /** Epoch with the lowest val_loss so far; null before the first. */
  bestEpoch: number | null = null;
  readonly #patience: number;
  readonly #startFrom: number;
  #lowest = Number.POSITIVE_INFINITY;
  #waited = 0;

  /**
   * @param valLosses of the epochs already done, in order
   * @param patienceFrom the epoch after which patience counts
   */
  constructor(
    { patience, startfromepoch }: Pick<Settings, 'patience' | 'startfromepoch'>,
    valLosses: readonly number[] = [],
    patienceFrom = 0,
  ) {
    this.#patience = patience;
    this.#startFrom = startfromepoch;
    valLosses.forEach((valLoss, i) => {
      this.heard(i + 1, valLoss);
      if (i + 1 === patienceFrom) this.#waited = 0;
    });
  }

  /** Records an epoch. @returns whether it is the best so far */
  heard(epoch: number, valLoss: number): boolean {
    const isBest = valLoss < this.#lowest;
    this.#waited = isBest || epoch <= this.#startFrom ? 0 : this.#waited + 1;
    if (isBest) {
      this.#lowest = valLoss;
      this.bestEpoch = epoch;
    }
    return isBest;
  }

  get isOver(): boolean {
    return this.#waited >= this.#patience;
  }
}
