/**
 * Seeded random numbers: xoshiro128** (D. Blackman, S. Vigna, 2018), seeded by splitmix32.
 *
 * The same seed and stream give the same numbers on every machine; `state` can be stored and put back, so that a run
 * continues as if it had never been interrupted.
 */
export class Random {
  #state = new Uint32Array(4);

  /**
   * @param seed integer 0 … 2³² − 1
   * @param stream integer; different streams of one seed are independent (weights, shuffling, augmentation)
   */
  constructor(seed: number, stream = 0) {
    let mixed = (seed ^ Math.imul(stream, 0x9e3779b9)) >>> 0;
    for (let i = 0; i < 4; i++) {
      mixed = (mixed + 0x9e3779b9) >>> 0;
      let word = mixed;
      word = Math.imul(word ^ (word >>> 16), 0x21f0aaad);
      word = Math.imul(word ^ (word >>> 15), 0x735a2d97);
      this.#state[i] = word ^ (word >>> 15);
    }
  }

  /** The four words from which the sequence continues. */
  get state(): number[] {
    return [...this.#state];
  }

  set state(words: readonly number[]) {
    this.#state.set(words);
  }

  /** Next integer, 0 … 2³² − 1. */
  next(): number {
    const s = this.#state;
    const product = Math.imul(s[1], 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    const shifted = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = (s[3] << 11) | (s[3] >>> 21);
    return result;
  }

  /** Next number in [low, high). */
  uniform(low = 0, high = 1): number {
    return low + (this.next() / 2 ** 32) * (high - low);
  }

  /** Next integer in [0, bound), bound ≤ 2³². */
  below(bound: number): number {
    return Math.floor((this.next() / 2 ** 32) * bound);
  }

  /** Fisher–Yates, in place. */
  shuffle(array: Uint32Array): void {
    for (let i = array.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const swapped = array[i];
      array[i] = array[j];
      array[j] = swapped;
    }
  }
}
