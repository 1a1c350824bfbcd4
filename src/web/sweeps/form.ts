import type { FastifyRequest } from 'fastify';
import { type Message, sayIf, type Translate } from '../../catalogue/catalogue.ts';
import type { CorrectionReach } from '../../corrections/correction.ts';
import { CodedError } from '../../errors.ts';
import { asText } from '../../recognition/json-field.ts';
import { AXIS_NAMES, type GridErrors, type ParsedGrid, parseGrid } from '../../runs/grid.ts';
import type { SettingName, SettingsInput } from '../../training/settings.ts';
import type { Workbench } from '../../workbench.ts';
import { sentForm } from '../answer.ts';
import type { Field } from '../field.ts';

import { bodyFields } from '../http/bodies.ts';
import { correctionReach } from '../http/owner.ts';
import type { PageContext } from '../page.ts';
import { defaultSettings } from '../runs/forecast.ts';
import { type SettingField, settingFields, settingsInput, summaryOf, wrongHere } from '../runs/settings.ts';
import type { AxesContext, SweepFormContext } from './standing.ts';

/** The form of a sweep, with the server's defaults, values from a link, or invalid input. */

/** The requested grid, if this server can train each of its trials. */
export async function gridOf(
  workbench: Workbench,
  { settings, grid }: SweepInput,
  reach: CorrectionReach,
): Promise<ParsedGrid> {
  const parsed = parseGrid(settings, grid, defaultSettings(workbench));
  if (parsed.errors) return parsed;
  for (const trial of parsed.grid.trials) {
    const errors = await wrongHere(workbench, trial, reach);
    if (errors !== null) return { errors };
  }
  return parsed;
}

/** "6 trials", or why they cannot be trained. */
export function countSentence(t: Translate, { grid, errors }: ParsedGrid): string {
  return grid ? t('sweeps.count', { count: grid.trials.length }) : t(...Object.values(errors)[0]);
}

/** @param fields as the form sends them */
export async function sweepFormContext(
  request: FastifyRequest,
  fields: Readonly<Record<string, unknown>>,
  errors: GridErrors = {},
): Promise<Omit<SweepFormContext, keyof PageContext>> {
  const shown = { input: {}, errors, defaults: defaultSettings(request.workbench) };
  const axes = settingFields(request, shown).map((field) => {
    const given = formValues(fields[field.name]);
    return axisOf(request.t, field, given.length > 0 ? given : [String(field.value)]);
  });
  const folded = axes.filter(({ row }) => !row.display && !row.varied);
  return {
    first: axesContext(axes.filter((axis) => !folded.includes(axis))),
    advanced: axesContext(folded),
    open: folded.some(({ error, value }) => error !== undefined || value.length > 1),
    summary: summaryOf(request.t, folded),
    halving: readFlag(fields.halving),
    problem: sayIf(request.t, errors.grid),
    count: countSentence(
      request.t,
      await gridOf(request.workbench, formInput(fields), correctionReach(request)),
    ),
  };
}

interface AxisField extends SettingField {
  /** The values to try. */
  readonly value: readonly string[];
}

/** A choice becomes checkboxes, a number a field for several; anything else stays as it is. */
function axisOf(t: Translate, { display, ...field }: SettingField, values: readonly string[]): AxisField {
  const { name, row } = field;
  const about = { ...field, label: t(row.label), value: values };
  if ('choices' in row) {
    if (!AXIS_NAMES.includes(name)) return about;
    return { ...about, control: 'ticks', size: row.choices.length > MOST_IN_A_COLUMN ? 'short' : '' };
  }
  const placeholder = name === 'learningrate' ? t('settings.eachItsOwn') : row.none && t(row.none);
  return { ...about, control: 'line', inputMode: undefined, placeholder };
}

/** More boxes stand in several columns. */
const MOST_IN_A_COLUMN = 4;

function axesContext(axes: readonly AxisField[]): AxesContext {
  const ticks = axes.filter(({ control }) => control === 'ticks');
  const amounts = axes.filter(({ control }) => control !== 'ticks').map(asLine);
  return { ticks, amounts };
}

function asLine({ value, ...axis }: AxisField): Field {
  return { ...axis, value: value.join(', ') };
}

/** The input to start a sweep, as JSON or a form → settings of all trials and lists of values to try. */

export interface SweepInput {
  readonly settings: SettingsInput;
  /** By the names of settings. */
  readonly grid: Readonly<Partial<Record<SettingName, unknown>>>;
  readonly halving: boolean;
}

const JSON_FIELDS = ['settings', 'grid', 'halving'];

/** @throws CodedError 400 or 422 when the body has another shape, or an unknown setting */
export function sweepInput(request: FastifyRequest): SweepInput {
  const fields = bodyFields(request.body);
  return sentForm(request) ? formInput(fields) : jsonInput(fields);
}

/**
 * As a form sends it: a setting with several ticked values, or several numbers separated by commas, is varied.
 *
 * @throws CodedError 422 for an unknown field
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
 * A ticked checkbox sends "on", scripts send what they do elsewhere.
 *
 * @throws CodedError 422
 */
export function readFlag(value: unknown): boolean {
  if (FALSE.includes(value)) return false;
  if (TRUE.includes(value)) return true;
  throw unusable(['fields.halving'], 'halving');
}

const TRUE: readonly unknown[] = [true, 'on', 'true', '1'];
const FALSE: readonly unknown[] = [undefined, false, '', 'off', 'false', '0'];

/** The values of a field that was sent several times, or has several separated by commas. */
export function formValues(value: unknown): string[] {
  const texts = (Array.isArray(value) ? value : [value]).map((text) => asText(text ?? ''));
  return texts.flatMap((text) => text.split(/[,;\s]+/)).filter((text) => text !== '');
}

function jsonInput(fields: Readonly<Record<string, unknown>>): SweepInput {
  const unknown = Object.keys(fields).find((name) => !JSON_FIELDS.includes(name));
  if (unknown !== undefined) {
    throw unusable(['fields.sweep', { name: unknown.slice(0, 30), allowed: JSON_FIELDS.join(', ') }]);
  }
  const { settings = {}, grid = {}, halving = false } = fields;
  if (!isObject(settings))
    throw unusable(['fields.object', { name: 'settings', example: '{"epochs": 5}' }], 'settings');
  if (!isObject(grid))
    throw unusable(['fields.object', { name: 'grid', example: '{"batchsize": [16, 32]}' }], 'grid');
  if (typeof halving !== 'boolean') throw unusable(['fields.halving'], 'halving');
  return { settings: settingsInput(settings), grid: settingsInput(grid), halving };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unusable(message: Message, field?: string): CodedError {
  return new CodedError({ code: 'SWEEP', status: 422, message, ...(field && { field }) });
}
