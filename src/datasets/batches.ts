import type { Random } from '../network/random.ts';
import type { Range } from './split.ts';

/** The positions of a range in a new seeded order each epoch, cut into batches. */
export class Batches {
  /** Batches of one epoch, the ragged last one included. */
  readonly count: number;
  /** Images of one epoch. */
  readonly images: number;
  readonly #range: Range;
  readonly #random: Random;
  readonly #order: Uint32Array;
  readonly #full: Uint32Array;
  readonly #last: Uint32Array;

  constructor(range: Range, batchSize: number, random: Random) {
    this.#range = range;
    this.#random = random;
    this.images = range.to - range.from;
    this.count = Math.ceil(this.images / batchSize);
    this.#order = new Uint32Array(this.images);
    this.#full = new Uint32Array(batchSize);
    this.#last = this.#full.subarray(0, this.images - (this.count - 1) * batchSize);
  }

  /** State of the shuffle: restored, it gives the next epoch the same order. */
  get randomState(): number[] {
    return this.#random.state;
  }

  /** Batches of positions, [batchSize] each except the last. The same memory is reused each time. */
  *epoch(): Generator<Uint32Array, void, void> {
    this.#shuffle();
    for (let number = 0; number < this.count; number++) {
      const batch = number === this.count - 1 ? this.#last : this.#full;
      const start = number * this.#full.length;
      for (let i = 0; i < batch.length; i++) batch[i] = this.#order[start + i];
      yield batch;
    }
  }

  /** Starts from the sorted order, so that an epoch's order depends on the random state alone. */
  #shuffle(): void {
    for (let i = 0; i < this.images; i++) this.#order[i] = this.#range.from + i;
    this.#random.shuffle(this.#order);
  }
}
