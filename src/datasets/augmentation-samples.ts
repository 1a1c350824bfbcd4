import { DIGITS, IMAGE_SIZE } from '../network/lenet5.ts';
import { Random } from '../network/random.ts';
import { type Augmentation, WARP_RANGES, Warp } from './augmentation.ts';
import { readMnist } from './mnist.ts';

/** Rows of warped images, one per epoch. */
const EPOCHS = 3;

let plain: readonly Uint8Array[] | null = null;

/**
 * Ten images, one of each digit, and what augmentation makes of them.
 *
 * @param seed of the random warps
 * @returns rows of ten images, [28, 28] bytes each: first the originals, then warped, each row differently
 */
export function augmentationSamples(kind: Exclude<Augmentation, 'off'>, seed: number): Uint8Array[][] {
  plain ??= firstOfEach();
  const warp = new Warp(new Random(seed), WARP_RANGES[kind]);
  const warped = (image: Uint8Array) => {
    const target = new Uint8Array(IMAGE_SIZE);
    warp.apply(image, target);
    return target;
  };
  const rows = [...plain];
  return [rows, ...Array.from({ length: EPOCHS }, () => rows.map(warped))];
}

/** The first image of each digit in the test set, which is the smaller file. They are not trained on. */
function firstOfEach(): Uint8Array[] {
  const { images, labels } = readMnist('test');
  return Array.from({ length: DIGITS.classes }, (_, digit) => {
    const at = labels.indexOf(digit) * IMAGE_SIZE;
    return images.slice(at, at + IMAGE_SIZE);
  });
}
