/** Losses and weights that Keras reaches in float64: see test/fixtures/keras. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { readMnist } from '../../src/datasets/mnist.ts';
import type { Engine, LabelledImages } from '../../src/engines/engine.ts';
import type { Activation } from '../../src/network/activations.ts';
import { IMAGE_SIZE } from '../../src/network/lenet5.ts';
import { OPTIMIZER, type OptimizerName } from '../../src/network/optimizers.ts';

export interface KerasRun {
  readonly activation: Activation;
  readonly optimizer: OptimizerName;
  /** [20] before each update. */
  readonly losses: readonly number[];
  /** After the last: by name of the tensor, values at its `sample_indices`. */
  readonly weights: Readonly<
    Record<string, { readonly sum: number; readonly l2: number; readonly values: number[] }>
  >;
}

interface Steps {
  readonly batches: readonly (readonly number[])[];
  readonly sample_indices: Readonly<Record<string, readonly number[]>>;
  readonly runs: readonly KerasRun[];
}

const FIXTURES = path.join(import.meta.dirname, '../fixtures/keras');
const readJson = (name: string) => JSON.parse(readFileSync(path.join(FIXTURES, name), 'utf8'));

const steps: Steps = readJson('steps-A-float64.json');
const initial: Record<string, { readonly b64: string }> = readJson('init-A.json');

/** [P] that every run starts with. */
export const KERAS_WEIGHTS = new Float32Array(
  Uint8Array.from(Buffer.concat(Object.values(initial).map(({ b64 }) => Buffer.from(b64, 'base64')))).buffer,
);
export const KERAS_RUNS = steps.runs;

/** The state in which a run of Keras starts: for FTRL with Keras's accumulator, which is not our default. */
export function kerasStart(optimizer: OptimizerName): Parameters<Engine['setState']>[0] {
  const { slots, initialSlots, kerasInitialSlots = initialSlots } = OPTIMIZER[optimizer];
  const filled = slots.map((name) => [
    name,
    new Float32Array(KERAS_WEIGHTS.length).fill(kerasInitialSlots?.[name] ?? 0),
  ]);
  return { weights: KERAS_WEIGHTS, slots: Object.fromEntries(filled), step: 0 };
}

const TRAIN = readMnist('train');
const POSITIONS = steps.batches.flat();

/** The twenty batches in an engine's memory: batch b is the images at 32 b … 32 b + 31. */
export function loadKerasBatches(engine: Engine): { images: LabelledImages; batches: Uint32Array[] } {
  const images = engine.allocateImages(POSITIONS.length);
  POSITIONS.forEach((position, i) => {
    images.images.set(
      TRAIN.images.subarray(position * IMAGE_SIZE, (position + 1) * IMAGE_SIZE),
      i * IMAGE_SIZE,
    );
    images.labels[i] = TRAIN.labels[position];
  });
  const batches = steps.batches.map((batch, b) => Uint32Array.from(batch, (_, i) => b * batch.length + i));
  return { images, batches };
}

/** Samples of a tensor as the reference has them. */
export const SAMPLES = steps.sample_indices;
