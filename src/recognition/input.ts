import { CodedError } from '../errors.ts';
import { drawingToImage } from './drawing.ts';
import { matrixToImages } from './matrix.ts';
import { splitDrawing } from './split-digits.ts';
import { parseStrokes } from './strokes.ts';

/** What a script sends to be read: one of the two. Of both, the strokes are read: they know more. */
export interface Input {
  readonly matrix?: unknown;
  readonly strokes?: unknown;
}

/**
 * @returns the images that the network is to see: one for each digit that stands apart, from left to right
 * @throws CodedError 422 with the sentence why it cannot be read
 */
export function inputToImages({ matrix, strokes }: Input): Uint8Array[] {
  if (strokes !== undefined) return splitDrawing(parseStrokes(strokes)).map((digit) => drawingToImage(digit));
  if (matrix !== undefined) return matrixToImages(matrix);
  throw nothingSent();
}

/** Is it an object, as JSON has them? */
export function isInput(value: unknown): value is Input {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function nothingSent(): CodedError {
  const message =
    'Send a "matrix" of 28×28 numbers, "strokes" as lists of [x, y] points, or a picture as "image".';
  return new CodedError({ code: 'NOTHING_SENT', status: 422, message });
}
