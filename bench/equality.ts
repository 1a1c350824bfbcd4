/** First the numbers, then the times: an engine that computes something else is not measured. */
import { readFileSync } from 'node:fs';
import { readMnist } from '../src/datasets/mnist.ts';
import type { Engine, EngineOptions } from '../src/engines/engine.ts';
import { IMAGE_SIZE } from '../src/network/lenet5.ts';

const fixture = (name: string) =>
  readFileSync(new URL(`../test/fixtures/keras/${name}`, import.meta.url), 'utf8');
const steps: { batches: number[][]; runs: { activation: string; optimizer: string; losses: number[] }[] } =
  JSON.parse(fixture('steps-A-float64.json'));
const initial: Record<string, { b64: string }> = JSON.parse(fixture('init-A.json'));

/** [P] weights that the reference starts with. */
export function initialReference(): Float32Array {
  const weights = Buffer.concat(Object.values(initial).map(({ b64 }) => Buffer.from(b64, 'base64')));
  return new Float32Array(Uint8Array.from(weights).buffer);
}

/** Positions in MNIST's training set, 32 of each of the reference's steps. */
export const referenceBatches = (): readonly (readonly number[])[] => steps.batches;

/** Losses of twenty steps of Adam with ReLU in Keras, computed in float64. */
export const REFERENCE_LOSSES = steps.runs.find(
  (run) => run.activation === 'relu' && run.optimizer === 'adam',
)!.losses;

export const REFERENCE_OPTIONS: EngineOptions = {
  activation: 'relu',
  inputScale: 1 / 255,
  optimizer: 'adam',
};

/** The largest relative difference of an engine's losses to the reference. @throws Error when it is above 1e-5 */
export function proveEqual(engine: Engine): number {
  const { images, labels } = readMnist('train');
  const room = engine.allocateImages(20 * 32);
  steps.batches.flat().forEach((position, i) => {
    room.images.set(images.subarray(position * IMAGE_SIZE, (position + 1) * IMAGE_SIZE), i * IMAGE_SIZE);
    room.labels[i] = labels[position];
  });
  engine.setState({ weights: initialReference() });
  engine.learningRate = 0.001;
  const batches = steps.batches.map((_, b) => Uint32Array.from({ length: 32 }, (_, i) => b * 32 + i));
  return checkLosses(
    engine.description,
    batches.map((batch) => engine.trainStep(room, batch).loss),
  );
}

/** @throws Error when a loss differs from the reference by more than `tolerance` of it */
export function checkLosses(name: string, losses: readonly number[], tolerance = 1e-5): number {
  const difference = Math.max(...losses.map((loss, i) => Math.abs(loss / REFERENCE_LOSSES[i] - 1)));
  if (losses.length === 0 || !(difference < tolerance)) {
    throw new Error(`${name} does not compute what Keras does: its losses differ by ${difference}.`);
  }
  return difference;
}
