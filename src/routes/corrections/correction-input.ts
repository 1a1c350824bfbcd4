/** What a client says about corrections: the drawing and its truth; which ones it means. */
import { CodedError } from '../../errors.ts';
import { type Drawing, drawingToImage } from '../../recognition/drawing.ts';
import { matrixToImage } from '../../recognition/matrix.ts';
import { parseStrokes } from '../../recognition/strokes.ts';
import type { Correction, CorrectionFilter } from '../../store/correction.ts';
import { jsonField } from '../json-field.ts';

/** Of every address that means some corrections, as it was sent. */
export interface FilterQuery {
  readonly truth?: unknown;
  readonly answer?: unknown;
  readonly newest?: unknown;
}

/**
 * @param body `truth`, and the `matrix` that was seen or the `strokes` that were drawn; of both, the strokes are kept
 * only when the matrix is made of them: a form may still have those of the drawing before
 * @throws CodedError 422 with the sentence why it cannot be used
 */
export function readCorrection(body: unknown): Pick<Correction, 'truth' | 'image' | 'strokes'> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw nothingSent();
  const { truth, matrix, strokes } = body as Readonly<Record<string, unknown>>;
  const digit = readDigit(truth, 'truth');
  if (digit === null) throw badDigit('truth');
  const drawing = readStrokes(jsonField(strokes, 'strokes'));
  const drawn = drawing && drawingToImage(drawing);
  const seen = jsonField(matrix, 'matrix');
  const image = seen === undefined ? drawn : matrixToImage(seen);
  if (image === null) throw nothingSent();
  const isOfStrokes = drawn !== null && Buffer.compare(drawn, image) === 0;
  return { truth: digit, image, strokes: isOfStrokes ? drawing : null };
}

/**
 * Which corrections are meant. A misspelt field must not be dropped in silence: all of them would be deleted.
 *
 * @throws CodedError 422
 */
export function readFilter(fields: FilterQuery): CorrectionFilter {
  const { truth, answer, newest, ...others } = fields;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    const message = `Corrections cannot be asked for by "${unknown.slice(0, 30)}", but by truth, answer, newest.`;
    throw new CodedError({ code: 'UNKNOWN_FIELD', status: 422, message, field: unknown.slice(0, 30) });
  }
  return {
    truth: readDigit(truth, 'truth'),
    answer: readDigit(answer, 'answer'),
    newest: readNumber(newest, 'newest'),
  };
}

/** The address of the corrections that are meant, and only them. */
export function filterQuery({ truth, answer, newest }: CorrectionFilter): string {
  const fields = Object.entries({ truth, answer, newest })
    .filter(([, value]) => value != null)
    .map(([name, value]): [string, string] => [name, String(value)]);
  return fields.length > 0 ? `?${new URLSearchParams(fields)}` : '';
}

/** Null when it was left out. */
function readDigit(value: unknown, field: string): number | null {
  if (value === undefined || value === '') return null;
  if (!isScalar(value) || !/^\d$/.test(String(value))) throw badDigit(field);
  return Number(value);
}

/**
 * Null when it was left out.
 *
 * @throws CodedError 422
 */
export function readNumber(value: unknown, field: string): number | null {
  if (value === undefined || value === '') return null;
  if (isScalar(value) && /^[1-9]\d{0,8}$/.test(String(value))) return Number(value);
  const message = `"${field}" must be a whole number from 1 to 999999999.`;
  throw new CodedError({ code: 'BAD_NUMBER', status: 422, message, field });
}

const isScalar = (value: unknown) => typeof value === 'string' || typeof value === 'number';

function readStrokes(value: unknown): Drawing | null {
  return value === undefined ? null : parseStrokes(value);
}

function badDigit(field: string): CodedError {
  const message = `"${field}" must be a digit, 0 to 9.`;
  return new CodedError({ code: 'BAD_DIGIT', status: 422, message, field });
}

function nothingSent(): CodedError {
  const message =
    'Send what it was as "truth", 0 to 9, and the drawing: a "matrix" of 28×28 numbers, or "strokes" as lists of [x, y] points.';
  return new CodedError({ code: 'NOTHING_SENT', status: 422, message });
}
