/** What was sent to start a sweep, as JSON or by the form → settings of all trials and lists of values to try. */

import type { FastifyRequest } from 'fastify';
import { CodedError } from '../../errors.ts';
import { asText } from '../../recognition/json-field.ts';
import type { SettingName, SettingsInput } from '../../training/settings.ts';
import { sentForm } from '../answer.ts';
import { bodyFields } from '../http/bodies.ts';
import { settingsInput } from '../runs/settings-input.ts';

export interface SweepInput {
  readonly settings: SettingsInput;
  /** By the names of settings. */
  readonly grid: Readonly<Partial<Record<SettingName, unknown>>>;
  readonly halving: boolean;
}

const JSON_FIELDS = ['settings', 'grid', 'halving'];

/** @throws CodedError 400 or 422 when the body has another shape, or names a setting that no run has */
export function sweepInput(request: FastifyRequest): SweepInput {
  const fields = bodyFields(request.body);
  return sentForm(request) ? formInput(fields) : jsonInput(fields);
}

/**
 * As a form sends it: a setting of which several values are ticked, or several numbers named between commas, is varied.
 *
 * @throws CodedError 422 for a field that no run has
 */
export function formInput({ halving, ...fields }: Readonly<Record<string, unknown>>): SweepInput {
  const settings: Partial<Record<SettingName, string>> = {};
  const grid: Partial<Record<SettingName, string[]>> = {};
  for (const name of Object.keys(settingsInput(fields)) as SettingName[]) {
    const values = formValues(fields[name]);
    if (values.length === 1) settings[name] = values[0];
    else if (values.length > 1) grid[name] = values;
  }
  return { settings, grid, halving: readFlag(halving) };
}

/**
 * A ticked box sends "on", scripts what they write elsewhere.
 *
 * @throws CodedError 422
 */
export function readFlag(value: unknown): boolean {
  if (FALSE.includes(value)) return false;
  if (TRUE.includes(value)) return true;
  throw unusable('"halving" must be true or false.', 'halving');
}

const TRUE: readonly unknown[] = [true, 'on', 'true', '1'];
const FALSE: readonly unknown[] = [undefined, false, '', 'off', 'false', '0'];

/** The values of a field that was sent several times, or has several between commas. */
export function formValues(value: unknown): string[] {
  const texts = (Array.isArray(value) ? value : [value]).map((text) => asText(text ?? ''));
  return texts.flatMap((text) => text.split(/[,;\s]+/)).filter((text) => text !== '');
}

function jsonInput(fields: Readonly<Record<string, unknown>>): SweepInput {
  const unknown = Object.keys(fields).find((name) => !JSON_FIELDS.includes(name));
  if (unknown !== undefined) {
    throw unusable(`A sweep has no field "${unknown.slice(0, 30)}"; it has ${JSON_FIELDS.join(', ')}.`);
  }
  const { settings = {}, grid = {}, halving = false } = fields;
  if (!isObject(settings)) throw unusable('"settings" must be an object, such as {"epochs": 5}.', 'settings');
  if (!isObject(grid)) throw unusable('"grid" must be an object, such as {"batchsize": [16, 32]}.', 'grid');
  if (typeof halving !== 'boolean') throw unusable('"halving" must be true or false.', 'halving');
  return { settings: settingsInput(settings), grid: settingsInput(grid), halving };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unusable(message: string, field?: string): CodedError {
  return new CodedError({ code: 'SWEEP', status: 422, message, ...(field && { field }) });
}
