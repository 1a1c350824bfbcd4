import { english, type Translate } from '../catalogue/catalogue.ts';
import type { Activation } from '../network/activations.ts';

/** Where a model's weights come from. */
export type ModelSource =
  | { readonly kind: 'shipped' }
  | { readonly kind: 'run'; readonly runId: number; readonly epoch: number }
  | { readonly kind: 'file'; readonly file: string };

/** Weights ready to recognise. */
export interface Model {
  readonly source: ModelSource;
  readonly activation: Activation;
  /** Factor for pixel bytes: 1/255 for inputs of 0–1, 1 for raw 0–255. */
  readonly inputScale: number;
  /** [P] in the order of `network.tensors`. */
  readonly weights: Float32Array;
  /** Test accuracy on MNIST, 0–1; null when not measured. */
  readonly testAccuracy: number | null;
  /** Validation accuracy, 0–1; omitted when unknown. */
  readonly validationAccuracy?: number;
  /** Is it a run's best epoch? Omitted for other models. */
  readonly isBest?: boolean;
  /** Temperature: divisor of its logits for calibrated probabilities. Default 1. */
  readonly temperature?: number;
}

/**
 * Below this validation accuracy the network, rather than the drawing, is to blame for an unsure answer. The built-in model
 * is unsure of 1.6 % of MNIST's test images: that many are unclear. Of those that it reads surely and correctly, networks
 * of three activations and three optimizers were unsure of as many at 95 %, and of more below (bench/unsure.ts).
 */
export const LEAST_RELIABLE = 0.95;

/** "This network gets only 11 % of the validation images right", if that is why an answer is unsure; else null. */
export function networkFault({ validationAccuracy, testAccuracy }: Model): string | null {
  const accuracy = validationAccuracy ?? testAccuracy;
  if (accuracy === null || accuracy >= LEAST_RELIABLE) return null;
  const images = validationAccuracy === undefined ? 'test' : 'validation';
  return `This network gets only ${(100 * accuracy).toFixed(accuracy < 0.9 ? 0 : 1)} % of the ${images} images right`;
}

/** Its name for people. */
export function modelName({ source }: Pick<Model, 'source'>, t: Translate = english): string {
  if (source.kind === 'shipped') return t('models.shipped');
  if (source.kind === 'run') return t('models.run', { id: source.runId, epoch: source.epoch });
  return source.file;
}
