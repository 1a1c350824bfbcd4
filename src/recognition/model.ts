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
  /** What a pixel byte is multiplied with: 1/255 for inputs of 0–1, 1 for raw 0–255. */
  readonly inputScale: number;
  /** [P] in the order of `network.tensors`. */
  readonly weights: Float32Array;
  /** Share of MNIST's test images it reads right, 0–1; null when nobody measured. */
  readonly testAccuracy: number | null;
  /** Share of the images it was validated with that it reads right, 0–1; left out when that is not known. */
  readonly validationAccuracy?: number;
  /** What its logits are divided by, so that it is as often right as it is sure. Default 1. */
  readonly temperature?: number;
}

/**
 * A network that reads less of its validation images is rather to blame for an unsure answer than the drawing is. The
 * shipped model is unsure of 1.6 % of MNIST's test images: so many are unclear. Of those that it reads surely and right,
 * networks of three activations and three optimizers were unsure of as many at 95 %, and of more below
 * (bench/unsure.ts).
 */
export const LEAST_RELIABLE = 0.95;

/** "This network reads only 11 % of the validation images", when an unsure answer is its own fault; else null. */
export function networkFault({ validationAccuracy, testAccuracy }: Model): string | null {
  const accuracy = validationAccuracy ?? testAccuracy;
  if (accuracy === null || accuracy >= LEAST_RELIABLE) return null;
  const images = validationAccuracy === undefined ? 'test' : 'validation';
  return `This network reads only ${(100 * accuracy).toFixed(accuracy < 0.9 ? 0 : 1)} % of the ${images} images`;
}

/** What people call it. */
export function modelName({ source }: Pick<Model, 'source'>, t: Translate = english): string {
  if (source.kind === 'shipped') return t('models.shipped');
  if (source.kind === 'run') return t('models.run', { id: source.runId, epoch: source.epoch });
  return source.file;
}
