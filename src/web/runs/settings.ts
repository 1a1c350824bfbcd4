import { english, type Message, sayAll, sayIf, type Translate } from '../../catalogue/catalogue.ts';
import '../http/access.ts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type CorrectionReach, reachFilter } from '../../corrections/correction.ts';
import { CodedError } from '../../errors.ts';
import { defaultLearningRate, OPTIMIZERS, type OptimizerName } from '../../network/optimizers.ts';
import {
  type ChoiceRow,
  choiceLabel,
  type NumberRow,
  SETTING_ROWS,
  SETTINGS,
  type SettingName,
  type Settings,
  type SettingsErrors,
  type SettingsInput,
  unknownFields,
} from '../../training/settings.ts';
import type { Workbench } from '../../workbench.ts';
import type { Field, FieldOption } from '../field.ts';
import { MOST_NAME_LETTERS, rename, tidyName } from '../http/owner.ts';
import { engineLabel } from './forecast.ts';

/** The controls of settings, made from their rows: in the forms for a run, a fork and a sweep. */

export interface SettingField extends Field {
  readonly name: SettingName;
  readonly row: ChoiceRow | NumberRow;
}

export interface Shown {
  /** Values from a link or a failed attempt. */
  readonly input: SettingsInput;
  readonly errors: SettingsErrors;
  /** Used for values that are not given. */
  readonly defaults: Settings;
}

/** In the order of the rows; a choice is a select, a number a line, or a slider where it has marks. */
export function settingFields(request: FastifyRequest, shown: Shown): SettingField[] {
  const { input, errors, defaults } = shown;
  const { t } = request;
  return SETTING_ROWS.map(({ name, row }) => {
    const { label, title = label, display } = row;
    const hint = row.hint && t(row.hint);
    const value = shownValue(name, row, input[name], defaults);
    const about = { name, row, label: t(title), hint, value, error: sayIf(t, errors[name]) };
    if ('choices' in row) {
      return {
        ...about,
        control: 'select',
        display,
        options: optionsOf(request.workbench, request, name, row),
      };
    }
    const { min, max, marks } = row;
    return {
      ...about,
      display,
      control: marks ? 'slider' : 'line',
      bounds: { min, max, marks: marks ?? [] },
      inputMode: row.isFraction ? 'decimal' : 'numeric',
      placeholder: name === 'learningrate' ? ratePlaceholder(t, input, defaults) : row.none && t(row.none),
    };
  });
}

/** Labels of the fields, as the summary of those that are folded names them: "learning rate, schedule". */
export function summaryOf(t: Translate, fields: readonly SettingField[]): string {
  return fields.map(({ row }) => t(row.label).toLowerCase()).join(', ');
}

/** Those of numbers first, as they are narrow. */
export function numbersFirst(fields: readonly SettingField[]): SettingField[] {
  return [...fields.filter(({ row }) => 'min' in row), ...fields.filter(({ row }) => 'choices' in row)];
}

/** For engines, why one is not available and what to do. */
export function absentEngines(
  t: Translate,
  workbench: Workbench,
): { readonly label: string; readonly absent: string }[] {
  return workbench.speeds
    .list()
    .flatMap((engine) =>
      engine.absent === null ? [] : [{ label: engineLabel(t, workbench, engine), absent: engine.absent }],
    );
}

function optionsOf(
  workbench: Workbench,
  { role, server, t }: FastifyRequest,
  name: SettingName,
  { choices }: ChoiceRow,
): readonly FieldOption[] {
  if (name === 'engine') {
    return workbench.speeds.list().map((engine) => {
      const label = engineLabel(t, workbench, engine);
      const isAbsent = engine.absent !== null;
      return {
        value: engine.name,
        label: isAbsent ? t('settings.notHere', { engine: label }) : label,
        disabled: isAbsent,
      };
    });
  }
  // For an admin on a server with users, "my corrections" are everybody's.
  const options = labelled(t, choices);
  if (name !== 'data' || role !== 'admin' || server.access.open) return options;
  return options.map(({ value, label }) => ({
    value,
    label: value === 'mnist+corrections' ? t('settings.dataEverybodysCorrections') : label,
  }));
}

/** Created once per language: the forms for a run and a fork show all of them. */
function labelled(t: Translate, choices: ChoiceRow['choices']): readonly FieldOption[] {
  const known = LABELLED.get(t) ?? new Map<ChoiceRow['choices'], readonly FieldOption[]>();
  LABELLED.set(t, known);
  const options =
    known.get(choices) ?? choices.map((choice) => ({ value: choice.value, label: choiceLabel(t, choice) }));
  known.set(choices, options);
  return options;
}

const LABELLED = new WeakMap<Translate, Map<ChoiceRow['choices'], readonly FieldOption[]>>();

/** The optimizer's default for the batch size, as the placeholder of an empty control. */
function ratePlaceholder(t: Translate, input: SettingsInput, defaults: Settings): string {
  const optimizer = (input.optimizer || defaults.optimizer) as OptimizerName;
  const size = Number(input.batchsize || defaults.batchsize);
  if (!OPTIMIZERS.includes(optimizer)) return '';
  const { min, max } = SETTINGS.batchsize;
  const usable = Number.isInteger(size) && size >= min && size <= max ? size : defaults.batchsize;
  return t('settings.rateOf', { rate: defaultLearningRate(optimizer, usable), optimizer });
}

/** A learning rate that was not given stays empty, since it follows the optimizer; so does an invalid one. */
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

/** The input to start a run → its settings and owner, or a sentence for each invalid field. */

/** Errors besides those of settings: of the client's name, and of the epoch a fork starts after. */
export type FormErrors = SettingsErrors & { readonly who?: Message; readonly epoch?: Message };

/** @throws CodedError 422 for an unknown field */
export function settingsInput(fields: Readonly<Record<string, unknown>>): SettingsInput {
  const unknown = unknownFields(fields);
  if (unknown) throw new CodedError({ code: 'UNKNOWN_SETTING', status: 422, message: unknown });
  return fields;
}

/**
 * Should the run go into service when it ends? Null when the client leaves it to the server.
 *
 * @param value of the field `serve`
 * @throws CodedError 403 when the client may not choose the model, 422 when it is neither true nor false
 */
export function readServe(value: unknown, { role }: Pick<FastifyRequest, 'role'>): boolean | null {
  if (value === undefined || value === null || value === '') return null;
  if (value === false || value === 'false') return false;
  if (value !== true && value !== 'true') {
    const message: Message = ['errors.serveMustBeTrueOr'];
    throw new CodedError({ code: 'BAD_SERVE', status: 422, message, field: 'serve' });
  }
  if (role === 'admin') return true;
  const message: Message = ['errors.onlyAnAdminMayChoose'];
  throw new CodedError({ code: 'ADMIN_ONLY', status: 403, message, field: 'serve' });
}

/**
 * Errors of settings that are valid but cannot be used here and now; null when there are none.
 *
 * @param reach whose corrections would be trained on; null when that is settled already
 */
export async function wrongHere(
  workbench: Pick<Workbench, 'speeds' | 'corrections'>,
  settings: Settings,
  reach: CorrectionReach | null,
): Promise<SettingsErrors | null> {
  const { absent } = workbench.speeds.get(settings.engine);
  if (absent !== null) return { engine: ['fields.engineAbsent', { why: absent }] };
  const missing =
    settings.data === 'mnist+corrections' && reach && (await missingCorrections(workbench, reach));
  return missing ? { data: missing } : null;
}

/** A sentence when there are none to train on, else null. */
export async function missingCorrections(
  { corrections }: Pick<Workbench, 'corrections'>,
  reach: CorrectionReach,
): Promise<Message | null> {
  if ((await corrections.count(reachFilter(reach))) > 0) return null;
  const isAnybodys = reach === 'everybody' || (await corrections.count()) === 0;
  return [isAnybodys ? 'fields.noCorrections' : 'fields.noCorrectionsOfYours'];
}

/**
 * Stores the client's name.
 *
 * @param who from the form; if omitted, the name stays the same
 * @returns a sentence when it is invalid, else null
 */
export function takeName(request: FastifyRequest, reply: FastifyReply, who: unknown): Message | null {
  if (who === undefined) return null;
  if (typeof who !== 'string') return ['fields.whoText'];
  const name = tidyName(who);
  if ([...name].length > MOST_NAME_LETTERS) return ['fields.whoLong', { most: MOST_NAME_LETTERS }];
  rename(request, reply, name);
  return null;
}

/** The answer to a script: every invalid field, with its sentence. */
export function sendSettingsProblem(reply: FastifyReply, errors: FormErrors): FastifyReply {
  const said = sayAll(english, errors);
  return reply
    .code(422)
    .type('application/problem+json')
    .send({
      type: 'about:blank',
      title: 'Invalid request',
      status: 422,
      code: 'SETTINGS',
      detail: Object.values(said).join(' '),
      errors: said,
    });
}
