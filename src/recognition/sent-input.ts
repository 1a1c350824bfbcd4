/** The fields that were sent → an input: JSON's as they are, a form's as JSON would have them. */

import type { Input } from '../images/input.ts';
import { toPictureFile } from '../images/picture-text.ts';
import { IMAGE_SIZE } from '../network/lenet5.ts';
import { jsonField } from './json-field.ts';

/** Name → value; of a form its text, its texts when it was sent several times, or the bytes of a file. */
export type SentFields = Readonly<Record<string, unknown>>;

/** @throws CodedError 422 when a text is not the JSON it should be, or when the image of a form is not a picture */
export function sentInput(fields: SentFields, { isForm }: { isForm: boolean }): Input {
  const matrix = isForm ? formMatrix(fields) : matrixField(fields.matrix);
  const strokes = jsonField(fields.strokes, 'strokes');
  const { image } = fields;
  const isTextAlone = matrix === undefined && strokes === undefined && typeof image === 'string';
  if (!isForm || !isTextAlone || image === '') return { matrix, strokes, image };
  return { image: toPictureFile(image, { spaceIsPlus: true }) };
}

/** A matrix in one field, or in one for each number or row: `matrix`, `matrix[]`, `matrix[3]`, `matrix[3][4]`. */
function formMatrix(fields: SentFields): unknown {
  const { matrix } = fields;
  if (Array.isArray(matrix)) return fromList(matrix);
  if (matrix !== undefined) return matrixField(matrix);
  const names = matrixNames(fields);
  if (names.length === 0) return undefined;
  // Too many are refused for their number, whatever their order.
  if (names.length <= IMAGE_SIZE) names.sort(byPlace.compare);
  return fromList(names.flatMap((name) => fields[name]));
}

function matrixNames(fields: SentFields): string[] {
  return Object.keys(fields).filter((name) => /^matrix(\[\d{0,3}\]){1,4}$/.test(name));
}

export function hasMatrix(fields: SentFields): boolean {
  return 'matrix' in fields || matrixNames(fields).length > 0;
}

/** matrix[9][10] after matrix[9][9]. */
const byPlace = new Intl.Collator('en', { numeric: true });

/** Each text is a number, or a row as JSON. */
function fromList(texts: readonly unknown[]): unknown {
  if (texts.length === 1) return matrixField(texts[0]);
  if (texts.length > IMAGE_SIZE) return texts;
  return texts.map((text) => {
    if (typeof text !== 'string' || text.trim() === '') return text;
    return /^\s*\[|[,\s]/.test(text.trim()) ? matrixField(text) : Number(text);
  });
}

/** Numbers without brackets: a JavaScript list as text, or lines of a CSV file. */
const BARE_NUMBERS = /^[\s,\d.eE+-]+$/;
/** Letters of that many numbers, each as long as a double is written. */
const MOST_BARE_LETTERS = IMAGE_SIZE * 26;

function matrixField(value: unknown): unknown {
  const isBare = typeof value === 'string' && value.length <= MOST_BARE_LETTERS && BARE_NUMBERS.test(value);
  const numbers = isBare ? value.trim().split(/\s*[,\s]\s*/) : [];
  return numbers.length > 1 ? numbers.map(toNumber) : jsonField(value, 'matrix');
}

/** Anything else stays text, and is refused with a sentence. */
const toNumber = (text: string) => (text === '' ? text : Number(text));
