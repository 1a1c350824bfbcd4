import { CodedError } from '../errors.ts';
import type { Activation } from '../network/activations.ts';
import type { LeNet5 } from '../network/lenet5.ts';

/** What a model file holds, whatever its format. */
export interface TrainedWeights {
  readonly network: LeNet5;
  /** [P] in the order of `network.tensors`, all finite. */
  readonly weights: Float32Array<ArrayBuffer>;
  /** Null when the file does not say. */
  readonly activation: Activation | null;
  /** Factor for pixel bytes: 1/255 for inputs of 0–1, 1 for raw 0–255; null when the file does not say. */
  readonly inputScale: number | null;
  /** Test accuracy on MNIST, 0–1, as stated by the file; null if it is not. */
  readonly testAccuracy: number | null;
  /** The temperature: divisor of the logits, above 0; 1 when the file does not state it. */
  readonly temperature: number;
  /** A sentence on how the weights were made; null when the file does not state it. */
  readonly made: string | null;
}

/** A file without weights of this network; the message is a sentence for people. */
export function badModelFile(message: string, cause?: unknown): CodedError {
  return new CodedError({ code: 'BAD_MODEL_FILE', status: 422, message, field: 'model', cause });
}
