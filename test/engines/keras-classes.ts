/** What Keras reaches in float64 with other numbers of classes: see test/fixtures/keras-classes. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { readMnist } from '../../src/datasets/mnist.ts';
import type { Engine, LabelledImages } from '../../src/engines/engine.ts';
import type { Activation } from '../../src/network/activations.ts';
import { IMAGE_SIZE } from '../../src/network/lenet5.ts';
import type { OptimizerName } from '../../src/network/optimizers.ts';

interface ClassBatches {
  /** [10][32] positions among MNIST's training images. */
  readonly batches: readonly (readonly number[])[];
  /** [10][32] */
  readonly labels: readonly (readonly number[])[];
}

interface ClassReference extends ClassBatches {
  readonly classes: number;
  readonly sample_indices: Readonly<Record<string, readonly number[] | 'all'>>;
  readonly runs: readonly {
    readonly activation: Activation;
    readonly optimizer: OptimizerName;
    readonly learning_rate: number;
    /** [10] before each update. */
    readonly losses: readonly number[];
    /** After the last, at `sample_indices`. */
    readonly weights: Readonly<Record<string, readonly number[]>>;
  }[];
  /** [P] at the start. */
  readonly weights: Float32Array;
  /** [P] relu: of the first batch's mean loss at the start. */
  readonly gradient: Float32Array;
}

const FIXTURES = path.join(import.meta.dirname, '../fixtures/keras-classes');

const readFloats = (name: string) =>
  new Float32Array(Uint8Array.from(readFileSync(path.join(FIXTURES, name))).buffer);

export const KERAS_CLASSES: readonly ClassReference[] = [3, 26].map((classes) => ({
  ...JSON.parse(readFileSync(path.join(FIXTURES, `steps-${classes}.json`), 'utf8')),
  weights: readFloats(`init-${classes}.f32`),
  gradient: readFloats(`gradient-${classes}.f32`),
}));

const TRAIN = readMnist('train');

/** The batches in an engine's memory: batch b is the images at 32 b … 32 b + 31. */
export function loadClassBatches(
  engine: Engine,
  { batches, labels }: ClassBatches,
): { images: LabelledImages; batches: Uint32Array[] } {
  const positions = batches.flat();
  const images = engine.allocateImages(positions.length);
  positions.forEach((position, i) => {
    const image = TRAIN.images.subarray(position * IMAGE_SIZE, (position + 1) * IMAGE_SIZE);
    images.images.set(image, i * IMAGE_SIZE);
  });
  images.labels.set(labels.flat());
  return {
    images,
    batches: batches.map((batch, b) => Uint32Array.from(batch, (_, i) => b * batch.length + i)),
  };
}
