import type { Message } from '../catalogue/catalogue.ts';
import { EarlyStopping } from '../training/early-stopping.ts';
import {
  hasDefaultRate,
  parseSettings,
  SETTING_NAMES,
  SETTING_ROWS,
  SETTINGS,
  type SettingName,
  type Settings,
  type SettingsErrors,
  type SettingsInput,
} from '../training/settings.ts';
import type { Run, RunSummary } from './run.ts';

export type ForkSettings =
  | { readonly settings: Settings; readonly errors?: never }
  | { readonly settings?: never; readonly errors: SettingsErrors };

/**
 * The settings of a run that continues from an epoch of another one. Omitted settings are the parent's; a different optimizer
 * takes its default learning rate, and a default learning rate follows the batch size.
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
  const brings = another || hasDefaultRate(before);
  const learningrate = input.learningrate || (brings ? undefined : before.learningrate);
  const parsed = parseSettings({ ...input, learningrate }, before);
  if (parsed.errors) return parsed;
  const { settings } = parsed;
  const errors: Record<string, Message> = {};
  for (const { name, row } of SETTING_ROWS) {
    if (row.keptByForks && settings[name] !== before[name])
      errors[name] = [row.keptByForks, { value: before[name] }];
  }
  if (settings.epochs <= epoch) errors.epochs = ['fields.forkEpochs', { epoch }];
  return Object.keys(errors).length > 0 ? { errors } : { settings };
}

/** Does it continue with the optimizer's slots and the state of the shuffle? */
export function forkKeeps(before: Settings, after: Settings) {
  return { slots: before.optimizer === after.optimizer, random: before.seed === after.seed };
}

/**
 * The epoch after which a fork's patience counts.
 *
 * With the parent's training settings a fork only differs in length: patience keeps counting, so that with the same settings
 * it ends where its parent ended, and with more patience where its parent would have. With other training settings, or if
 * patience would run out before the first epoch, only the fork's own epochs count.
 *
 * @param epoch the last one of the parent that the fork has
 * @param patienceFrom of the parent
 */
export function forkPatience(
  { settings: before, epochs }: Pick<Run, 'settings' | 'epochs'>,
  after: Settings,
  { epoch, patienceFrom }: { readonly epoch: number; readonly patienceFrom: number },
): number {
  if (!learnAlike(before, after)) return epoch;
  const from = Math.min(patienceFrom, epoch);
  const valLosses = epochs.slice(0, epoch).map(({ val_loss }) => val_loss);
  return new EarlyStopping(after, valLosses, from).isOver ? epoch : from;
}

function learnAlike(before: Settings, after: Settings): boolean {
  // A schedule moves over all epochs.
  const decides = (name: SettingName) =>
    name === 'epochs' ? after.schedule !== 'constant' : !SETTINGS[name].isLength;
  return SETTING_NAMES.every((name) => !decides(name) || before[name] === after[name]);
}
