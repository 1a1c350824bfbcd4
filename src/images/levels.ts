/**
 * The numbers of an image, as scripts send them → levels of ink. One rule, applied to each image separately:
 *
 * - The largest is at most 1.5: they run from 0 to 1. What a resize or a rounding leaves beside that range is cut off:
 *   1.0000000000000004 and 1.02 are full ink, −1e-17 and −0.1 none; below −0.2 is refused.
 * - It is above: they run from 0 to 255, and what rounds to these is taken, such as 255.00000000000003. A fraction below
 *   0 is refused unless it is a rounding: numbers with mean 0 and variance 1 reach from −0.42 to 2.8.
 * - Bytes, as UINT8 tensors have them, run from 0 to 255 whatever they are.
 */
import { IMAGE_SIDE, IMAGE_SIZE } from '../network/lenet5.ts';
/** The number that means full ink: 1 or 255. */
export type Scale = '0-1' | '0-255';

export interface Levels {
  /** [28, 28] bytes, 0 = paper, 255 = ink. */
  readonly image: Uint8Array<ArrayBuffer>;
  readonly scale: Scale;
  /** A sentence when it is probably not as intended. */
  readonly hint: string | null;
}

/** Largest number of an image that runs from 0 to 1. */
const MOST_OF_UNIT = 1.5;
/** Smallest one: interpolation swings so far below paper, standardised numbers further. */
const LEAST_OF_UNIT = -0.2;
/** From this number on it does not round to a byte. */
const ABOVE_BYTES = 255.5;
/** Share of the largest number that a rounding may leave below 0. */
const ROUNDING = 1 / 500;
const FULL = 255;

/**
 * @param numbers 784 of them from `from` on
 * @param bad makes the error of an invalid number, by its index in `numbers`
 * @throws what `bad` makes
 */
export function toLevels(
  numbers: ArrayLike<unknown>,
  { from = 0, bad }: { from?: number; bad: (number: unknown, index: number) => Error },
): Levels {
  const [least, largest] = rangeOf(numbers, from, bad);
  const isUnit = largest <= MOST_OF_UNIT;
  const lowest = isUnit ? LEAST_OF_UNIT : -largest * ROUNDING;
  if (least < lowest || largest >= ABOVE_BYTES) throw firstOutside(numbers, from, lowest, bad);
  const image = new Uint8Array(IMAGE_SIZE);
  const gain = isUnit ? FULL : 1;
  for (let i = 0; i < IMAGE_SIZE; i++) {
    const level = Math.round((numbers[from + i] as number) * gain);
    image[i] = level > FULL ? FULL : level < 0 ? 0 : level;
  }
  const scale = isUnit ? '0-1' : '0-255';
  const strongest = Math.min(FULL, Math.round(largest * gain));
  return { image, scale, hint: hintOf(image, scale, Math.max(0, strongest)) };
}

/** @param image [28, 28] bytes that run from 0 to 255 */
export function levelsOfBytes(image: Uint8Array<ArrayBuffer>): Levels {
  return { image, scale: '0-255', hint: hintOf(image, '0-255', largestOf(image)) };
}

/** Plain loops: a batch of a thousand has 784,000 numbers. */
function rangeOf(
  numbers: ArrayLike<unknown>,
  from: number,
  bad: (number: unknown, index: number) => Error,
): [least: number, largest: number] {
  let [least, largest] = [Infinity, -Infinity];
  for (let i = from; i < from + IMAGE_SIZE; i++) {
    const number = numbers[i];
    if (typeof number !== 'number' || Number.isNaN(number)) throw bad(number, i);
    if (number < least) least = number;
    if (number > largest) largest = number;
  }
  return [least, largest];
}

function firstOutside(
  numbers: ArrayLike<unknown>,
  from: number,
  lowest: number,
  bad: (number: unknown, index: number) => Error,
): Error {
  let i = from;
  while ((numbers[i] as number) >= lowest && (numbers[i] as number) < ABOVE_BYTES) i++;
  return bad(numbers[i], i);
}

/** Levels of 255 by which ink differs from paper, as in pictures. */
const LEAST_CONTRAST = 16;
/** Shares of the border and of the whole that are ink when paper and ink are swapped. */
const [INVERTED_BORDER, INVERTED_WHOLE] = [0.7, 0.5];

const BORDER = Array.from({ length: IMAGE_SIZE }, (_, i) => i).filter((i) => {
  const [row, column] = [Math.floor(i / IMAGE_SIDE), i % IMAGE_SIDE];
  return Math.min(row, column, IMAGE_SIDE - 1 - row, IMAGE_SIDE - 1 - column) === 0;
});

/** @param strongest the largest of the image's levels */
function hintOf(image: Uint8Array, scale: Scale, strongest: number): string | null {
  if (strongest < LEAST_CONTRAST) {
    return strongest === 0 || scale === '0-1'
      ? null
      : `The numbers are taken as 0 to 255, and the largest is ${strongest}: that is almost no ink.`;
  }
  if (!isInverted(image, strongest)) return null;
  const remedy = scale === '0-1' ? '1 minus each number' : '255 minus each number';
  return `Ink is expected to be high; this looks inverted, dark on light. Send ${remedy}.`;
}

function largestOf(image: Uint8Array): number {
  let largest = 0;
  for (let i = 0; i < IMAGE_SIZE; i++) if (image[i] > largest) largest = image[i];
  return largest;
}

/** Most of the border and more than half of the whole are closer to the strongest ink than to the faintest. */
function isInverted(image: Uint8Array, strongest: number): boolean {
  let [inked, faintest] = [0, FULL];
  for (const i of BORDER) if (image[i] > 0) inked++;
  if (inked < INVERTED_BORDER * BORDER.length) return false;
  for (let i = 0; i < IMAGE_SIZE; i++) if (image[i] < faintest) faintest = image[i];
  if (strongest - faintest < LEAST_CONTRAST) return false;
  const middle = (strongest + faintest) / 2;
  inked = 0;
  for (const i of BORDER) if (image[i] > middle) inked++;
  if (inked < INVERTED_BORDER * BORDER.length) return false;
  inked = 0;
  for (let i = 0; i < IMAGE_SIZE; i++) if (image[i] > middle) inked++;
  return inked > INVERTED_WHOLE * IMAGE_SIZE;
}
