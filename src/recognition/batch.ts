/** Many inputs read at once: one that is bad gets its sentence, the others their digits. */
import { setImmediate } from 'node:timers/promises';
import { CodedError } from '../errors.ts';
import { IMAGE_SIZE } from '../network/lenet5.ts';
import { inputToImages, isInput, nothingSent } from './input.ts';
import { type Reading, toReading } from './reading.ts';
import type { Prediction } from './recognition-service.ts';

/** Most inputs of one request. */
export const MOST_INPUTS = 1000;
/** Inputs read without a pause: some ten milliseconds. */
const PIECE = 200;

export type BatchResult = Reading | BatchError;

export interface BatchError {
  readonly error: { readonly code: string; readonly message: string };
}

type Recognise = (images: Uint8Array) => Prediction[];

/** @throws CodedError 422 when it is not a list of 1 to 1,000 */
export function checkInputs(inputs: unknown): readonly unknown[] {
  if (!Array.isArray(inputs)) throw badInputs('must be a list of inputs, each with a "matrix" or "strokes"');
  if (inputs.length === 0) throw badInputs('has no input');
  if (inputs.length > MOST_INPUTS) {
    const [count, most] = [inputs.length, MOST_INPUTS].map((number) => number.toLocaleString('en'));
    throw badInputs(`has ${count} inputs; at most ${most}. Send more as lines of application/x-ndjson`);
  }
  return inputs;
}

function badInputs(what: string): CodedError {
  return new CodedError({ code: 'BAD_INPUTS', status: 422, message: `"inputs" ${what}.`, field: 'inputs' });
}

/**
 * As `readBatch`, some inputs at a time, so that others are answered in between: a thousand take a tenth of a second.
 *
 * @param recognise called for each piece
 */
export async function readInPieces(inputs: readonly unknown[], recognise: Recognise): Promise<BatchResult[]> {
  const results: BatchResult[] = [];
  for (let from = 0; from < inputs.length; from += PIECE) {
    if (from > 0) await setImmediate();
    results.push(...readBatch(inputs.slice(from, from + PIECE), recognise));
  }
  return results;
}

/**
 * @param inputs each is to be a `{ matrix }` or `{ strokes }`, or is already known to be bad
 * @param recognise called once, with the images of all good inputs
 * @returns one result for each input, in their order
 */
export function readBatch(inputs: readonly unknown[], recognise: Recognise): BatchResult[] {
  const drawn = inputs.map(toImagesOrError);
  const predictions = recognise(join(drawn.flatMap((images) => ('error' in images ? [] : images))));
  let next = 0;
  return drawn.map((images) => {
    if ('error' in images) return images;
    next += images.length;
    return toReading(predictions.slice(next - images.length, next));
  });
}

function toImagesOrError(input: unknown): Uint8Array[] | BatchError {
  try {
    if (input instanceof CodedError) throw input;
    if (!isInput(input)) throw nothingSent();
    return inputToImages(input);
  } catch (error) {
    return toBatchError(error);
  }
}

/** @returns [N, 28, 28] */
export function join(images: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(images.length * IMAGE_SIZE);
  images.forEach((image, i) => {
    joined.set(image, i * IMAGE_SIZE);
  });
  return joined;
}

/** @throws what is not the client's fault */
function toBatchError(error: unknown): BatchError {
  if (!(error instanceof CodedError)) throw error;
  return { error: { code: error.code, message: error.message } };
}
