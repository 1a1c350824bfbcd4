import { TEST_IMAGES } from './mnist.ts';

/** Positions [from, to) of a data set. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** Images that are held out of the training set for validation. */
export const HELD_OUT_COUNT = 5_000;

/** Images that a run is validated with. */
export function validationCount({ validation }: { readonly validation: 'heldout' | 'test' }): number {
  return validation === 'test' ? TEST_IMAGES : HELD_OUT_COUNT;
}

/**
 * Holds out the last images for validation, the same ones in every run, so that val_loss is comparable between runs.
 *
 * MNIST's training set is in mixed order: each digit is 9.2–11.3 % of its last 5,000 images. Being contiguous, they are
 * evaluated in place.
 */
export function holdOut(count: number, heldOut = HELD_OUT_COUNT): { training: Range; validation: Range } {
  if (heldOut >= count) throw new RangeError(`Cannot hold ${heldOut} images out of ${count}.`);
  const border = count - heldOut;
  return { training: { from: 0, to: border }, validation: { from: border, to: count } };
}
