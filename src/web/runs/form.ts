import type { FastifyRequest } from 'fastify';
import { defaultLearningRate, OPTIMIZERS, type OptimizerName } from '../../network/optimizers.ts';
import {
  CHOICES,
  parseSettings,
  RANGES,
  type SettingName,
  type Settings,
  type SettingsInput,
} from '../../training/settings.ts';
import type { Workbench } from '../../workbench.ts';
import '../http/access.ts';
import { augmentedContext } from './augmentation.ts';
import { defaultSettings, engineLabel, forecast } from './forecast.ts';
import type { FormContext } from './form-contexts.ts';

export interface FormOptions {
  /** What is shown where nothing is given; by default the server's defaults. */
  readonly defaults?: Settings;
  /** What the one who asks wants to be called. */
  readonly who?: string;
}

/** "My corrections" are everybody's to an admin among others. */
export function choicesFor({ role, server }: FastifyRequest): FormContext['choices'] {
  if (role !== 'admin' || server.access.open) return CHOICES;
  const data = CHOICES.data.map(({ value, label }) => ({
    value,
    label: label.replace('my corrections', "everybody's corrections"),
  }));
  return { ...CHOICES, data };
}

/** What the form shows for the settings that a link or a failed attempt carries. */
export function formContext(
  workbench: Workbench,
  request: FastifyRequest,
  input: SettingsInput,
  { defaults = defaultSettings(workbench), who = '' }: FormOptions = {},
): FormContext {
  const { settings, errors = {} } = parseSettings(input, defaults);
  const values = Object.fromEntries(
    (Object.keys(defaults) as SettingName[]).map((name) => [name, shownValue(name, input[name], defaults)]),
  );
  return {
    values: values as FormContext['values'],
    errors,
    choices: choicesFor(request),
    ranges: RANGES,
    rates: defaultRates(settings?.batchsize ?? defaults.batchsize),
    engines: workbench.speeds.list().map((engine) => ({ ...engine, label: engineLabel(workbench, engine) })),
    augmented: augmentedContext(settings?.augmentation ?? 'off', settings?.seed ?? 1),
    forecast: settings ? forecast(workbench, settings) : '',
    who,
  };
}

function defaultRates(batchSize: number): Record<OptimizerName, number> {
  const rates = OPTIMIZERS.map((optimizer) => [optimizer, defaultLearningRate(optimizer, batchSize)]);
  return Object.fromEntries(rates) as Record<OptimizerName, number>;
}

/** A learning rate that nobody gave stays empty: it follows the optimizer. No time budget does, too. */
function shownValue(name: SettingName, given: unknown, defaults: Settings): string {
  const isGiven = typeof given === 'string' || typeof given === 'number';
  if (isGiven) return String(given);
  if (name === 'learningrate' || (name === 'timebudget' && defaults.timebudget === 0)) return '';
  return String(defaults[name]);
}
