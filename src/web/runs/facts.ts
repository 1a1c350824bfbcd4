import { SETTING_ROWS, type SettingName, type Settings } from '../../training/settings.ts';
import { duration } from '../format.ts';

export interface Fact {
  readonly label: string;
  readonly value: string;
}

/** Where a setting's value alone says too little. */
const SAID: Readonly<Partial<Record<SettingName, (settings: Settings) => string>>> = {
  epochs: ({ epochs }) => `${epochs} at most`,
  validation: ({ validation, data }) => {
    if (validation === 'test') return 'the test set';
    return data === 'corrections'
      ? 'corrections, and as many training images held out'
      : '5,000 training images held out';
  },
  timebudget: ({ timebudget }) => duration(timebudget),
};

/** What a run's page says of its settings; what is none is left out. */
export function settingFacts(settings: Settings): Fact[] {
  return SETTING_ROWS.flatMap(({ name, row }) => {
    if ('none' in row && row.none !== undefined && settings[name] === 0) return [];
    return { label: row.label, value: SAID[name]?.(settings) ?? String(settings[name]) };
  });
}
