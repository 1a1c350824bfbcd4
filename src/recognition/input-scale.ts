import { readMnist } from '../datasets/mnist.ts';
import type { CreateEngine } from '../engines/engine.ts';
import type { TrainedWeights } from '../formats/trained-weights.ts';
import { ACTIVATIONS, type Activation } from '../network/activations.ts';
import { DIGITS, IMAGE_SIZE } from '../network/lenet5.ts';

/** A way to interpret weights, and their accuracy with it. */
export interface Reading {
  readonly activation: Activation;
  readonly inputScale: number;
  /** Accuracy, 0–1. */
  readonly accuracy: number;
  /**
   * Mean cross-entropy, by which readings are ranked: a relu network given inputs 255 times too large still reads most
   * images, but is sure of what it gets wrong.
   */
  readonly loss: number;
}

/** Possible factors for pixel bytes in training: inputs of 0–1, or raw bytes as in the tutorial. */
const INPUT_SCALES = [1 / 255, 1] as const;

/**
 * A Keras file does not say whether it was trained on inputs of 0–1 or of 0–255, and one of weights only not even its
 * activation: reads the first MNIST test images in every way the file leaves open.
 *
 * @returns all readings, best first
 */
export async function rankReadings(
  { weights, activation, inputScale }: TrainedWeights,
  { createEngine, count = 1000 }: { createEngine: CreateEngine; count?: number },
): Promise<Reading[]> {
  const { images, labels } = readMnist('test');
  const readings: Reading[] = [];
  for (const eachActivation of activation === null ? ACTIVATIONS : [activation]) {
    for (const eachScale of inputScale === null ? INPUT_SCALES : [inputScale]) {
      const way = { activation: eachActivation, inputScale: eachScale };
      const engine = await createEngine('simd', { ...way, threads: 1 });
      engine.setState({ weights });
      const probabilities = engine.predict(images.subarray(0, count * IMAGE_SIZE));
      await engine.dispose();
      readings.push({ ...way, ...score(probabilities, labels) });
    }
  }
  return readings.sort((a, b) => a.loss - b.loss);
}

/** Smallest probability used; Keras's epsilon. */
const EPSILON = 1e-7;

/** @param probabilities [N, K] */
function score(probabilities: Float32Array, labels: Uint8Array): Pick<Reading, 'accuracy' | 'loss'> {
  const count = probabilities.length / DIGITS.classes;
  let [right, loss] = [0, 0];
  for (let i = 0; i < count; i++) {
    const row = probabilities.subarray(i * DIGITS.classes, (i + 1) * DIGITS.classes);
    if (row.indexOf(Math.max(...row)) === labels[i]) right++;
    loss -= Math.log(Math.max(EPSILON, row[labels[i]]));
  }
  return { accuracy: right / count, loss: loss / count };
}
