/** The controls of settings, made from their rows: in the forms for a run, a fork and a sweep. */
import type { FastifyRequest } from 'fastify';
import { defaultLearningRate, OPTIMIZERS, type OptimizerName } from '../../network/optimizers.ts';
import {
  type ChoiceRow,
  type NumberRow,
  SETTING_ROWS,
  SETTINGS,
  type SettingName,
  type Settings,
  type SettingsErrors,
  type SettingsInput,
} from '../../training/settings.ts';
import type { Workbench } from '../../workbench.ts';
import type { Field, FieldOption } from '../field.ts';
import '../http/access.ts';
import { engineLabel } from './forecast.ts';

export interface SettingField extends Field {
  readonly name: SettingName;
  readonly row: ChoiceRow | NumberRow;
}

export interface Shown {
  /** What a link or a failed attempt carries. */
  readonly input: SettingsInput;
  readonly errors: SettingsErrors;
  /** Where nothing is given. */
  readonly defaults: Settings;
}

/** In the order of the rows; a choice is a select, a number a line, or a slider where it has marks. */
export function settingFields(workbench: Workbench, request: FastifyRequest, shown: Shown): SettingField[] {
  const { input, errors, defaults } = shown;
  return SETTING_ROWS.map(({ name, row }) => {
    const { label, title = label, hint, display } = row;
    const value = shownValue(name, row, input[name], defaults);
    const about = { name, row, label: title, hint, value, error: errors[name] };
    if ('choices' in row) {
      return { ...about, control: 'select', display, options: optionsOf(workbench, request, name, row) };
    }
    const { min, max, marks } = row;
    return {
      ...about,
      display,
      control: marks ? 'slider' : 'line',
      bounds: { min, max, marks: marks ?? [] },
      inputMode: row.isFraction ? 'decimal' : 'numeric',
      placeholder: name === 'learningrate' ? ratePlaceholder(input, defaults) : row.none,
    };
  });
}

/** Labels of the fields, as the summary of those that are folded names them: "learning rate, schedule". */
export function summaryOf(fields: readonly SettingField[]): string {
  return fields.map(({ row }) => row.label.toLowerCase()).join(', ');
}

/** Those of numbers first, as they are narrow. */
export function numbersFirst(fields: readonly SettingField[]): SettingField[] {
  return [...fields.filter(({ row }) => 'min' in row), ...fields.filter(({ row }) => 'choices' in row)];
}

/** Of engines, why one is not here and what to do. */
export function absentEngines(workbench: Workbench): { readonly label: string; readonly absent: string }[] {
  return workbench.speeds
    .list()
    .flatMap((engine) =>
      engine.absent === null ? [] : [{ label: engineLabel(workbench, engine), absent: engine.absent }],
    );
}

function optionsOf(
  workbench: Workbench,
  { role, server }: FastifyRequest,
  name: SettingName,
  { choices }: ChoiceRow,
): readonly FieldOption[] {
  if (name === 'engine') {
    return workbench.speeds.list().map((engine) => ({
      value: engine.name,
      label: `${engineLabel(workbench, engine)}${engine.absent === null ? '' : ' (not here)'}`,
      disabled: engine.absent !== null,
    }));
  }
  // "My corrections" are everybody's to an admin among others.
  if (name !== 'data' || role !== 'admin' || server.access.open) return choices;
  return choices.map(({ value, label }) => ({
    value,
    label: label.replace('my corrections', "everybody's corrections"),
  }));
}

/** What the optimizer brings along for the batch size, as an empty control says it. */
function ratePlaceholder(input: SettingsInput, defaults: Settings): string {
  const optimizer = (input.optimizer || defaults.optimizer) as OptimizerName;
  const size = Number(input.batchsize || defaults.batchsize);
  if (!OPTIMIZERS.includes(optimizer)) return '';
  const { min, max } = SETTINGS.batchsize;
  const usable = Number.isInteger(size) && size >= min && size <= max ? size : defaults.batchsize;
  return `${defaultLearningRate(optimizer, usable)} (${optimizer}'s default)`;
}

/** A learning rate that nobody gave stays empty: it follows the optimizer. What is none does, too. */
function shownValue(
  name: SettingName,
  row: ChoiceRow | NumberRow,
  given: unknown,
  defaults: Settings,
): string {
  if (typeof given === 'string' || typeof given === 'number') return String(given);
  const isNone = 'none' in row && row.none !== undefined && defaults[name] === 0;
  return name === 'learningrate' || isNone ? '' : String(defaults[name]);
}
