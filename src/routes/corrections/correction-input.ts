/** Which corrections a client means. */
import { CodedError } from '../../errors.ts';
import { isScalar, readDigit } from '../../recognition/corrected-drawing.ts';
import type { CorrectionFilter } from '../../store/correction.ts';

/** Of every address that means some corrections, as it was sent. */
export interface FilterQuery {
  readonly truth?: unknown;
  readonly answer?: unknown;
  readonly newest?: unknown;
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
