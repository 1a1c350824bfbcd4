import { CodedError } from '../errors.ts';
import { IMAGE_SIDE, IMAGE_SIZE } from '../network/lenet5.ts';
import { inkCells } from './digit-cells.ts';
import { isSpeck } from './grey-picture.ts';
import { type Levels, toLevels } from './levels.ts';
import { isNormalised, normaliseInk } from './normalise.ts';
import { nothingDrawn, tooLittleDrawn } from './strokes.ts';
import type { TakenImages } from './taken.ts';

/** 28 pixels a side hold no more places where a digit may be. */
const MOST_CELLS = 12;

/**
 * Checks the matrix a client sent and turns it into an image. One scaled and centred like MNIST's is left as it is;
 * any other is normalised first.
 *
 * @param value 784 numbers, flat or as 28 rows of 28, whatever lists of one are around the whole, its rows or its
 * numbers ([1, 28, 28, 1]); ink high, from 0 to 1 or to 255: levels.ts has the rule
 * @returns [28, 28] bytes, 0 = paper, 255 = ink
 * @throws CodedError 422 with a sentence on why it cannot be read
 */
export function matrixToImage(value: unknown): Uint8Array<ArrayBuffer> {
  const { image } = checkMatrix(value);
  return isNormalised(image) ? image : normaliseInk(toPicture(image));
}

/**
 * As `matrixToImage`, but separate digits become one image each, from left to right. A matrix scaled and centred like
 * MNIST's is a single digit.
 */
export function matrixToImages(value: unknown): TakenImages {
  const { image, scale, hint } = checkMatrix(value);
  const digits = isNormalised(image) ? { images: [image] } : inkCells(toPicture(image), { most: MOST_CELLS });
  return { ...digits, scale, ...(hint !== null && { hint }) };
}

const toPicture = (ink: Uint8Array<ArrayBuffer>) => ({ width: IMAGE_SIDE, height: IMAGE_SIDE, ink });

function checkMatrix(value: unknown): Levels {
  const levels = toLevels(flatten(value), { bad: badNumber });
  if (!levels.image.some((level) => level > 0)) throw nothingDrawn('matrix');
  if (isSpeck(toPicture(levels.image))) throw tooLittleDrawn('matrix');
  return levels;
}

function flatten(value: unknown): unknown[] {
  let matrix = value;
  while (isSingle(matrix) && Array.isArray(matrix[0])) [matrix] = matrix;
  if (!Array.isArray(matrix)) throw badMatrix(`The matrix must be a list of ${SHAPE}.`);
  const isNested = Array.isArray(matrix[0]);
  const rows = isNested ? matrix.map(withoutSingles) : matrix;
  const numbers = isNested && rows.some(Array.isArray) ? joinRows(rows) : rows;
  if (numbers.length !== IMAGE_SIZE) {
    throw badMatrix(`The matrix has ${counted(numbers.length, 'number')}; it must have ${SHAPE}.`);
  }
  return numbers;
}

/** Unwraps lists of one: dimensions of 1 are ignored. */
function withoutSingles(value: unknown): unknown {
  let inner = value;
  while (isSingle(inner)) [inner] = inner;
  return inner;
}

const isSingle = (value: unknown): value is [unknown] => Array.isArray(value) && value.length === 1;

const SHAPE = `${IMAGE_SIZE} numbers, flat or as ${IMAGE_SIDE} rows of ${IMAGE_SIDE}`;

function joinRows(rows: readonly unknown[]): unknown[] {
  if (rows.length !== IMAGE_SIDE) {
    throw badMatrix(`The matrix has ${counted(rows.length, 'row')}; it must have ${IMAGE_SIDE}.`);
  }
  return rows.flatMap((row, i) => {
    if (!Array.isArray(row)) throw badMatrix(`Row ${i + 1} of the matrix is not a list of numbers.`);
    if (row.length !== IMAGE_SIDE) {
      throw badMatrix(
        `Row ${i + 1} of the matrix has ${counted(row.length, 'number')}; it must have ${IMAGE_SIDE}.`,
      );
    }
    return Array.isArray(row[0]) ? row.map(withoutSingles) : row;
  });
}

const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;

function badNumber(number: unknown, index: number): CodedError {
  if (typeof number !== 'number' || Number.isNaN(number)) {
    return badMatrix(`Number ${index + 1} of the matrix is not a number.`);
  }
  return badMatrix(
    `Number ${index + 1} of the matrix is ${number}; it must be from 0 to 255, or from 0 to 1.`,
  );
}

function badMatrix(message: string): CodedError {
  return new CodedError({ code: 'BAD_MATRIX', status: 422, message, field: 'matrix' });
}
