import type { Parts } from '../app.ts';
import { OPTIMIZER } from '../network/optimizers.ts';
import {
  CHOICES,
  DEFAULT_SETTINGS,
  parseSettings,
  RANGES,
  type SettingName,
  type Settings,
  type SettingsInput,
} from '../training/settings.ts';
import type { FormContext } from './contexts.ts';

/** What the form shows for the settings that a link or a failed attempt carries. */
export function formContext(parts: Parts, input: SettingsInput): FormContext {
  const defaults = defaultSettings(parts);
  const { errors = {} } = parseSettings(input, defaults);
  const values = Object.fromEntries(
    (Object.keys(defaults) as SettingName[]).map((name) => [name, shownValue(name, input[name], defaults)]),
  );
  return {
    values: values as FormContext['values'],
    errors,
    choices: CHOICES,
    ranges: RANGES,
    optimizers: OPTIMIZER,
    engines: parts.engines,
    forecast: forecast(parts),
  };
}

/** The defaults of this server: what the environment chose instead of ours. */
export function defaultSettings({ config }: Pick<Parts, 'config'>): Settings {
  return { ...DEFAULT_SETTINGS, engine: config.engine };
}

/** A learning rate that nobody gave stays empty: it follows the optimizer. */
function shownValue(name: SettingName, given: unknown, defaults: Settings): string {
  const isGiven = typeof given === 'string' || typeof given === 'number';
  if (isGiven) return String(given);
  return name === 'learningrate' ? '' : String(defaults[name]);
}

/** From the newest run that finished epochs here; a sentence without figures before that. */
function forecast({ store }: Parts): string {
  const seconds = store.latestEpochSeconds();
  return seconds === null
    ? 'Stops by itself when it has not become better for 3 epochs.'
    : `About ${seconds.toFixed(1)} s an epoch here; usually stops by itself after about 9.`;
}
