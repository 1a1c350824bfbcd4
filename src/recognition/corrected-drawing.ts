/** The input of `POST /corrections`: a drawing and its right digit. */
import type { Message } from '../catalogue/catalogue.ts';
import { CodedError } from '../errors.ts';
import { drawingToImage } from '../images/drawing.ts';
import { isInput, isNothing } from '../images/input.ts';
import { matrixToImage } from '../images/matrix.ts';
import { toPictureFile } from '../images/picture-text.ts';
import { checkSize, parseStrokes } from '../images/strokes.ts';
import type { PictureFile } from '../images/taken.ts';
import type { Steps } from '../time-slices.ts';
import { type EncodedBody, parseBody } from './body.ts';
import { type SentFields, sentInput } from './sent-input.ts';

export interface CorrectedDrawing {
  /** 0–9 */
  readonly truth: number;
  /** [28, 28] bytes, 0 = paper, 255 = ink. */
  readonly image: Uint8Array<ArrayBuffer>;
  /** As JSON, the form in which they are stored. */
  readonly strokes: string | null;
}

/** A picture of it, still to be unpacked. */
export interface CorrectedPicture extends PictureFile {
  /** 0–9 */
  readonly truth: number;
}

/**
 * `truth`, and the `matrix` that was seen, the `strokes` that were drawn or a picture as `image`; of matrix and strokes,
 * the strokes are kept only if they produce the matrix: a form may still have those of the previous drawing.
 *
 * @throws CodedError 400 or 422 with a sentence on why it cannot be used
 */
export function* decodeCorrection(encoded: EncodedBody): Steps<CorrectedDrawing | CorrectedPicture> {
  const body = parseBody(encoded);
  yield;
  return yield* toCorrection(body, { isForm: encoded.format === 'fields' });
}

/** Of a form whose fields are known; null when nothing was sent. */
export function decodeCorrectionFields(
  fields: SentFields | null,
): Steps<CorrectedDrawing | CorrectedPicture> {
  return toCorrection(fields, { isForm: true });
}

function* toCorrection(
  body: unknown,
  { isForm }: { isForm: boolean },
): Steps<CorrectedDrawing | CorrectedPicture> {
  if (!isInput(body)) throw nothingSent();
  const fields = body as SentFields;
  const digit = readDigit(fields.truth, 'truth');
  if (digit === null) throw badDigit('truth');
  const { matrix, strokes, image: picture } = sentInput(fields, { isForm });
  yield;
  const drawing = strokes === undefined ? null : parseStrokes(strokes);
  yield;
  const image = drawing && drawingToImage(drawing);
  if (drawing && matrix === undefined) checkSize([drawing]);
  const kept = matrix === undefined ? image : matrixToImage(matrix);
  if (kept === null) {
    if (isNothing(picture)) throw nothingSent();
    return { truth: digit, file: toPictureFile(picture) };
  }
  const isOfStrokes = image !== null && Buffer.compare(image, kept) === 0;
  return { truth: digit, image: kept, strokes: isOfStrokes ? JSON.stringify(drawing) : null };
}

/**
 * Null when omitted.
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
  const message: Message = ['errors.mustBeADigitTo', { field }];
  return new CodedError({ code: 'BAD_DIGIT', status: 422, message, field });
}

function nothingSent(): CodedError {
  const message: Message = ['errors.sendWhatItWasAs'];
  return new CodedError({ code: 'NOTHING_SENT', status: 422, message });
}
