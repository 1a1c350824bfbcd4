/** What the form of a sweep shows: the server's defaults, what a link carries, or what could not be used. */
import type { FastifyRequest } from 'fastify';
import type { CorrectionReach } from '../../corrections/correction.ts';
import { AXIS_NAMES, type GridErrors, type ParsedGrid, parseGrid } from '../../runs/grid.ts';
import type { Workbench } from '../../workbench.ts';
import type { Field } from '../field.ts';
import { count } from '../format.ts';
import { correctionReach } from '../http/owner.ts';
import type { PageContext } from '../page.ts';
import { defaultSettings } from '../runs/forecast.ts';
import { type SettingField, settingFields, summaryOf } from '../runs/setting-fields.ts';
import { wrongHere } from '../runs/settings-input.ts';
import type { AxesContext, SweepFormContext } from './contexts.ts';
import { formInput, formValues, readFlag, type SweepInput } from './input.ts';

/** The grid that was asked for, when this server can train each of its trials. */
export function gridOf(
  workbench: Workbench,
  { settings, grid }: SweepInput,
  reach: CorrectionReach,
): ParsedGrid {
  const parsed = parseGrid(settings, grid, defaultSettings(workbench));
  if (parsed.errors) return parsed;
  for (const trial of parsed.grid.trials) {
    const errors = wrongHere(workbench, trial, reach);
    if (errors !== null) return { errors };
  }
  return parsed;
}

/** "6 trials", or why they cannot be trained. */
export function countSentence({ grid, errors }: ParsedGrid): string {
  return grid ? count(grid.trials.length, 'trial') : Object.values(errors)[0];
}

/** @param fields as the form sends them */
export function sweepFormContext(
  workbench: Workbench,
  request: FastifyRequest,
  fields: Readonly<Record<string, unknown>>,
  errors: GridErrors = {},
): Omit<SweepFormContext, keyof PageContext> {
  const shown = { input: {}, errors, defaults: defaultSettings(workbench) };
  const axes = settingFields(workbench, request, shown).map((field) => {
    const given = formValues(fields[field.name]);
    return axisOf(field, given.length > 0 ? given : [String(field.value)]);
  });
  const folded = axes.filter(({ row }) => !row.display && !row.varied);
  return {
    first: axesContext(axes.filter((axis) => !folded.includes(axis))),
    advanced: axesContext(folded),
    open: folded.some(({ error, value }) => error !== undefined || value.length > 1),
    summary: summaryOf(folded),
    halving: readFlag(fields.halving),
    problem: errors.grid,
    count: countSentence(gridOf(workbench, formInput(fields), correctionReach(request))),
  };
}

interface AxisField extends SettingField {
  /** What is tried. */
  readonly value: readonly string[];
}

/** A choice has boxes to tick instead of a list, a number a line for several; what is no axis stays as it is. */
function axisOf({ display, ...field }: SettingField, values: readonly string[]): AxisField {
  const { name, row } = field;
  const about = { ...field, label: row.label, value: values };
  if ('choices' in row) {
    if (!AXIS_NAMES.includes(name)) return about;
    return { ...about, control: 'ticks', size: row.choices.length > MOST_IN_A_COLUMN ? 'short' : '' };
  }
  const placeholder = name === 'learningrate' ? 'each its own' : row.none;
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
