import t from 'tap';
import { english, type Message, sayAll } from '../../src/catalogue/catalogue.ts';
import { OPTIMIZER } from '../../src/network/optimizers.ts';
import { AXIS_NAMES, parseGrid } from '../../src/runs/grid.ts';
import {
  type ChoiceRow,
  DEFAULT_SETTINGS,
  type NumberRow,
  SETTING_ROWS,
} from '../../src/training/settings.ts';

const said = ({ errors = {} }: { errors?: Readonly<Record<string, Message>> }) => sayAll(english, errors);

t.test('every combination is a trial, the first axis changing slowest', async (t) => {
  const { grid } = parseGrid({ epochs: 3 }, { optimizer: ['sgd', 'adam'], batchsize: ['16', 32] });
  t.same(
    grid?.trials.map(({ optimizer, batchsize, epochs }) => [optimizer, batchsize, epochs]),
    [
      ['sgd', 16, 3],
      ['sgd', 32, 3],
      ['adam', 16, 3],
      ['adam', 32, 3],
    ],
  );
  t.same(grid?.axes, { optimizer: ['sgd', 'adam'], batchsize: [16, 32] });
  t.same(grid?.settings, { ...DEFAULT_SETTINGS, epochs: 3 });
});

t.test('a learning rate that nobody gave is the own one of each optimizer', async (t) => {
  const rates = (...args: Parameters<typeof parseGrid>) =>
    parseGrid(...args).grid?.trials.map(({ learningrate }) => learningrate);
  const optimizer = ['adam', 'sgd'];
  t.same(rates({}, { optimizer }), [OPTIMIZER.adam.learningRate, OPTIMIZER.sgd.learningRate]);
  t.same(rates({ optimizer: 'sgd' }, { batchsize: [2, 8] }), [0.025, 0.1]);
  t.same(rates({ learningrate: 0.05 }, { optimizer }), [0.05, 0.05]);
  t.same(rates({}, { optimizer, learningrate: [0.01, 0.1] }), [0.01, 0.1, 0.01, 0.1]);
});

t.test('any setting but the engine can be an axis', async (t) => {
  const two = (row: ChoiceRow | NumberRow) =>
    'choices' in row ? row.choices.slice(0, 2).map(({ value }) => value) : [row.min + 1, row.min + 2];
  const lists = Object.fromEntries(
    SETTING_ROWS.filter(({ name }) => name !== 'engine').map(({ name, row }) => [name, two(row)]),
  );
  t.same(Object.keys(lists).sort(), [...AXIS_NAMES].sort());
  for (const [name, values] of Object.entries(lists)) {
    const { grid } = parseGrid({}, { [name]: values });
    t.same(
      grid?.trials.map((settings) => settings[name as keyof typeof settings]),
      values,
      name,
    );
  }
  t.match(said(parseGrid({}, { engine: ['simd', 'tensorflow'] })).engine, /one engine/);
  t.match(said(parseGrid({}, { data: ['mnist', 'corrections'] })).data, /must be one of/);
});

t.test('a value that is named twice is tried once', async (t) => {
  const { grid } = parseGrid({}, { batchsize: [16, '16', ' 16.0 ', 32] });
  t.same(grid?.axes, { batchsize: [16, 32] });
});

t.test('a list of one value is a setting of all trials', async (t) => {
  const { grid } = parseGrid({ optimizer: 'adam' }, { optimizer: ['sgd'], batchsize: [16, 32] });
  t.same(grid?.axes, { batchsize: [16, 32] });
  t.match(grid?.settings, { optimizer: 'sgd', learningrate: OPTIMIZER.sgd.learningRate });
});

t.test('what cannot be tried is told beside its field', async (t) => {
  const errors = said(
    parseGrid(
      { epochs: 0, seed: 'x' },
      { batchsize: [16, 500], optimizer: ['adam', 'lion'], patience: [], learningrate: [0.1, null], seed: 3 },
    ),
  );
  t.same(Object.keys(errors).sort(), [
    'batchsize',
    'epochs',
    'learningrate',
    'optimizer',
    'patience',
    'seed',
  ]);
  t.equal(errors.batchsize, 'Batch size must be a whole number from 1 to 128.');
  t.equal(errors.learningrate, 'A value to try is missing.');
  t.equal(errors.patience, 'List the values to try, at least one.');
  t.equal(errors.seed, 'List the values to try, at least one.');
});

t.test('the number of trials has bounds', async (t) => {
  const seeds = (count: number) => Array.from({ length: count }, (_, i) => i);
  t.equal(parseGrid({}, { seed: seeds(32), batchsize: [16, 32] }).grid?.trials.length, 64);
  t.same(said(parseGrid({}, { seed: seeds(13), batchsize: [1, 2, 4, 8, 16] })), {
    grid: 'This makes 65 trials; at most 64 are allowed.',
  });
  t.same(said(parseGrid({}, { seed: seeds(2000), batchsize: seeds(129).slice(1), epochs: [1, 2] })), {
    grid: 'This makes 512,000 trials; at most 64 are allowed.',
  });
  for (const lists of [{}, { seed: [1] }, { seed: [1, 1], batchsize: [32] }]) {
    t.match(said(parseGrid({}, lists)).grid, /a single trial/);
  }
});

t.test("the server's own defaults are those of the trials", async (t) => {
  const { grid } = parseGrid({}, { seed: [1, 2] }, { ...DEFAULT_SETTINGS, engine: 'tensorflow' });
  t.same(
    grid?.trials.map(({ engine }) => engine),
    ['tensorflow', 'tensorflow'],
  );
});
