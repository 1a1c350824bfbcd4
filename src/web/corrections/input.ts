/** Which corrections a request selects. */

import type { Message } from '../../catalogue/catalogue.ts';
import type { CorrectionFilter } from '../../corrections/correction.ts';
import { CodedError } from '../../errors.ts';
import { isScalar, readDigit } from '../../recognition/corrected-drawing.ts';
import type { Owner } from '../../runs/run.ts';

/** The query of every address that selects corrections, as it was sent. */
export interface FilterQuery {
  readonly truth?: unknown;
  readonly answer?: unknown;
  readonly newest?: unknown;
  readonly mine?: unknown;
}

/** Which corrections an address selects. */
export interface CorrectionQuery extends Pick<CorrectionFilter, 'truth' | 'answer' | 'newest'> {
  /** Only the client's own. */
  readonly mine: boolean;
}

/**
 * Which corrections are selected. A misspelt field must not be ignored: all of them would be deleted.
 *
 * @throws CodedError 422
 */
export function readQuery(fields: FilterQuery): CorrectionQuery {
  const { truth, answer, newest, mine, ...others } = fields;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    const message: Message = ['errors.correctionsCannotBeAskedFor', { unknown: unknown.slice(0, 30) }];
    throw new CodedError({ code: 'UNKNOWN_FIELD', status: 422, message, field: unknown.slice(0, 30) });
  }
  return {
    truth: readDigit(truth, 'truth'),
    answer: readDigit(answer, 'answer'),
    newest: readNumber(newest, 'newest'),
    mine: readMine(mine),
  };
}

/** The filter for the store. @param owner the client; null for one that does not identify itself */
export function storeFilter({ mine, ...filter }: CorrectionQuery, owner: Owner | null): CorrectionFilter {
  return mine ? { ...filter, owner: owner?.id ?? null } : filter;
}

/** The fields of an address or a form that selects exactly these corrections. */
export function queryFields({
  truth,
  answer,
  newest,
  mine,
}: CorrectionQuery): [name: string, value: string][] {
  return Object.entries({ truth, answer, newest, mine: mine ? 1 : null })
    .filter(([, value]) => value != null)
    .map(([name, value]): [string, string] => [name, String(value)]);
}

/** The end of such an address: "", or from "?" on. */
export function queryText(query: CorrectionQuery): string {
  const fields = queryFields(query);
  return fields.length > 0 ? `?${new URLSearchParams(fields)}` : '';
}

/**
 * Null when omitted.
 *
 * @throws CodedError 422
 */
export function readNumber(value: unknown, field: string): number | null {
  if (value === undefined || value === '') return null;
  if (isScalar(value) && /^[1-9]\d{0,8}$/.test(String(value))) return Number(value);
  const message: Message = ['errors.mustBeAWholeNumber', { field }];
  throw new CodedError({ code: 'BAD_NUMBER', status: 422, message, field });
}

/** @throws CodedError 422 */
function readMine(value: unknown): boolean {
  if (value === undefined || value === '') return false;
  if (isScalar(value) && String(value) === '1') return true;
  throw new CodedError({
    code: 'BAD_FLAG',
    status: 422,
    message: ['errors.mineMustBeOrLeft'],
    field: 'mine',
  });
}
