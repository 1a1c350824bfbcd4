/** What is sent to `POST /corrections`: a drawing and what it was. */
import { CodedError } from '../errors.ts';
import { type EncodedBody, parseBody } from './body.ts';
import { drawingToImage } from './drawing.ts';
import { isInput } from './input.ts';
import { jsonField } from './json-field.ts';
import { matrixToImage } from './matrix.ts';
import { parseStrokes } from './strokes.ts';
import type { Steps } from './time-slices.ts';

export interface CorrectedDrawing {
  /** 0–9 */
  readonly truth: number;
  /** [28, 28] bytes, 0 = paper, 255 = ink. */
  readonly image: Uint8Array<ArrayBuffer>;
  /** As JSON, which is what is kept of them. */
  readonly strokes: string | null;
}

/**
 * `truth`, and the `matrix` that was seen or the `strokes` that were drawn; of both, the strokes are kept only when the
 * matrix is made of them: a form may still have those of the drawing before.
 *
 * @throws CodedError 400 or 422 with the sentence why it cannot be used
 */
export function* decodeCorrection(encoded: EncodedBody): Steps<CorrectedDrawing> {
  const body = parseBody(encoded);
  yield;
  if (!isInput(body)) throw nothingSent();
  const { truth, matrix, strokes } = body as Readonly<Record<string, unknown>>;
  const digit = readDigit(truth, 'truth');
  if (digit === null) throw badDigit('truth');
  const drawn = jsonField(strokes, 'strokes');
  const drawing = drawn === undefined ? null : parseStrokes(drawn);
  yield;
  const image = drawing && drawingToImage(drawing);
  const seen = jsonField(matrix, 'matrix');
  const kept = seen === undefined ? image : matrixToImage(seen);
  if (kept === null) throw nothingSent();
  const isOfStrokes = image !== null && Buffer.compare(image, kept) === 0;
  return { truth: digit, image: kept, strokes: isOfStrokes ? JSON.stringify(drawing) : null };
}

/**
 * Null when it was left out.
 *
 * @throws CodedError 422
 */
export function readDigit(value: unknown, field: string): number | null {
  if (value === undefined || value === '') return null;
  if (!isScalar(value) || !/^\d$/.test(String(value))) throw badDigit(field);
  return Number(value);
}

export const isScalar = (value: unknown) => typeof value === 'string' || typeof value === 'number';

function badDigit(field: string): CodedError {
  const message = `"${field}" must be a digit, 0 to 9.`;
  return new CodedError({ code: 'BAD_DIGIT', status: 422, message, field });
}

function nothingSent(): CodedError {
  const message =
    'Send what it was as "truth", 0 to 9, and the drawing: a "matrix" of 28×28 numbers, or "strokes" as lists of [x, y] points.';
  return new CodedError({ code: 'NOTHING_SENT', status: 422, message });
}
