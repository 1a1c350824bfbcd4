/** The trainer's latest counts; they only grow, so that a read during a write is off by at most one step. */
export interface Counted {
  /** Images of one epoch; 0 until the data are read. */
  readonly imagesPerEpoch: number;
  /** Batches done since the start, over all epochs. */
  readonly steps: number;
  /** Time spent on them. */
  readonly seconds: number;
  /** Of the last batch. */
  readonly loss: number;
  readonly accuracy: number;
}

const INTEGERS = { stop: 0, imagesPerEpoch: 1, steps: 2 } as const;
const FLOATS = { seconds: 0, loss: 1, accuracy: 2 } as const;
const INTEGER_BYTES = 16;
const FLOAT_BYTES = 24;

/** Memory shared by the training thread and the answering one: the trainer counts, the other reads and requests stops. */
export class Counters {
  readonly buffer: SharedArrayBuffer;
  readonly #integers: Int32Array;
  readonly #floats: Float64Array;

  /** @param buffer of the other thread's counters; by default new ones */
  constructor(buffer = new SharedArrayBuffer(INTEGER_BYTES + FLOAT_BYTES)) {
    this.buffer = buffer;
    this.#integers = new Int32Array(buffer, 0, INTEGER_BYTES / 4);
    this.#floats = new Float64Array(buffer, INTEGER_BYTES);
  }

  get stopRequested(): boolean {
    return Atomics.load(this.#integers, INTEGERS.stop) === 1;
  }

  requestStop(): void {
    Atomics.store(this.#integers, INTEGERS.stop, 1);
  }

  begin(imagesPerEpoch: number): void {
    Atomics.store(this.#integers, INTEGERS.imagesPerEpoch, imagesPerEpoch);
  }

  countStep({ loss, accuracy, seconds }: Pick<Counted, 'loss' | 'accuracy' | 'seconds'>): void {
    this.#floats[FLOATS.loss] = loss;
    this.#floats[FLOATS.accuracy] = accuracy;
    this.#floats[FLOATS.seconds] = seconds;
    // Last, so that a reader that sees the step also sees its numbers.
    Atomics.add(this.#integers, INTEGERS.steps, 1);
  }

  read(): Counted {
    return {
      steps: Atomics.load(this.#integers, INTEGERS.steps),
      imagesPerEpoch: Atomics.load(this.#integers, INTEGERS.imagesPerEpoch),
      seconds: this.#floats[FLOATS.seconds],
      loss: this.#floats[FLOATS.loss],
      accuracy: this.#floats[FLOATS.accuracy],
    };
  }
}
