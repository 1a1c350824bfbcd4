/** Many inputs read at once: one that is bad gets its sentence, the others their digits. */
import { CodedError } from '../errors.ts';
import { IMAGE_SIZE } from '../network/lenet5.ts';
import { inputToImage, isInput, nothingSent } from './input.ts';
import type { Prediction } from './recognition-service.ts';

/** Most inputs of one request. */
export const MOST_INPUTS = 1000;

export type BatchResult = Omit<Prediction, 'model'> | BatchError;

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
 * @param inputs each is to be a `{ matrix }` or `{ strokes }`, or is already known to be bad
 * @param recognise called once, with the images of all good inputs
 * @returns one result for each input, in their order
 */
export function readBatch(inputs: readonly unknown[], recognise: Recognise): BatchResult[] {
  const images = new Uint8Array(inputs.length * IMAGE_SIZE);
  let count = 0;
  const errors = inputs.map((input) => {
    try {
      images.set(toImage(input), count * IMAGE_SIZE);
      count++;
      return null;
    } catch (error) {
      return toBatchError(error);
    }
  });
  const predictions = recognise(images.subarray(0, count * IMAGE_SIZE)).values();
  return errors.map((error) => {
    if (error) return error;
    const { digit, probabilities } = predictions.next().value!;
    return { digit, probabilities };
  });
}

function toImage(input: unknown): Uint8Array {
  if (input instanceof CodedError) throw input;
  if (!isInput(input)) throw nothingSent();
  return inputToImage(input);
}

/** @throws what is not the client's fault */
function toBatchError(error: unknown): BatchError {
  if (!(error instanceof CodedError)) throw error;
  return { error: { code: error.code, message: error.message } };
}
