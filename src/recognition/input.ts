import { CodedError } from '../errors.ts';
import { drawingToImage } from './drawing.ts';
import { matrixToImage } from './matrix.ts';
import { parseStrokes } from './strokes.ts';

/** What a script sends to be read: one of the two. */
export interface Input {
  readonly matrix?: unknown;
  readonly strokes?: unknown;
}

/**
 * @returns the image that the network is to see
 * @throws CodedError 422 with the sentence why it cannot be read
 */
export function inputToImage({ matrix, strokes }: Input): Uint8Array<ArrayBuffer> {
  if (matrix !== undefined) return matrixToImage(matrix);
  if (strokes !== undefined) return drawingToImage(parseStrokes(strokes));
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
