/** Many inputs in one request. */
import { CodedError } from '../errors.ts';

/** Most inputs of one request. */
export const MOST_INPUTS = 1000;

/** @throws CodedError 422 when it is not a list of 1 to 1,000 */
export function checkInputs(inputs: unknown): readonly unknown[] {
  if (!Array.isArray(inputs))
    throw badInputs('must be a list of inputs, each with a "matrix", "strokes" or an "image"');
  if (inputs.length === 0) throw badInputs('has no input');
  if (inputs.length > MOST_INPUTS) {
    const [count, most] = [inputs.length, MOST_INPUTS].map((number) => number.toLocaleString('en'));
    throw badInputs(`has ${count} inputs; at most ${most}. Send more as lines of application/x-ndjson`);
  }
  return inputs;
}

function badInputs(what: string): CodedError {
  return new CodedError({
    code: 'BAD_INPUTS',
    status: 422,
    message: ['errors.inputs', { what }],
    field: 'inputs',
  });
}
