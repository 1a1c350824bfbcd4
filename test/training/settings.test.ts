import t from 'tap';
import { english, type Message, sayAll } from '../../src/catalogue/catalogue.ts';
import { OPTIMIZER, OPTIMIZERS } from '../../src/network/optimizers.ts';
import { DEFAULT_SETTINGS, parseSettings, SETTING_ROWS, unknownFields } from '../../src/training/settings.ts';

const said = ({ errors = {} }: { errors?: Readonly<Record<string, Message>> }) => sayAll(english, errors);

t.test('what is empty counts as left out', async (t) => {
  t.same(parseSettings({ epochs: '', seed: null, optimizer: undefined }), { settings: DEFAULT_SETTINGS });
});

t.test('text and JSON values mean the same', async (t) => {
  const expected = { ...DEFAULT_SETTINGS, epochs: 5, batchsize: 128, learningrate: 0.05, seed: 2 ** 32 - 1 };
  const json = { epochs: 5, batchsize: 128, learningrate: 0.05, seed: 2 ** 32 - 1 };
  const text = { epochs: ' 5 ', batchsize: '128', learningrate: '5e-2', seed: '4294967295' };
  t.same(parseSettings(json).settings, expected);
  t.same(parseSettings(text).settings, expected);
});

t.test('a learning rate left out follows the optimizer', async (t) => {
  for (const optimizer of OPTIMIZERS) {
    t.equal(
      parseSettings({ optimizer }).settings?.learningrate,
      OPTIMIZER[optimizer].learningRate,
      optimizer,
    );
  }
  const sgd = (batchsize: unknown) => parseSettings({ optimizer: 'sgd', batchsize }).settings?.learningrate;
  t.equal(sgd('2'), 0.025, 'and the batch size');
  t.equal(sgd(64), 0.1);
  t.same(Object.keys(parseSettings({ optimizer: 'sgd', batchsize: 0 }).errors!), ['batchsize']);
});

t.test('a server may have other defaults', async (t) => {
  const { settings } = parseSettings({}, { ...DEFAULT_SETTINGS, epochs: 7, optimizer: 'sgd' });
  t.match(settings, { epochs: 7, optimizer: 'sgd', learningrate: OPTIMIZER.sgd.learningRate });
});

t.test('every choice of the form can be sent', async (t) => {
  for (const { name, row } of SETTING_ROWS) {
    if (!('choices' in row)) continue;
    t.ok(row.choices.length > 1);
    for (const { value, label } of row.choices) {
      t.match(parseSettings({ [name]: value }).settings, { [name]: value });
      t.ok(label);
    }
  }
});

t.test('the borders of the ranges belong to them', async (t) => {
  for (const input of [
    { epochs: 1 },
    { epochs: 200 },
    { batchsize: 1 },
    { batchsize: 128 },
    { seed: 0 },
    { patience: 200 },
    { learningrate: 10 },
    { learningrate: 1e-9 },
  ]) {
    t.match(parseSettings(input).settings, input);
  }
});

t.test('what cannot be used gets a sentence at its field', async (t) => {
  const whole = (label: string, range: string) => `${label} must be a whole number from ${range}.`;
  const epochs = whole('Epochs', '1 to 200');
  const rate = 'Learning rate must be a number above 0 and at most 10.';
  const cases: [name: string, values: unknown[], sentence: string][] = [
    ['epochs', [0, 201, 1e9, -1, 1.5, '0x10', '1e', 'ten', Number.NaN, true, [], {}, [5]], epochs],
    ['batchsize', [0, 129], whole('Batch size', '1 to 128')],
    ['seed', [-1, 2 ** 32, '1e40'], whole('Seed', '0 to 4294967295')],
    ['patience', [0], whole('Patience', '1 to 200')],
    ['learningrate', [0, -1, 10.1, 'fast', Number.POSITIVE_INFINITY], rate],
    ['activation', ['RELU', 7, ['relu']], 'Activation must be one of relu, tanh, sigmoid.'],
    ['validation', ['none'], 'Validation must be one of heldout, test.'],
    ['engine', ['cuda'], 'Engine must be one of simd, tensorflow.'],
  ];
  for (const [name, values, sentence] of cases) {
    for (const value of values) {
      t.same(
        said(parseSettings({ [name]: value })),
        { [name]: sentence },
        `${name}: ${JSON.stringify(value)}`,
      );
    }
  }
});

t.test('an unknown optimizer is the only error, though its learning rate is not known', async (t) => {
  const errors = said(parseSettings({ optimizer: 'lion' }));
  t.same(Object.keys(errors), ['optimizer']);
  t.match(errors.optimizer, /^Optimizer must be one of adam, adagrad, .*, ftrl\.$/);
});

t.test('all errors are told at once', async (t) => {
  const errors = said(parseSettings({ epochs: 0, batchsize: 0, optimizer: 'lion' }));
  t.same(Object.keys(errors), ['optimizer', 'epochs', 'batchsize']);
});

t.test('a misspelt field is named, not dropped', async (t) => {
  t.equal(unknownFields({ epochs: 1, seed: 2 }), null);
  t.match(
    english(...unknownFields({ epoch: 1 })!),
    /^A run has no setting "epoch"; it has activation, optimizer, epochs, /,
  );
  const long = 'x'.repeat(1000);
  const sentence = english(...unknownFields({ [long]: 1, b: 1, c: 1, d: 1 })!)!;
  t.match(sentence, `"${'x'.repeat(30)}", "b", "c"; it has`, 'no more and no longer than needed');
});

t.test('a number that never ends is refused as soon as it is read', async (t) => {
  for (const endless of [`${'1'.repeat(900_000)}x`, `1e${'1'.repeat(900_000)}x`, `${' '.repeat(900_000)}x`]) {
    t.match(said(parseSettings({ epochs: endless })), { epochs: /whole number/ });
  }
});
