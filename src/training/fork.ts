import type { RunSummary } from '../store/run.ts';
import { parseSettings, type Settings, type SettingsErrors, type SettingsInput } from './settings.ts';

/** What a fork cannot change: its weights were learnt with the one, its epochs were measured on the other. */
const KEPT = {
  activation: 'A fork keeps the activation that its weights were learnt with',
  validation: 'A fork keeps the validation that its first epochs were measured on',
} as const;

export type ForkSettings =
  | { readonly settings: Settings; readonly errors?: never }
  | { readonly settings?: never; readonly errors: SettingsErrors };

/**
 * The settings of a run that begins after an epoch of another one. What is left out is as it was there; an optimizer
 * that is another one brings its own learning rate.
 *
 * @param epoch the last one of the parent that the fork has
 */
export function forkSettings(
  parent: Pick<RunSummary, 'settings'>,
  epoch: number,
  input: SettingsInput,
): ForkSettings {
  const before = parent.settings;
  const another = Boolean(input.optimizer) && input.optimizer !== before.optimizer;
  const learningrate = input.learningrate || (another ? undefined : before.learningrate);
  const parsed = parseSettings({ ...input, learningrate }, before);
  if (parsed.errors) return parsed;
  const { settings } = parsed;
  const errors: Record<string, string> = {};
  for (const name of ['activation', 'validation'] as const) {
    if (settings[name] !== before[name]) errors[name] = `${KEPT[name]}: ${before[name]}.`;
  }
  if (settings.epochs <= epoch)
    errors.epochs = `A fork after epoch ${epoch} needs more than ${epoch} epochs.`;
  return Object.keys(errors).length > 0 ? { errors } : { settings };
}

/** Does the optimizer go on with what it remembers, and the shuffle where it was? */
export function forkKeeps(before: Settings, after: Settings) {
  return { slots: before.optimizer === after.optimizer, random: before.seed === after.seed };
}
