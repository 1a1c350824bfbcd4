import type { FastifyRequest } from 'fastify';
import { sayIf, type Translate } from '../../catalogue/catalogue.ts';
import { asText } from '../../recognition/json-field.ts';
import type { Run } from '../../runs/run.ts';
import { hasDefaultRate, type SettingsInput } from '../../training/settings.ts';
import type { Field } from '../field.ts';
import type { FormErrors } from './settings.ts';
import { type SettingField, settingFields } from './settings.ts';

/** views/runs/_fork.eta */
export interface ForkForm {
  readonly run: Run;
  readonly fields: readonly Field[];
  /** Sentences about the settings that a fork cannot change. */
  readonly problems: readonly string[];
  readonly open: boolean;
}

/** What was sent, or chosen in the table of checkpoints (then without errors). */
export interface ForkAttempt {
  readonly epoch: unknown;
  readonly input: SettingsInput;
  readonly errors?: FormErrors;
}

/**
 * Null while there is no checkpoint.
 *
 * @param epochs those with a checkpoint
 */
export function forkForm(
  request: FastifyRequest,
  run: Run,
  epochs: readonly number[],
  attempt?: ForkAttempt,
): ForkForm | null {
  const { t } = request;
  if (epochs.length === 0) return null;
  const { input = {}, errors = {} } = attempt ?? {};
  const asked = Number(asText(attempt?.epoch));
  const epoch: Field = {
    name: 'epoch',
    label: t('settings.beginsAfter'),
    control: 'select',
    value: String(epochs.includes(asked) ? asked : (run.bestEpoch ?? epochs[0])),
    options: epochs.map((epoch) => ({
      value: String(epoch),
      label: epoch === run.bestEpoch ? t('settings.bestEpoch', { epoch }) : String(epoch),
    })),
    error: sayIf(t, errors.epoch),
  };
  const fields = settingFields(request, { input, errors, defaults: run.settings });
  const kept = fields.filter(({ row }) => row.keptByForks !== undefined);
  const optimizer = fields.find(({ name }) => name === 'optimizer')!.value;
  // A fine-tune keeps its training data, which clients cannot request.
  const isAsked = ({ name }: SettingField) => name !== 'data' || run.settings.data !== 'corrections';
  return {
    run,
    fields: [
      epoch,
      ...fields
        .filter((field) => !kept.includes(field) && isAsked(field))
        .map((field) => forkField(t, run, field, optimizer)),
    ],
    problems: kept.flatMap(({ error }) => error ?? []),
    open: attempt !== undefined,
  };
}

/** As in the form for a new run, but empty fields keep the parent's settings. */
function forkField(
  t: Translate,
  { settings: before }: Run,
  { display, control, ...field }: SettingField,
  optimizer: Field['value'],
): Field {
  const asBefore = hasDefaultRate(before) ? undefined : t('settings.asBefore', { rate: before.learningrate });
  switch (field.name) {
    case 'optimizer':
      return {
        ...field,
        control,
        options: field.options!.map((option) =>
          option.value === before.optimizer ? { ...option, rate: asBefore } : option,
        ),
      };
    case 'learningrate': {
      const isBefore = optimizer === before.optimizer;
      return { ...field, control, placeholder: (isBefore && asBefore) || field.placeholder };
    }
    default:
      return 'min' in field.row
        ? {
            ...field,
            control: 'line',
            placeholder: String(before[field.name] || (field.row.none ? t(field.row.none) : 0)),
          }
        : { ...field, control };
  }
}
