/**
 * The settings of a run: one table of fields gives the form its labels and defaults, the routes their checks and
 * sentences, and scripts their JSON.
 */
import type { Augmentation } from '../datasets/augmentation.ts';
import { ENGINES, type EngineName } from '../engines/engine.ts';
import { ACTIVATION_LABELS, ACTIVATIONS, type Activation } from '../network/activations.ts';
import { defaultLearningRate, OPTIMIZER, OPTIMIZERS, type OptimizerName } from '../network/optimizers.ts';
import type { Schedule } from './schedule.ts';

export const DATASETS = ['mnist', 'mnist+pen', 'mnist+corrections', 'corrections'] as const;

/**
 * What is learnt from: MNIST; MNIST and real pen strokes, or the drawings that somebody corrected, each drawn many
 * times; or mostly the corrections, for a network that can read already: only a fine-tune does that.
 */
export type Dataset = (typeof DATASETS)[number];

export const VALIDATIONS = ['heldout', 'test'] as const;

/** What early stopping watches: 5,000 images held out of the training set, or the test set as the tutorial does. */
export type Validation = (typeof VALIDATIONS)[number];

export interface Settings {
  readonly activation: Activation;
  readonly optimizer: OptimizerName;
  /** Most epochs, 1–200. */
  readonly epochs: number;
  /** Images a step, 1–128. */
  readonly batchsize: number;
  /** Above 0, at most 10. */
  readonly learningrate: number;
  /** How the learning rate moves over the run. */
  readonly schedule: Schedule;
  readonly data: Dataset;
  readonly augmentation: Augmentation;
  /** 0 – 2³² − 1. */
  readonly seed: number;
  readonly validation: Validation;
  /** Epochs without a lower val_loss before the run stops by itself, 1–200. */
  readonly patience: number;
  /** Seconds of training after which the run ends with its best weights, 0–86,400; 0 = no such limit. */
  readonly timebudget: number;
  readonly engine: EngineName;
}

export type SettingName = keyof Settings;

/** What a person or a script sent: any subset of the fields, as text or as JSON values. */
export type SettingsInput = Readonly<Partial<Record<SettingName, unknown>>>;

/** One sentence for each field that cannot be used. */
export type SettingsErrors = Readonly<Partial<Record<SettingName, string>>>;

export interface Choice {
  readonly value: string;
  readonly label: string;
}

const choices = (values: readonly string[], label: (value: string) => string): Choice[] =>
  values.map((value) => ({ value, label: label(value) }));

/** Labels and the values each choice may have, in the order of the form. */
export const CHOICES = {
  activation: choices(ACTIVATIONS, (value) => ACTIVATION_LABELS[value as Activation]),
  optimizer: choices(OPTIMIZERS, (value) => OPTIMIZER[value as OptimizerName].label),
  schedule: [
    { value: 'constant', label: 'Constant' },
    { value: 'onecycle', label: 'One-cycle: up, then down to zero' },
    { value: 'cosine', label: 'Cosine: down to zero' },
  ],
  data: [
    { value: 'mnist', label: 'MNIST' },
    { value: 'mnist+pen', label: 'MNIST and pen digits' },
    { value: 'mnist+corrections', label: 'MNIST and my corrections' },
  ],
  augmentation: [
    { value: 'off', label: 'Off' },
    { value: 'affine', label: 'Shift, rotate, scale, shear' },
    { value: 'elastic', label: 'The same + elastic' },
  ],
  validation: [
    { value: 'heldout', label: '5,000 images held out of the training set' },
    { value: 'test', label: 'The test set, as the tutorial does' },
  ],
  engine: choices(ENGINES, (value) => value),
} as const satisfies Partial<Record<SettingName, readonly Choice[]>>;

/** Bounds of the numbers, both included (the learning rate must be above its minimum). */
export const RANGES = {
  epochs: { label: 'Epochs', min: 1, max: 200 },
  batchsize: { label: 'Batch size', min: 1, max: 128 },
  seed: { label: 'Seed', min: 0, max: 2 ** 32 - 1 },
  patience: { label: 'Patience', min: 1, max: 200 },
  timebudget: { label: 'Time budget', min: 0, max: 86_400 },
  learningrate: { label: 'Learning rate', min: 0, max: 10 },
} as const satisfies Partial<Record<SettingName, { label: string; min: number; max: number }>>;

export const DEFAULT_SETTINGS: Settings = {
  activation: 'relu',
  optimizer: 'adam',
  epochs: 100,
  batchsize: 32,
  learningrate: OPTIMIZER.adam.learningRate,
  schedule: 'constant',
  data: 'mnist',
  augmentation: 'off',
  seed: 1,
  validation: 'heldout',
  patience: 3,
  timebudget: 0,
  engine: 'simd',
};

const SETTING_NAMES = Object.keys(DEFAULT_SETTINGS) as SettingName[];

/** How many unknown field names an error repeats before it stops. */
const NAMED_UNKNOWN_FIELDS = 3;

export type ParsedSettings =
  | { readonly settings: Settings; readonly errors?: never }
  | { readonly settings?: never; readonly errors: SettingsErrors };

/**
 * Checks what was sent and fills in the rest. An empty text counts as left out; without a learning rate the
 * optimizer's own for the batch size is taken.
 */
export function parseSettings(input: SettingsInput, defaults: Settings = DEFAULT_SETTINGS): ParsedSettings {
  const errors: Partial<Record<SettingName, string>> = {};
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

/** Is the learning rate the one that the optimizer brings, and so nobody's choice? */
export function hasDefaultRate({ learningrate, optimizer, batchsize }: Settings): boolean {
  return learningrate === defaultLearningRate(optimizer, batchsize);
}

/** A sentence naming fields that no run has, or null: a misspelt setting must not be dropped in silence. */
export function unknownFields(input: object): string | null {
  const unknown = Object.keys(input).filter((name) => !SETTING_NAMES.includes(name as SettingName));
  if (unknown.length === 0) return null;
  const named = unknown.slice(0, NAMED_UNKNOWN_FIELDS).map((name) => `"${name.slice(0, 30)}"`);
  return `A run has no setting ${named.join(', ')}; it has ${SETTING_NAMES.join(', ')}.`;
}

/** What people call a setting: "Batch size". */
export function settingLabel(name: SettingName): string {
  return name in RANGES ? RANGES[name as keyof typeof RANGES].label : name[0].toUpperCase() + name.slice(1);
}

type Parsed = { value: unknown } | { error: string };

function parseField(name: SettingName, value: unknown): Parsed {
  if (name in CHOICES) return parseChoice(name as keyof typeof CHOICES, value);
  const number = toNumber(value);
  const { label, min, max } = RANGES[name as keyof typeof RANGES];
  if (name === 'learningrate') {
    const usable = number > min && number <= max;
    return usable ? { value: number } : { error: `${label} must be a number above ${min}, at most ${max}.` };
  }
  const usable = Number.isInteger(number) && number >= min && number <= max;
  return usable ? { value: number } : { error: `${label} must be a whole number from ${min} to ${max}.` };
}

function parseChoice(name: keyof typeof CHOICES, value: unknown): Parsed {
  const allowed: readonly string[] = CHOICES[name].map((choice) => choice.value);
  if (typeof value === 'string' && allowed.includes(value)) return { value };
  return { error: `${settingLabel(name)} must be one of ${allowed.join(', ')}.` };
}

/** The number a text or JSON value stands for; NaN when it stands for none ("0x10", "1e", true, []). */
function toNumber(value: unknown): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^\s*[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?\s*$/i.test(value)
    ? Number(value)
    : Number.NaN;
}
