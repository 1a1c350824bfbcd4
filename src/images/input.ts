import type { Message } from '../catalogue/catalogue.ts';
import { CodedError } from '../errors.ts';
import { drawingCells } from './digit-cells.ts';
import { matrixToImages } from './matrix.ts';
import { toPictureFile } from './picture-text.ts';
import { parseStrokes } from './strokes.ts';
import type { Taken } from './taken.ts';

/** Input to be read: one of the three. If there are several, the strokes, which say most, are used, or else the matrix. */
export interface Input {
  readonly matrix?: unknown;
  readonly strokes?: unknown;
  /** A file's bytes, or a picture as text: a data: URL or base64. */
  readonly image?: unknown;
}

/** @throws CodedError 422 with a sentence on why it cannot be read */
export function takeInput({ matrix, strokes, image }: Input): Taken {
  if (strokes !== undefined) {
    return drawingCells(parseStrokes(strokes));
  }
  if (matrix !== undefined) return matrixToImages(matrix);
  if (isNothing(image)) throw nothingSent();
  return { file: toPictureFile(image) };
}

/** Forms send unfilled fields and unchosen files as empty. */
export function isNothing(image: unknown): boolean {
  return image === undefined || image === null || image === '' || isEmptyFile(image);
}

const isEmptyFile = (image: unknown) => image instanceof Uint8Array && image.length === 0;

/** Is it an object, as JSON has them? */
export function isInput(value: unknown): value is Input {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function nothingSent(): CodedError {
  const message: Message = ['errors.sendAMatrixOfNumbers'];
  return new CodedError({ code: 'NOTHING_SENT', status: 422, message });
}
