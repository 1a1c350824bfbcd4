import { CodedError } from '../errors.ts';
import { IMAGE_SIDE, IMAGE_SIZE } from '../network/lenet5.ts';
import type { InkPicture } from './ink-picture.ts';
import { isNormalised, normaliseInk } from './normalise.ts';
import { splitInk } from './split-digits.ts';
import { nothingDrawn } from './strokes.ts';

/**
 * Checks the matrix a client sent and makes an image of it. One that is scaled and centred as MNIST's are is left as
 * it is; any other is brought into that form first.
 *
 * @param value 784 numbers, flat or as 28 rows of 28; ink high. When none is above 1
 * they run from 0 to 1, else from 0 to 255
 * @returns [28, 28] bytes, 0 = paper, 255 = ink
 * @throws CodedError 422 with the sentence why it cannot be read
 */
export function matrixToImage(value: unknown): Uint8Array<ArrayBuffer> {
  const picture = toInk(value);
  return isNormalised(picture.ink) ? picture.ink : normaliseInk(picture);
}

/**
 * As `matrixToImage`, but digits apart become an image each, from left to right. One that is scaled and centred as
 * MNIST's are is of one digit.
 */
export function matrixToImages(value: unknown): Uint8Array<ArrayBuffer>[] {
  const picture = toInk(value);
  return isNormalised(picture.ink) ? [picture.ink] : splitInk(picture).map(normaliseInk);
}

function toInk(value: unknown): InkPicture {
  const numbers = flatten(value);
  const ink = toBytes(numbers, largestOf(numbers));
  if (!ink.some((level) => level > 0)) throw nothingDrawn('matrix');
  return { width: IMAGE_SIDE, height: IMAGE_SIDE, ink };
}

function flatten(matrix: unknown): unknown[] {
  if (!Array.isArray(matrix)) throw badMatrix(`The matrix must be a list of ${SHAPE}.`);
  const numbers = Array.isArray(matrix[0]) ? joinRows(matrix) : matrix;
  if (numbers.length !== IMAGE_SIZE) {
    throw badMatrix(`The matrix has ${numbers.length} numbers; it must have ${SHAPE}.`);
  }
  return numbers;
}

const SHAPE = `${IMAGE_SIZE} numbers, flat or as ${IMAGE_SIDE} rows of ${IMAGE_SIDE}`;

function joinRows(rows: readonly unknown[]): unknown[] {
  if (rows.length !== IMAGE_SIDE) {
    throw badMatrix(`The matrix has ${rows.length} rows; it must have ${IMAGE_SIDE}.`);
  }
  return rows.flatMap((row, i) => {
    if (!Array.isArray(row)) throw badMatrix(`Row ${i + 1} of the matrix is not a list of numbers.`);
    if (row.length !== IMAGE_SIDE) {
      throw badMatrix(`Row ${i + 1} of the matrix has ${row.length} numbers; it must have ${IMAGE_SIDE}.`);
    }
    return row;
  });
}

/** Plain loops from here on: a batch of a thousand has 784,000 numbers. */
function largestOf(numbers: readonly unknown[]): number {
  let largest = 0;
  for (let i = 0; i < IMAGE_SIZE; i++) {
    const number = numbers[i];
    if (typeof number !== 'number' || !(number >= 0 && number <= 255)) throw badNumber(number, i);
    if (number > largest) largest = number;
  }
  return largest;
}

function badNumber(number: unknown, index: number): CodedError {
  if (typeof number !== 'number' || Number.isNaN(number)) {
    return badMatrix(`Number ${index + 1} of the matrix is not a number.`);
  }
  return badMatrix(
    `Number ${index + 1} of the matrix is ${number}; it must be from 0 to 255, or from 0 to 1.`,
  );
}

function toBytes(numbers: readonly unknown[], largest: number): Uint8Array<ArrayBuffer> {
  const gain = largest <= 1 ? 255 : 1;
  const image = new Uint8Array(IMAGE_SIZE);
  for (let i = 0; i < IMAGE_SIZE; i++) image[i] = Math.round((numbers[i] as number) * gain);
  return image;
}

function badMatrix(message: string): CodedError {
  return new CodedError({ code: 'BAD_MATRIX', status: 422, message, field: 'matrix' });
}
