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
  /** [P] in the order of `TENSORS`. */
  readonly weights: Float32Array;
  /** Share of MNIST's test images it reads right, 0–1; null when nobody measured. */
  readonly testAccuracy: number | null;
  /** What its logits are divided by, so that it is as often right as it is sure. Default 1. */
  readonly temperature?: number;
}

/** What people call it. */
export function modelName({ source }: Pick<Model, 'source'>): string {
  if (source.kind === 'shipped') return 'the model it came with';
  if (source.kind === 'run') return `run ${source.runId}, epoch ${source.epoch}`;
  return source.file;
}
