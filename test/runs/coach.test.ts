import { readFileSync } from 'node:fs';
import t from 'tap';
import { advise } from '../../src/runs/coach.ts';
import type { Epoch } from '../../src/training/epoch.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../src/training/settings.ts';

type Row = [loss: number, accuracy: number, val_loss: number, val_accuracy: number];

interface Curve {
  readonly settings: Partial<Settings>;
  readonly rows: readonly Row[];
}

/** Of real runs on MNIST, seed 1, with the settings named; four digits of each number. */
const file = new URL('../fixtures/curves.json', import.meta.url);
const {
  SOUND,
  GUESSING,
  SIGMOID_SGD,
  SMALL_STEPS,
  DIVERGED,
  LEARNING,
  PLATEAU,
  SLOW,
  OVERFITTING,
  SMALL_BATCHES,
  LARGE_STEPS,
  TINY_BATCHES,
}: Record<string, Curve> = JSON.parse(readFileSync(file, 'utf8'));

const curve = (settings: Partial<Settings>, rows: readonly Row[]): Curve => ({ settings, rows });

const epochsOf = ({ rows }: Curve): Epoch[] =>
  rows.map(([loss, accuracy, val_loss, val_accuracy], i) => ({
    epoch: i + 1,
    loss,
    accuracy,
    val_loss,
    val_accuracy,
    seconds: 1,
  }));

/** What is said of a curve's first epochs, all of them by default. */
function said(
  curve: Curve,
  { first = curve.rows.length, ...settings }: Partial<Settings> & { first?: number } = {},
) {
  return advise(epochsOf(curve).slice(0, first), { ...DEFAULT_SETTINGS, ...curve.settings, ...settings });
}

const kinds = (...args: Parameters<typeof said>) => said(...args).map(({ kind }) => kind);

t.test('nothing is said of a sound run, nor of too few epochs', async (t) => {
  t.same(advise([], DEFAULT_SETTINGS), []);
  for (let first = 1; first < SOUND.rows.length; first++)
    t.same(said(SOUND, { first }), [], `${first} epochs`);
  for (const one of [GUESSING, SMALL_STEPS, LEARNING, OVERFITTING, PLATEAU])
    t.same(said(one, { first: 1 }), []);
  t.same(said(OVERFITTING, { data: 'corrections' }), [], 'nor of a fine-tune');
});

t.test('guessing: steps too large, too small, or another reason', async (t) => {
  const [{ kind, sentence }] = said(GUESSING);
  t.equal(kind, 'guessing');
  t.equal(
    sentence,
    'After 4 epochs it is only guessing: 10 % of the validation images are right, and chance alone gives 10 %. The steps were probably too large. Its learning rate 0.1 is 100 times what adam usually needs: try 0.001.',
  );
  t.match(said(SMALL_STEPS, { activation: 'relu' }), [
    {
      sentence: /too small\. .* 1\/333 of what sgd usually needs: try 0\.1\.$/,
      settings: { learningrate: 0.1 },
    },
  ]);
  t.match(said(SMALL_STEPS, { learningrate: 0.1, optimizer: 'adadelta' }), [
    { sentence: /steps were probably too small/ },
  ]);
  t.match(said(SMALL_STEPS, { learningrate: 1, optimizer: 'adadelta' }), [
    { sentence: /Sigmoid units saturate.* Try relu or tanh\.$/, settings: { activation: 'relu' } },
  ]);
  // Six seeds of each optimizer learnt with its usual rate: none is to blame.
  t.match(said(GUESSING, { learningrate: 0.001 }), [
    { sentence: /too large\. Try a lower learning rate, such as 0\.0003\.$/ },
  ]);
});

t.test('guessing with sigmoid units and SGD or Adagrad: no rate helps', async (t) => {
  for (const learningrate of [0.0003, 0.1, 5])
    t.match(said(SIGMOID_SGD, { learningrate }), [
      {
        kind: 'guessing',
        sentence:
          /Sigmoid units saturate.* whatever the learning rate\. Try relu or tanh with 0\.1, or adam with 0\.001\.$/,
        settings: { activation: 'relu', learningrate: 0.1 },
      },
    ]);
  t.match(said(SIGMOID_SGD, { optimizer: 'adagrad' })[0].settings, { learningrate: 0.03 });
});

t.test('guessing with tiny batches: the rate is too large for them', async (t) => {
  t.same(said(TINY_BATCHES), [
    {
      kind: 'guessing',
      sentence:
        'After 3 epochs it is only guessing: 10 % of the validation images are right, and chance alone gives 10 %. The steps were probably too large. Its learning rate 0.1 is 8 times what sgd usually needs at batch size 1: try 0.0125.',
      settings: { learningrate: 0.0125 },
    },
  ]);
  t.same(said(TINY_BATCHES, { first: 1 }), [], 'it may have begun slowly');
  t.match(said(TINY_BATCHES, { first: 1, epochs: 1 })[0].sentence, /^After 1 epoch it is only guessing/);
});

t.test('diverged: worse than knowing nothing, fallen apart, or no longer a number', async (t) => {
  const [{ kind, sentence }] = said(DIVERGED);
  t.equal(kind, 'diverged');
  t.match(sentence, /^Its loss is worse than chance.* 10 times what sgd usually needs: try 0\.1\.$/);
  // A run that reads, and after it one that guesses.
  const apart = curve({ learningrate: 0.001 }, [...SOUND.rows.slice(0, 3), ...GUESSING.rows.slice(0, 1)]);
  t.match(said(apart), [
    { kind: 'diverged', sentence: /^It fell apart after epoch 2, from 98 % .* such as 0\.0003\.$/ },
  ]);
  const infinite = curve({}, [[Number.NaN, 0.1, Number.POSITIVE_INFINITY, 0.1]]);
  t.same(kinds(infinite), ['diverged']);
});

t.test('still learning, only when its epochs are over', async (t) => {
  t.match(said(LEARNING), [
    {
      kind: 'learning',
      settings: { epochs: 8 },
      sentence:
        'It was still improving after 4 epochs: val_loss fell by 51 % over the last 3 epochs. Try more epochs, such as 8; training stops by itself when it no longer improves.',
    },
  ]);
  t.same(said(LEARNING, { epochs: 5 }), []);
  const long = curve(
    LEARNING.settings,
    Array.from({ length: 200 }, (_, i): Row => [1, 0.5, 0.99 ** (10 * i), 0.9]),
  );
  t.match(said(long, { first: 150, epochs: 150 })[0].sentence, /Try more epochs, such as 200;/);
  t.notOk(kinds(long, { epochs: 200 }).includes('learning'), 'more than 200 no run has');
  t.match(said(LEARNING, { epochs: 2, first: 2 })[0].sentence, /fell by 13 % in the last epoch/);
});

t.test('plateau: by the learning rate', async (t) => {
  t.match(said(PLATEAU), [
    { kind: 'plateau', sentence: /near 0\.051\. The steps are too large .* try 0\.001\.$/ },
  ]);
  t.match(said(PLATEAU, { learningrate: 0.001 })[0].sentence, /Try a schedule that ends with small steps/);
  t.match(said(PLATEAU, { learningrate: 0.001, schedule: 'cosine' })[0].sentence, /another optimizer/);
  t.match(said(SLOW), [
    { kind: 'plateau', sentence: /The steps are small\. .* 1\/1000 of what adadelta .* try 1\.$/ },
  ]);
});

t.test('overfitting since its best epoch', async (t) => {
  t.match(said(OVERFITTING), [
    { kind: 'overfitting', sentence: /^It has overfitted since epoch 5: .* train with augmentation/ },
  ]);
  t.match(said(OVERFITTING, { augmentation: 'affine' })[0].sentence, /train on pen digits too\.$/);
  t.match(
    said(OVERFITTING, { augmentation: 'affine', data: 'mnist+pen' })[0].sentence,
    /more epochs gain nothing\.$/,
  );
  t.same(said(OVERFITTING, { first: 7 }), [], 'two epochs after the best one prove nothing');
});

t.test('too noisy: steps or batches that do not fit', async (t) => {
  t.match(said(SMALL_BATCHES)[0], {
    kind: 'noisy',
    sentence:
      /^val_loss jumps .* 2 times what sgd usually needs at batch size 4: try 0\.05\. .*, or a larger batch than 4 helps too\.$/,
  });
  t.same(kinds(LARGE_STEPS), ['noisy'], 'its standstill is not advised upon again');
  t.match(said(LARGE_STEPS)[0], {
    kind: 'noisy',
    sentence: /10 times what rmsprop usually needs: try 0\.001\. .* too\.$/,
  });
  t.notOk(
    kinds(SMALL_BATCHES, { first: 5 }).includes('noisy'),
    'three epochs after the first two are too few',
  );
});

t.test('what a schedule already does is not advised', async (t) => {
  t.match(said(LARGE_STEPS)[0].sentence, /try 0\.001\. A schedule that lowers it by itself .* helps too\.$/);
  const [noisy] = said(LARGE_STEPS, { schedule: 'cosine' });
  t.match(noisy, { kind: 'noisy', sentence: /try 0\.001\.$/ });
  const [small] = said(SMALL_BATCHES, { schedule: 'onecycle' });
  t.match(small.sentence, /try 0\.05\. A larger batch than 4 helps too\.$/);
});

t.test('a fork is not judged by the epochs that it was given', async (t) => {
  const epochs = epochsOf(LARGE_STEPS);
  const settings = { ...DEFAULT_SETTINGS, ...LARGE_STEPS.settings, learningrate: 0.001, epochs: 50 };
  const fork = (own: readonly Epoch[]) => advise([...epochs, ...own], settings, epochs.length);
  const { epoch: done, ...last } = epochs.at(-1)!;
  const next = (i: number, metrics: object) => ({ ...last, epoch: done + i, ...metrics });
  t.same(fork([]), [], 'it has done nothing yet');
  t.same(fork([next(1, {}), next(2, {})]), [], 'the noise was that of other steps');
  const fallen = { loss: 2.3, accuracy: 0.1, val_loss: 2.3, val_accuracy: 0.1 };
  t.match(fork([next(1, fallen)]), [{ kind: 'diverged', sentence: /It fell apart after epoch \d+/ }]);
  const learning = advise(
    [...epochs, next(1, { val_loss: 0.2 }), next(2, { val_loss: 0.1 })],
    { ...settings, epochs: done + 2 },
    epochs.length,
  );
  t.match(learning, [
    {
      kind: 'learning',
      sentence: `improving after ${done + 2} epochs`,
      settings: { epochs: 2 * done + 4 },
    },
  ]);
});
