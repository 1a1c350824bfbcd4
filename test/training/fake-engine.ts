import type { Engine, EngineState, LabelledImages, Metrics } from '../../src/engines/engine.ts';
import { DIGITS, IMAGE_SIZE } from '../../src/network/lenet5.ts';
import type { FitData } from '../../src/training/image-set.ts';

/** What a fake engine answers, in turn; what is left out it computes from its weights. */
export interface Script {
  readonly valLosses?: readonly number[];
  readonly batchLosses?: readonly number[];
  readonly onStep?: (step: number) => void;
}

export const FAKE_TRAINING = 20;
const FAKE_VALIDATION = 5;
const FAKE_TEST = 3;
const CLASSES = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

/**
 * An engine that learns nothing but does what the contract says: a step changes its weights by the images it is given,
 * and one slot; the loss on the test set tells the weights it was measured with.
 */
export class FakeEngine implements Engine {
  readonly name = 'simd';
  readonly description = 'fake';
  learningRate = 0;
  disposed = false;
  readonly batches: number[][] = [];
  readonly data: FitData;
  #weights = new Float32Array(DIGITS.parameterCount);
  #slot = new Float32Array(DIGITS.parameterCount);
  #step = 0;
  readonly #valLosses: number[];
  readonly #batchLosses: number[];
  readonly #onStep: (step: number) => void;

  constructor({ valLosses = [], batchLosses = [], onStep = () => {} }: Script = {}) {
    this.#valLosses = [...valLosses];
    this.#batchLosses = [...batchLosses];
    this.#onStep = onStep;
    const train = this.allocateImages(FAKE_TRAINING + FAKE_VALIDATION);
    const test = this.allocateImages(FAKE_TEST);
    this.data = {
      training: { images: train, from: 0, to: FAKE_TRAINING },
      validation: { images: train, from: FAKE_TRAINING, to: train.count },
      test: { images: test, from: 0, to: FAKE_TEST },
    };
  }

  allocateImages(count: number): LabelledImages {
    return { count, images: new Uint8Array(count * IMAGE_SIZE), labels: new Uint8Array(count) };
  }

  trainStep(_images: LabelledImages, indices: Uint32Array): Metrics {
    this.#step++;
    this.batches.push([...indices]);
    this.#onStep(this.#step);
    for (const index of indices) {
      this.#weights[index] = this.#weights[index] * 1.5 + this.learningRate * this.#step;
      this.#slot[index] += 1;
    }
    return { loss: this.#batchLosses.shift() ?? indices.length, accuracy: 1 / indices.length };
  }

  evaluate(images: LabelledImages): Metrics {
    if (images === this.data.test.images) return { loss: fingerprint(this.#weights), accuracy: 0.75 };
    return { loss: this.#valLosses.shift() ?? 1 / this.#step, accuracy: 0.5 };
  }

  /** Takes every image for a 0, as the labels say, but for every third one. */
  predict(images: Uint8Array): Float32Array {
    const rows = Array.from({ length: images.length / IMAGE_SIZE }, (_, i) =>
      CLASSES.map((digit) => (digit === (i % 3 === 2 ? 1 : 0) ? 0.91 : 0.01)),
    );
    return Float32Array.from(rows.flat());
  }

  getState(): EngineState {
    return { weights: this.#weights.slice(), slots: { momentum: this.#slot.slice() }, step: this.#step };
  }

  setState({ weights, slots, step = 0 }: Pick<EngineState, 'weights'> & Partial<EngineState>): void {
    this.#weights = weights.slice();
    this.#slot = slots?.momentum.slice() ?? new Float32Array(DIGITS.parameterCount);
    this.#step = step;
  }

  async dispose(): Promise<void> {
    this.disposed = true;
  }
}

/** A number that differs when any of the weights that a fake step changes does. */
export function fingerprint(weights: Float32Array): number {
  return weights.subarray(0, FAKE_TRAINING).reduce((sum, weight, i) => sum + weight * (i + 1), 0);
}
