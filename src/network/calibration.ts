/**
 * Probabilities that mean what they say: of the answers given with 90 %, nine of ten are right.
 *
 * Temperature scaling: one number T divides all logits, fitted on images that were not trained on. It never changes
 * which digit is the most probable. C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger, *On Calibration of Modern Neural
 * Networks*, ICML 2017.
 */
import { DIGITS } from './lenet5.ts';

/** Smallest probability whose logarithm is taken: that of the smallest normal float. */
const SMALLEST = 2 ** -126;
/** Bounds of the search, as logarithms of T. */
const LOG_BOUNDS = [Math.log(0.2), Math.log(5)] as const;
const SEARCH_STEPS = 24;
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/**
 * The probabilities at another temperature, in place: pᵢ^(1/T) / Σ pⱼ^(1/T), which is the softmax of the logits
 * divided by T.
 *
 * @param probabilities [N, K]
 * @param temperature above 0; 1 changes nothing, more makes less sure
 */
export function temper<P extends Float32Array | Float64Array>(
  probabilities: P,
  temperature: number,
  { classes } = DIGITS,
): P {
  if (temperature === 1) return probabilities;
  for (let row = 0; row < probabilities.length; row += classes) {
    let sum = 0;
    for (let k = row; k < row + classes; k++) {
      probabilities[k] = probabilities[k] ** (1 / temperature);
      sum += probabilities[k];
    }
    for (let k = row; k < row + classes; k++) probabilities[k] /= sum;
  }
  return probabilities;
}

/**
 * The temperature at which the labels are most likely: least mean cross-entropy, by golden-section search (it has one
 * minimum).
 *
 * @param probabilities [N, K] of images not trained on, at temperature 1
 * @param labels [N]
 */
export function fitTemperature(
  probabilities: Float32Array,
  labels: ArrayLike<number>,
  network = DIGITS,
): number {
  const lossAt = (logT: number) =>
    loss(temper(Float64Array.from(probabilities), Math.exp(logT), network), labels, network.classes);
  let [low, high] = LOG_BOUNDS;
  let [left, right] = [high - GOLDEN * (high - low), low + GOLDEN * (high - low)];
  let [leftLoss, rightLoss] = [lossAt(left), lossAt(right)];
  for (let step = 0; step < SEARCH_STEPS; step++) {
    if (leftLoss < rightLoss) {
      [high, right, rightLoss] = [right, left, leftLoss];
      left = high - GOLDEN * (high - low);
      leftLoss = lossAt(left);
    } else {
      [low, left, leftLoss] = [left, right, rightLoss];
      right = low + GOLDEN * (high - low);
      rightLoss = lossAt(right);
    }
  }
  return Math.exp((low + high) / 2);
}

/**
 * Expected calibration error: the answers are sorted into bins by how sure they are; it is the mean distance between
 * how sure they are and how many of them are right, each bin weighted by its answers. 0–1.
 *
 * @param probabilities [N, K]
 * @param labels [N]
 */
export function calibrationError(
  probabilities: ArrayLike<number>,
  labels: ArrayLike<number>,
  { bins = 15, network = DIGITS } = {},
): number {
  const { classes } = network;
  const excess = new Float64Array(bins);
  for (let i = 0; i < labels.length; i++) {
    let digit = 0;
    for (let k = 1; k < classes; k++) {
      if (probabilities[i * classes + k] > probabilities[i * classes + digit]) digit = k;
    }
    const confidence = probabilities[i * classes + digit];
    const bin = Math.min(bins - 1, Math.floor(confidence * bins));
    excess[bin] += confidence - (digit === labels[i] ? 1 : 0);
  }
  return excess.reduce((sum, value) => sum + Math.abs(value), 0) / labels.length;
}

function loss(probabilities: Float64Array, labels: ArrayLike<number>, classes: number): number {
  let sum = 0;
  for (let i = 0; i < labels.length; i++) {
    sum -= Math.log(Math.max(SMALLEST, probabilities[i * classes + labels[i]]));
  }
  return sum / labels.length;
}
