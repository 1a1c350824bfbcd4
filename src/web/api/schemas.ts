/** What several operations receive or send, by name: the components of the API description. */
import { type TSchema, Type } from 'typebox';
import { english } from '../../catalogue/catalogue.ts';
import { LARGEST_PICTURE_TEXT } from '../../images/sizes.ts';
import { DIGITS, IMAGE_SIDE, IMAGE_SIZE } from '../../network/lenet5.ts';
import { RUN_STATES } from '../../runs/run.ts';
import { SERVICE_REASONS } from '../../runs/service.ts';
import { type ChoiceRow, type NumberRow, SETTING_ROWS, SETTINGS } from '../../training/settings.ts';
import { INSIDE } from './inside-schemas.ts';
import { Id, oneOf, ref } from './operation.ts';

const Count = Type.Integer({ minimum: 0 });
const Share = Type.Number({ minimum: 0, maximum: 1 });
const Time = Type.String({ format: 'date-time', description: 'ISO 8601, UTC' });
const orNull = (schema: TSchema) => Type.Union([schema, Type.Null()]);

const Probabilities = Type.Array(Share, {
  minItems: DIGITS.classes,
  maxItems: DIGITS.classes,
  description: 'Of the digits 0 to 9; they sum to 1',
});

const Row = Type.Array(Type.Number({ minimum: 0, maximum: 255 }), {
  minItems: IMAGE_SIDE,
  maxItems: IMAGE_SIDE,
});
const Matrix = Type.Union(
  [
    Type.Array(Row, { minItems: IMAGE_SIDE, maxItems: IMAGE_SIDE }),
    Type.Array(Type.Number({ minimum: 0, maximum: 255 }), { minItems: IMAGE_SIZE, maxItems: IMAGE_SIZE }),
  ],
  {
    description:
      '28×28 numbers, as rows or flat, with any dimensions of 1 ([1, 28, 28, 1]); ink is high. They range from 0 to 1 if the largest is at most 1.5 (a small excess is clipped), otherwise from 0 to 255',
  },
);

const Point = Type.Array(Type.Number(), { minItems: 2, maxItems: 2, description: '[x, y], y downwards' });
const Strokes = Type.Array(Type.Array(Point, { minItems: 1 }), {
  minItems: 1,
  description: 'Lines as lists of points, in any unit',
});

/** The table by which settings are checked is the one that describes them. */
function settingSchema(row: ChoiceRow | NumberRow): TSchema {
  if ('choices' in row) return oneOf(valuesOf(row), { default: row.default });
  const { min, max } = row;
  const label = english(row.label);
  if (row === SETTINGS.learningrate) {
    const description = `${label}; by default the optimizer's own`;
    return Type.Number({ description, exclusiveMinimum: min, maximum: max });
  }
  const about = { description: label, maximum: max, default: row.default };
  return row.isFraction
    ? Type.Number({ ...about, exclusiveMinimum: min })
    : Type.Integer({ ...about, minimum: min });
}

const valuesOf = ({ choices }: ChoiceRow) => choices.map(({ value }) => value);

/** Name → schema; none is required. */
export const settingSchemas = Object.fromEntries(
  SETTING_ROWS.map(({ name, row }) => [name, settingSchema(row)]),
);

/** As they are sent: null and an empty text count as omitted, since forms and many clients send fields that were not filled in. */
export const settingInputs = Object.fromEntries(
  Object.entries(settingSchemas).map(([name, schema]) => {
    const { description } = schema as { readonly description?: string };
    return [
      name,
      Type.Union([schema, Type.Null(), Type.Literal('')], { ...(description && { description }) }),
    ];
  }),
);

/** Not a setting: whether the run goes into service when it ends. */
export const serveInput = Type.Union([Type.Boolean(), Type.Null(), oneOf(['true', 'false', ''])], {
  description:
    'true: put it into service when it ends, unless it only guesses (admins only); false: do not; omitted: put it into service where no token is needed',
});

/** The settings of an existing run: a fine-tune trains on corrections alone, which clients cannot request. */
const settingsOfRun = {
  ...settingSchemas,
  ...Object.fromEntries(
    SETTING_ROWS.flatMap(({ name, row }) =>
      'choices' in row && row.unasked ? [[name, oneOf([...valuesOf(row), ...row.unasked])]] : [],
    ),
  ),
};

const Owner = Type.Object({ id: Type.String(), name: Type.String() });

const runFields = {
  id: Id,
  url: Type.String({ description: 'Its address' }),
  state: oneOf(RUN_STATES),
  settings: ref('Settings'),
  createdAt: Time,
  startedAt: orNull(Time),
  endedAt: orNull(Time),
  epochsDone: Count,
  bestEpoch: orNull(Id),
  bestValLoss: orNull(Type.Number()),
  bestValAccuracy: orNull(Share),
  seconds: Type.Number({ minimum: 0, description: 'Wall time of all epochs' }),
  testLoss: orNull(Type.Number()),
  testAccuracy: orNull(Share),
  testInterval: orNull(
    Type.Object(
      { low: Share, high: Share },
      { description: 'Wilson’s, 95 %; null when the epoch was chosen by the test set' },
    ),
  ),
  reason: orNull(Type.String({ description: 'Why it ended, in a sentence' })),
  attempts: Count,
  stopping: Type.Boolean({ description: 'Running, and asked to stop' }),
  resumes: Type.Boolean({ description: 'Interrupted, and resumes by itself' }),
  parent: orNull(
    Type.Object({
      name: Type.String(),
      runId: orNull(Id),
      epoch: orNull(Id),
      epochs: Type.Integer({ minimum: 0, description: 'How many of its first epochs are the parent’s' }),
    }),
  ),
  comparisons: Type.Array(
    Type.Object({ images: oneOf(['test', 'learnt', 'apart']), count: Count, before: Share, after: Share }),
  ),
  owner: orNull(Owner),
  corrections: orNull(
    Type.Object(
      { everybody: Type.Boolean(), owner: orNull(Owner), newest: Count },
      { description: 'The corrections it trains on: whose, and the id of the newest; null for none' },
    ),
  ),
  name: Type.String(),
  note: Type.String(),
  pinned: Type.Boolean(),
  sweepId: orNull(Id),
  pauseAfter: orNull(Id),
  stoppedEarly: Type.Boolean(),
  serve: orNull(Type.Boolean({ description: 'The client’s choice: put it into service when it ends?' })),
};

const sweepFields = {
  id: Id,
  url: Type.String(),
  state: oneOf(['queued', 'running', 'finished', 'stopped']),
  settings: ref('Settings'),
  axes: Type.Record(Type.String(), Type.Array(Type.Union([Type.String(), Type.Number()]))),
  halving: Type.Boolean(),
  owner: orNull(Owner),
  createdAt: Time,
  trialCount: Count,
  best: orNull(Type.Integer({ minimum: 1, description: 'The run with the lowest val_loss' })),
};

/** Name → schema. */
export const COMPONENTS: Readonly<Record<string, TSchema>> = {
  Problem: Type.Object(
    {
      type: Type.String(),
      title: Type.String(),
      status: Type.Integer({ minimum: 400, maximum: 599 }),
      detail: Type.String({ description: 'A sentence for people' }),
      code: Type.String({ description: 'For programs; never changes' }),
      field: Type.Optional(Type.String({ description: 'The field the error is about' })),
      errors: Type.Optional(Type.Record(Type.String(), Type.String())),
    },
    { description: 'Problem details (RFC 9457)' },
  ),
  SettingsInput: Type.Partial(Type.Object({ ...settingInputs, serve: serveInput }), {
    additionalProperties: false,
  }),
  Settings: Type.Object(settingsOfRun),
  Epoch: Type.Object({
    epoch: Id,
    loss: Type.Number(),
    accuracy: Share,
    val_loss: Type.Number(),
    val_accuracy: Share,
    seconds: Type.Number({ minimum: 0 }),
  }),
  RunSummary: Type.Object(runFields),
  Sweep: Type.Object(sweepFields),
  SweepWithTrials: Type.Object({
    ...sweepFields,
    trials: Type.Array(ref('RunSummary'), { description: 'Best first' }),
  }),
  Run: Type.Object({
    ...runFields,
    epochs: Type.Array(ref('Epoch')),
    advice: Type.Optional(
      Type.Array(
        Type.Object({
          kind: Type.String(),
          sentence: Type.String(),
          settings: orNull(
            Type.Object(
              {},
              { description: 'Settings to try instead of the run’s own', additionalProperties: true },
            ),
          ),
        }),
        { description: 'What its curves show' },
      ),
    ),
  }),
  Progress: Type.Object({
    running: Type.Boolean(),
    epoch: Type.Integer({ minimum: 0, description: 'From 0, as Keras counts' }),
    batch: Count,
    'batch metric': orNull(Type.Object({ loss: Type.Number(), accuracy: Share })),
    'last epoch': orNull(
      Type.Object({ loss: Type.Number(), accuracy: Share, val_loss: Type.Number(), val_accuracy: Share }),
    ),
    id: Id,
    state: oneOf(RUN_STATES),
    stopping: Type.Boolean(),
    epochs: Id,
    epochsDone: Count,
    batches: orNull(Count),
    queuePosition: orNull(Id),
    startsIn: orNull(Type.Number({ minimum: 0, description: 'In seconds, while it is waiting' })),
    imagesPerSecond: orNull(Type.Number()),
    secondsLeft: orNull(Type.Number()),
    share: orNull(Share),
    bestEpoch: orNull(Id),
    testAccuracy: orNull(Share),
    reason: orNull(Type.String()),
  }),
  Matrix,
  Strokes,
  PictureText: Type.String({
    minLength: 1,
    description: `A PNG, JPEG or WebP file as a data: URL, or as base64 alone; ${LARGEST_PICTURE_TEXT} at most`,
    examples: ['data:image/png;base64,…'],
  }),
  Input: Type.Union([
    Type.Object({ matrix: ref('Matrix') }),
    Type.Object({ strokes: ref('Strokes') }),
    Type.Object({ image: ref('PictureText') }),
  ]),
  Reading: Type.Object({
    digit: Type.Integer({
      minimum: 0,
      maximum: 9,
      description: 'The most probable; the first one if there are several digits',
    }),
    probabilities: Probabilities,
    sure: Type.Boolean({ description: 'Whether the answer is reliable' }),
    text: Type.String({
      description: 'For people, such as “Not sure: 4 or 9?”; rows of digits have “ / ” between them',
    }),
    fault: Type.Optional(
      Type.String({
        description: 'Why it is not sure, when the network is the reason: its low accuracy',
      }),
    ),
    digits: Type.Optional(
      Type.Array(
        Type.Object({
          digit: Type.Integer({ minimum: 0, maximum: 9 }),
          probabilities: Probabilities,
          sure: Type.Boolean(),
          box: Type.Object(
            { left: Type.Number(), top: Type.Number(), width: Type.Number(), height: Type.Number() },
            {
              description:
                'Where it is: in pixels of the picture held upright, or in the unit of the strokes or the matrix',
            },
          ),
          row: Type.Integer({ minimum: 0, description: 'From 0, from top to bottom' }),
        }),
        { description: 'Only when there are several digits; row by row, from left to right' },
      ),
    ),
    scale: Type.Optional(oneOf(['0-1', '0-255'], { description: 'The range the matrix was taken to have' })),
    hint: Type.Optional(
      Type.String({ description: 'When a matrix is probably not as intended, such as dark on light' }),
    ),
    model: Type.Optional(Type.String()),
    version: Type.Optional(ref('ModelId')),
    run: Type.Optional(orNull(Id)),
    epoch: Type.Optional(orNull(Id)),
    beside: Type.Optional(Type.Unsafe({ type: 'object', description: 'The same, read by another model' })),
    inside: Type.Optional(ref('Inside')),
    value: Type.Optional(ref('Value')),
  }),
  ...INSIDE,
  Model: Type.Object({
    model: orNull(Type.String()),
    source: Type.Optional(
      Type.Object({
        kind: oneOf(['shipped', 'file', 'run']),
        runId: Type.Optional(Id),
        epoch: Type.Optional(Id),
        file: Type.Optional(Type.String({ description: 'Its name' })),
      }),
    ),
    activation: Type.Optional(Type.String()),
    inputScale: Type.Optional(Type.Number()),
    testAccuracy: Type.Optional(orNull(Share)),
    before: Type.Optional(
      orNull(
        Type.Object(
          {
            model: Type.String(),
            run: Type.Union([Id, Type.String()], {
              description: '`POST /model` with it switches back',
            }),
            testAccuracy: orNull(Share),
          },
          { description: 'The model in service before it; null when unknown or no longer available' },
        ),
      ),
    ),
  }),
  Correction: Type.Object({
    id: Id,
    truth: Type.Integer({ minimum: 0, maximum: 9 }),
    answer: Type.Integer({ minimum: 0, maximum: 9 }),
    probabilities: Probabilities,
    model: Type.String(),
    image: Type.Array(Type.Integer({ minimum: 0, maximum: 255 }), {
      minItems: IMAGE_SIZE,
      maxItems: IMAGE_SIZE,
    }),
    strokes: orNull(ref('Strokes')),
    owner: orNull(Owner),
    createdAt: Time,
  }),
  ModelId: Type.String({
    pattern: '^(shipped|file|[1-9]\\d*(\\.[1-9]\\d*)?)$',
    description: '"shipped", "file", "12" for run 12’s best epoch, "12.3" for its third',
  }),
  ModelEntry: Type.Object({
    id: ref('ModelId'),
    name: Type.String(),
    run: orNull(Id),
    epoch: orNull(Id),
    testAccuracy: orNull(Share),
    validationAccuracy: orNull(Share),
    inService: Type.Boolean(),
  }),
  ServiceEntry: Type.Object({
    entry: Type.Integer({ minimum: 1, description: 'Its entity tag, for If-Match' }),
    model: ref('ModelId'),
    name: Type.String(),
    run: orNull(Id),
    epoch: orNull(Id),
    since: Time,
    reason: oneOf(SERVICE_REASONS),
    chosenBy: orNull(Type.String()),
    isKept: Type.Boolean({ description: 'Whether its weights are still kept' }),
  }),
  Change: Type.Object({
    count: Count,
    accuracy: Share,
    interval: Type.Object({ low: Share, high: Share }),
    before: Type.Number({ minimum: 0, maximum: 1, description: 'Of the model in service' }),
    won: Type.Array(Count, { description: 'Indices of the images that only this model gets right' }),
    lost: Type.Array(Count),
    p: Type.Number({ minimum: 0, maximum: 1, description: 'McNemar’s, mid-p' }),
    verdict: oneOf(['better', 'worse', 'same']),
  }),
  Room: Type.Object({
    name: Type.String({ description: '"default" for the one that is always there' }),
    budget: Type.Object({
      runs: Type.Integer({
        minimum: 0,
        description: 'How many of its newest runs keep all their checkpoints',
      }),
      megabytes: orNull(Type.Integer({ minimum: 0, description: 'Most that those may take together' })),
    }),
    runs: Count,
    sweeps: Count,
    corrections: Count,
    createdAt: Time,
  }),
  RoomTokens: Type.Object({
    pupils: Type.String({ description: 'Signs pupils in' }),
    teacher: Type.String({ description: "Signs the room's teachers in" }),
  }),
  Person: Type.Object({
    id: Type.String({ description: 'As the `id` of an `owner`' }),
    name: Type.String({ description: 'Empty when they did not say' }),
    runs: Count,
    sweeps: Count,
    corrections: Count,
    latest: Time,
  }),
};
