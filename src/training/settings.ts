/**
 * The settings of a run, one row each. The rows determine the type, the defaults, the checks and their sentences; the
 * forms for a run, a fork and a sweep; the settings on pages; and the API description.
 */
import type { Message, MessageKey, Translate } from '../catalogue/catalogue.ts';
import type { Augmentation } from '../datasets/augmentation.ts';
import { ENGINES, type EngineName } from '../engines/engine.ts';
import type { Activation } from '../network/activations.ts';
import { defaultLearningRate, OPTIMIZER, OPTIMIZERS, type OptimizerName } from '../network/optimizers.ts';
import type { Schedule } from './schedule.ts';

export const DATASETS = ['mnist', 'mnist+pen', 'mnist+corrections', 'corrections'] as const;

/**
 * The training data: MNIST; MNIST and pen drawings or corrected drawings, each repeated; or mostly the corrections, for a
 * trained network, which only a fine-tune uses.
 */
export type Dataset = (typeof DATASETS)[number];

export const VALIDATIONS = ['heldout', 'test'] as const;

/** What early stopping watches: 5,000 images held out of the training set, or the test set as the tutorial does. */
export type Validation = (typeof VALIDATIONS)[number];

export interface Choice {
  readonly value: string;
  /** A message, or a name that is the same in every language. */
  readonly label: { readonly said: MessageKey } | string;
}

/** Label of one of a setting's values. */
export function choiceLabel(t: Translate, { label }: Choice): string {
  return typeof label === 'string' ? label : t(label.said);
}

/** Fields of every row. */
interface Row {
  /** Its name for people, also in sentences. */
  readonly label: MessageKey;
  /** Its control's label, if different. */
  readonly title?: MessageKey;
  /** After the label: "in epochs". */
  readonly hint?: MessageKey;
  /** Id of its label, which shows the current value, for the settings the form shows first. The others are advanced. */
  readonly display?: string;
  /** Sweeps usually vary it, so it is not advanced there. */
  readonly varied?: true;
  /** Why a fork cannot change it. */
  readonly keptByForks?: MessageKey;
  /** It affects how long a run trains, or on which engine, but not what it learns. */
  readonly isLength?: true;
  /** Not shown beside a run in lists. */
  readonly unlisted?: true;
}

/** One of several values. */
export interface ChoiceRow<Value extends string = string> extends Row {
  readonly choices: readonly (Choice & { readonly value: Value })[];
  readonly default: Value;
  /** Values that a run may have but clients cannot request. */
  readonly unasked?: readonly Value[];
  /** Needs room for the labels of its choices. */
  readonly wide?: true;
}

/** A number from `min` to `max`, both included. */
export interface NumberRow extends Row {
  readonly min: number;
  readonly max: number;
  readonly default: number;
  /** It need not be whole, and must be above `min`. */
  readonly isFraction?: true;
  /** Marks below its slider; without them it is a text field. */
  readonly marks?: readonly number[];
  /** Placeholder of an empty control, which stands for 0. */
  readonly none?: MessageKey;
}

const choice = <Value extends string>(row: ChoiceRow<Value>): ChoiceRow<Value> => row;
const number = (row: NumberRow): NumberRow => row;

const labelled = <Value extends string>(values: readonly Value[], label: (value: Value) => string) =>
  values.map((value) => ({ value, label: label(value) }));

/** In the order of JSON and of the forms. */
export const SETTINGS = {
  activation: choice<Activation>({
    label: 'settings.activation',
    choices: [
      { value: 'relu', label: { said: 'settings.activationRelu' } },
      { value: 'tanh', label: { said: 'settings.activationTanh' } },
      { value: 'sigmoid', label: { said: 'settings.activationSigmoid' } },
    ],
    default: 'relu',
    display: 'activationdisplay',
    keptByForks: 'settings.activationKeptByForks',
  }),
  optimizer: choice<OptimizerName>({
    label: 'settings.optimizer',
    choices: labelled(OPTIMIZERS, (value) => OPTIMIZER[value].label),
    default: 'adam',
    display: 'optimizerdisplay',
  }),
  /** Most epochs. */
  epochs: number({
    label: 'settings.epochs',
    hint: 'settings.epochsHint',
    min: 1,
    max: 200,
    default: 100,
    marks: [1, 100, 200],
    display: 'epochdisplay',
    isLength: true,
    unlisted: true,
  }),
  /** Images a step. */
  batchsize: number({
    label: 'settings.batchsize',
    min: 1,
    max: 128,
    default: 32,
    marks: [1, 128],
    display: 'batchdisplay',
  }),
  learningrate: number({
    label: 'settings.learningrate',
    min: 0,
    max: 10,
    default: OPTIMIZER.adam.learningRate,
    isFraction: true,
    varied: true,
  }),
  /** The course of the learning rate over the run. */
  schedule: choice<Schedule>({
    label: 'settings.schedule',
    title: 'settings.scheduleTitle',
    choices: [
      { value: 'constant', label: { said: 'settings.scheduleConstant' } },
      { value: 'onecycle', label: { said: 'settings.scheduleOnecycle' } },
      { value: 'cosine', label: { said: 'settings.scheduleCosine' } },
    ],
    default: 'constant',
  }),
  data: choice<Dataset>({
    label: 'settings.data',
    title: 'settings.dataTitle',
    choices: [
      { value: 'mnist', label: 'MNIST' },
      { value: 'mnist+pen', label: { said: 'settings.dataMnistPen' } },
      { value: 'mnist+corrections', label: { said: 'settings.dataMnistCorrections' } },
    ],
    unasked: ['corrections'],
    default: 'mnist',
  }),
  augmentation: choice<Augmentation>({
    label: 'settings.augmentation',
    choices: [
      { value: 'off', label: { said: 'settings.augmentationOff' } },
      { value: 'affine', label: { said: 'settings.augmentationAffine' } },
      { value: 'elastic', label: { said: 'settings.augmentationElastic' } },
    ],
    default: 'off',
  }),
  seed: number({
    label: 'settings.seed',
    title: 'settings.seedTitle',
    min: 0,
    max: 2 ** 32 - 1,
    default: 1,
    varied: true,
  }),
  validation: choice<Validation>({
    label: 'settings.validation',
    title: 'settings.validationTitle',
    choices: [
      { value: 'heldout', label: { said: 'settings.validationHeldout' } },
      { value: 'test', label: { said: 'settings.validationTest' } },
    ],
    default: 'heldout',
    wide: true,
    keptByForks: 'settings.validationKeptByForks',
  }),
  /** Epochs without a lower val_loss before the run stops by itself. */
  patience: number({
    label: 'settings.patience',
    hint: 'settings.patienceHint',
    min: 1,
    max: 200,
    default: 3,
    isLength: true,
    unlisted: true,
  }),
  /** Epochs before patience counts: Keras's `start_from_epoch`. */
  startfromepoch: number({
    label: 'settings.startfromepoch',
    hint: 'settings.startfromepochHint',
    min: 0,
    max: 200,
    default: 0,
    isLength: true,
  }),
  /** Seconds of training after which the run ends with its best weights; 0 = no such limit. */
  timebudget: number({
    label: 'settings.timebudget',
    hint: 'settings.timebudgetHint',
    min: 0,
    max: 86_400,
    default: 0,
    none: 'settings.none',
    isLength: true,
  }),
  engine: choice<EngineName>({
    label: 'settings.engine',
    choices: labelled(ENGINES, (value) => value),
    default: 'simd',
    wide: true,
    isLength: true,
  }),
};

type Rows = typeof SETTINGS;

export type SettingName = keyof Rows;

export type Settings = {
  readonly [Name in SettingName]: Rows[Name] extends ChoiceRow<infer Value> ? Value : number;
};

export const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[];

/** Rows with their names; a row has either `choices` or `min` and `max`. */
export const SETTING_ROWS = SETTING_NAMES.map((name): { name: SettingName; row: ChoiceRow | NumberRow } => ({
  name,
  row: SETTINGS[name],
}));

export const DEFAULT_SETTINGS = Object.fromEntries(
  SETTING_ROWS.map(({ name, row }) => [name, row.default]),
) as unknown as Settings;

/** Input from a form or a script: any subset of the fields, as text or JSON values. */
export type SettingsInput = Readonly<Partial<Record<SettingName, unknown>>>;

/** One sentence for each invalid field. */
export type SettingsErrors = Readonly<Partial<Record<SettingName, Message>>>;

/** How many unknown field names an error repeats before it stops. */
const NAMED_UNKNOWN_FIELDS = 3;

export type ParsedSettings =
  | { readonly settings: Settings; readonly errors?: never }
  | { readonly settings?: never; readonly errors: SettingsErrors };

/**
 * Checks the input and fills in the rest. An empty text counts as omitted; without a learning rate the optimizer's
 * default for the batch size is used.
 */
export function parseSettings(input: SettingsInput, defaults: Settings = DEFAULT_SETTINGS): ParsedSettings {
  const errors: Partial<Record<SettingName, Message>> = {};
  const settings: Record<string, unknown> = {};
  for (const name of SETTING_NAMES) {
    const value = input[name];
    const parsed = isLeftOut(value) ? { value: defaults[name] } : parseField(name, value);
    if ('error' in parsed) errors[name] = parsed.error;
    else settings[name] = parsed.value;
  }
  const { optimizer, batchsize } = settings as Partial<Settings>;
  if (isLeftOut(input.learningrate) && optimizer !== undefined && batchsize !== undefined) {
    settings.learningrate = defaultLearningRate(optimizer, batchsize);
  }
  return Object.keys(errors).length > 0 ? { errors } : { settings: settings as unknown as Settings };
}

const isLeftOut = (value: unknown) => value === undefined || value === null || value === '';

/** Is the learning rate the optimizer's default, and so not a choice? */
export function hasDefaultRate({ learningrate, optimizer, batchsize }: Settings): boolean {
  return learningrate === defaultLearningRate(optimizer, batchsize);
}

/** A sentence naming unknown fields, or null: a misspelt setting must not be ignored. */
export function unknownFields(input: object): Message | null {
  const unknown = Object.keys(input).filter((name) => !SETTING_NAMES.includes(name as SettingName));
  if (unknown.length === 0) return null;
  const named = unknown.slice(0, NAMED_UNKNOWN_FIELDS).map((name) => `"${name.slice(0, 30)}"`);
  return ['settings.unknown', { names: named.join(', '), settings: SETTING_NAMES.join(', ') }];
}

type Parsed = { value: unknown } | { error: Message };

function parseField(name: SettingName, value: unknown): Parsed {
  const row: ChoiceRow | NumberRow = SETTINGS[name];
  return 'choices' in row ? parseChoice(row, value) : parseNumber(row, value);
}

function parseNumber({ label, min, max, isFraction }: NumberRow, value: unknown): Parsed {
  const number = toNumber(value);
  if (isFraction) {
    const usable = number > min && number <= max;
    return usable ? { value: number } : { error: ['settings.mustBeFraction', { label: [label], min, max }] };
  }
  const usable = Number.isInteger(number) && number >= min && number <= max;
  return usable ? { value: number } : { error: ['settings.mustBeWhole', { label: [label], min, max }] };
}

function parseChoice({ label, choices }: ChoiceRow, value: unknown): Parsed {
  const allowed = choices.map((choice) => choice.value);
  if (typeof value === 'string' && allowed.includes(value)) return { value };
  return { error: ['settings.mustBeOneOf', { label: [label], values: allowed.join(', ') }] };
}

/** The number a text or JSON value stands for; NaN when it is not a number ("0x10", "1e", true, []). */
function toNumber(value: unknown): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^\s*[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?\s*$/i.test(value)
    ? Number(value)
    : Number.NaN;
}
