/**
 * The contract of an engine, an implementation of LeNet-5.
 *
 * Legend, used everywhere below: N images of a batch, H = W = 28 pixels, K classes and P parameters of the network.
 * Every call is synchronous and returns its numbers: a trainer calls it from a worker thread, recognition
 * from the thread that answers. An engine belongs to the thread that made it.
 */
import type { Activation } from '../network/activations.ts';
import type { LeNet5 } from '../network/lenet5.ts';
import type { OptimizerName } from '../network/optimizers.ts';

export type CreateEngine = (name: EngineName, options: EngineOptions) => Engine | Promise<Engine>;

export const ENGINES = ['simd', 'tensorflow'] as const;

export type EngineName = (typeof ENGINES)[number];

/** Options of an engine. */
export interface EngineOptions {
  readonly activation: Activation;
  /** Factor for pixel bytes: 1/255 for inputs of 0–1, 1 for the tutorial's raw 0–255. */
  readonly inputScale: number;
  /** By default that for the digits. */
  readonly network?: LeNet5;
  /** Rule of `trainStep`; without it the engine only predicts and evaluates. */
  readonly optimizer?: OptimizerName;
  /** Most images per `trainStep`: 1–128. Default 32. */
  readonly batchSize?: number;
  /** Threads to compute with, 1–64, the calling one included. Default 1. Never changes a result. */
  readonly threads?: number;
}

/** Images with their labels, in memory that the engine reads without copying. The owner fills both arrays. */
export interface LabelledImages {
  readonly count: number;
  /** [count, 28, 28] bytes, 0 = paper, 255 = ink. */
  readonly images: Uint8Array;
  /** [count] classes, 0 to K − 1. */
  readonly labels: Uint8Array;
}

export interface Metrics {
  /** Mean categorical cross-entropy per image, natural logarithm. */
  readonly loss: number;
  /** Share of images whose largest probability is the label's, 0–1. */
  readonly accuracy: number;
}

/** Everything that training changes: enough to continue bit-identically on the same engine. */
export interface EngineState {
  /** [P] in the order of `network.tensors`. */
  readonly weights: Float32Array;
  /** The optimizer's slots by name, [P] each. */
  readonly slots: Readonly<Record<string, Float32Array>>;
  /** Optimizer steps done so far. */
  readonly step: number;
}

export interface Engine {
  readonly name: EngineName;
  /** For people: what it runs on, such as "simd, relaxed, 2 threads". */
  readonly description: string;
  /** Learning rate of the next `trainStep`; starts at the optimizer's default. */
  learningRate: number;

  /** Room for `count` labelled images. @throws RangeError when there is no memory for them. */
  allocateImages(count: number): LabelledImages;

  /**
   * One optimizer step on a batch: forward, backward, update.
   *
   * @param images from this engine's `allocateImages`
   * @param indices [N] positions in `images`, 1 ≤ N ≤ batchSize
   * @returns metrics of the batch before the update
   */
  trainStep(images: LabelledImages, indices: Uint32Array): Metrics;

  /** Metrics over the images at [from, to); by default all. Changes nothing. */
  evaluate(images: LabelledImages, from?: number, to?: number): Metrics;

  /**
   * @param images [N, 28, 28] bytes, any N ≥ 0
   * @returns probabilities [N, K], each row summing to 1
   */
  predict(images: Uint8Array): Float32Array;

  /** A copy of the weights, slots and step. */
  getState(): EngineState;
  /** Restores a state; without `slots` the optimizer starts afresh. */
  setState(state: Pick<EngineState, 'weights'> & Partial<EngineState>): void;

  /** Ends threads and frees memory; no call is allowed after it. */
  dispose(): Promise<void>;
}

/** The engine is not available on this machine; the message is a sentence for people. */
export class EngineAbsentError extends Error {
  override name = 'EngineAbsentError';
}
