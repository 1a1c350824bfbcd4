/** The settings of a sweep's trials: every combination of the values to try. */

import type { Message } from '../catalogue/catalogue.ts';
import {
  DEFAULT_SETTINGS,
  parseSettings,
  SETTING_NAMES,
  type SettingName,
  type Settings,
  type SettingsErrors,
  type SettingsInput,
} from '../training/settings.ts';
import type { Axes } from './sweep.ts';

/** More would keep a small machine busy for days. */
export const MOST_TRIALS = 64;

/** Settings that can be varied: not the engine, which affects how long a run takes but not what it learns. */
export const AXIS_NAMES: readonly SettingName[] = SETTING_NAMES.filter((name) => name !== 'engine');

export interface Grid {
  /** Settings of every trial, except those of the axes. */
  readonly settings: Settings;
  readonly axes: Axes;
  /** The first axis changes slowest. */
  readonly trials: readonly Settings[];
}

/** A sentence for a field, or for the grid as a whole. */
export type GridErrors = SettingsErrors & { readonly grid?: Message };

export type ParsedGrid =
  | { readonly grid: Grid; readonly errors?: never }
  | { readonly grid?: never; readonly errors: GridErrors };

/**
 * Checks settings and the lists of values to try. Trials without a given learning rate use their optimizer's default.
 *
 * @param input of every trial
 * @param lists by the names of settings; repeated values are tried once, and a list of one is not an axis
 */
export function parseGrid(
  input: SettingsInput,
  lists: Readonly<Partial<Record<SettingName, unknown>>>,
  defaults: Settings = DEFAULT_SETTINGS,
): ParsedGrid {
  const errors: Partial<Record<SettingName, Message>> = {};
  const axes: Partial<Record<SettingName, (string | number)[]>> = {};
  const fixed: Partial<Record<SettingName, unknown>> = { ...input };
  for (const name of Object.keys(lists) as SettingName[]) {
    const { values, error } = parseAxis(name, lists[name]);
    delete fixed[name];
    if (error !== undefined) errors[name] = error;
    else if (values.length === 1) [fixed[name]] = values;
    else axes[name] = values;
  }
  const { settings, errors: wrong } = parseSettings(fixed, defaults);
  if (wrong || Object.keys(errors).length > 0) return { errors: { ...wrong, ...errors } };
  const names = Object.keys(axes) as SettingName[];
  const count = names.reduce((product, name) => product * axes[name]!.length, 1);
  const grid = wrongCount(count);
  if (grid !== null) return { errors: { grid } };
  const trials = combinations(axes, names).map(
    (values) => parseSettings({ ...fixed, ...values }, defaults).settings!,
  );
  return { grid: { settings, axes, trials } };
}

type ParsedAxis =
  | { readonly values: (string | number)[]; readonly error?: never }
  | { readonly values?: never; readonly error: Message };

function parseAxis(name: SettingName, list: unknown): ParsedAxis {
  if (!AXIS_NAMES.includes(name)) return { error: ['fields.oneEngine'] };
  if (!Array.isArray(list) || list.length === 0) return { error: ['fields.listValues'] };
  const values = new Set<string | number>();
  for (const value of list) {
    if (value === null || value === '') return { error: ['fields.valueMissing'] };
    const { settings, errors } = parseSettings({ [name]: value });
    if (errors) return { error: errors[name]! };
    values.add(settings[name]);
  }
  return { values: [...values] };
}

function wrongCount(count: number): Message | null {
  if (count > MOST_TRIALS)
    return ['fields.tooManyTrials', { count: count.toLocaleString('en-US'), most: MOST_TRIALS }];
  return count < 2 ? ['fields.oneTrial'] : null;
}

function combinations(axes: Axes, names: readonly SettingName[]): SettingsInput[] {
  return names.reduce<SettingsInput[]>(
    (some, name) => some.flatMap((values) => axes[name]!.map((value) => ({ ...values, [name]: value }))),
    [{}],
  );
}
