/** What every engine does, whatever it computes with: one suite, run on each. */
import { createHash } from 'node:crypto';
import type { Test } from 'tap';
import { readMnist } from '../../src/datasets/mnist.ts';
import type { Engine, EngineOptions, LabelledImages } from '../../src/engines/engine.ts';
import { glorotUniform } from '../../src/network/initializers.ts';
import { DIGITS, IMAGE_SIZE } from '../../src/network/lenet5.ts';
import { OPTIMIZER, OPTIMIZERS } from '../../src/network/optimizers.ts';
import { Random } from '../../src/network/random.ts';

export type MakeEngine = (options: EngineOptions) => Promise<Engine>;

/** Images that the tests of engines use: the first of MNIST's test set. */
export const IMAGE_COUNT = 300;
const MNIST = readMnist('test');
const IMAGES = MNIST.images.subarray(0, IMAGE_COUNT * IMAGE_SIZE);
const LABELS = MNIST.labels.subarray(0, IMAGE_COUNT);

export const OPTIONS: EngineOptions = { activation: 'relu', inputScale: 1 / 255, optimizer: 'adam' };

export const initialWeights = () => glorotUniform(new Random(7));

/** The images of `IMAGE_COUNT` in an engine's memory. */
export function loadImages(engine: Engine): LabelledImages {
  const images = engine.allocateImages(IMAGE_COUNT);
  images.images.set(IMAGES);
  images.labels.set(LABELS);
  return images;
}

/** The positions of a batch: `size` of them, others for each number. */
export function batch(number: number, size = 32): Uint32Array {
  return Uint32Array.from({ length: size }, (_, i) => (number * size + i * 7) % IMAGE_COUNT);
}

/** Losses of `count` steps on batches `from`, `from` + 1, … */
export function train(
  engine: Engine,
  images: LabelledImages,
  { from = 0, count = 3, size = 32 } = {},
): number[] {
  return Array.from({ length: count }, (_, i) => engine.trainStep(images, batch(from + i, size)).loss);
}

export function contractSuite(t: Test, makeEngine: MakeEngine): void {
  /** An engine with initial weights, which the end of the test disposes of. */
  async function start(t: Test, options: Partial<EngineOptions> = {}) {
    return begin(t, { ...OPTIONS, ...options });
  }

  /** The same without an optimizer. */
  const startReader = (t: Test) => begin(t, { activation: 'relu', inputScale: 1 / 255 });

  async function begin(t: Test, options: EngineOptions) {
    const engine = await makeEngine(options);
    t.teardown(() => engine.dispose());
    engine.setState({ weights: initialWeights() });
    return { engine, images: loadImages(engine) };
  }

  t.test('a step with each optimizer lowers the loss of its batch', async (t) => {
    for (const optimizer of OPTIMIZERS.filter((name) => name !== 'ftrl')) {
      const { engine, images } = await start(t, { optimizer });
      engine.learningRate = OPTIMIZER[optimizer].learningRate / 5;
      const [before, after] = [0, 0].map(() => engine.trainStep(images, batch(0)).loss);
      t.ok(after < before, `${optimizer}: ${before} → ${after}`);
    }
  });

  t.test('fifty steps learn a batch', async (t) => {
    const { engine, images } = await start(t);
    for (let i = 0; i < 50; i++) engine.trainStep(images, batch(0));
    const { loss, accuracy } = engine.trainStep(images, batch(0));
    t.ok(loss < 1, `loss ${loss}`);
    t.ok(accuracy > 0.8, `accuracy ${accuracy}`);
  });

  t.test('the same weights and batches give the same losses, to the last bit', async (t) => {
    const runs = await Promise.all([0, 1].map(() => start(t)));
    const [first, second] = runs.map(({ engine, images }) => train(engine, images, { count: 5 }));
    t.same(first, second);
    t.same(digest(runs[0].engine), digest(runs[1].engine));
  });

  t.test('a state put back goes on as if nothing had happened', async (t) => {
    for (const optimizer of OPTIMIZERS) {
      const one = await start(t, { optimizer });
      train(one.engine, one.images);
      const state = one.engine.getState();
      t.equal(state.step, 3);
      t.same(Object.keys(state.slots), OPTIMIZER[optimizer].slots);
      const other = await start(t, { optimizer });
      other.engine.setState(state);
      const next = { from: 3, count: 2 };
      t.same(train(other.engine, other.images, next), train(one.engine, one.images, next), optimizer);
      t.same(digest(other.engine), digest(one.engine), optimizer);
    }
  });

  t.test('a state without slots starts the optimizer afresh', async (t) => {
    for (const optimizer of ['adam', 'nadam', 'ftrl'] as const) {
      const used = await start(t, { optimizer });
      train(used.engine, used.images);
      const { weights } = used.engine.getState();
      const fresh = await start(t, { optimizer });
      for (const { engine } of [used, fresh]) engine.setState({ weights, step: 3 });
      t.equal(used.engine.getState().step, 0);
      t.same(train(used.engine, used.images), train(fresh.engine, fresh.images), optimizer);
    }
  });

  t.test('a state is a copy, both ways', async (t) => {
    const { engine, images } = await start(t);
    const weights = initialWeights();
    engine.setState({ weights });
    weights.fill(0);
    const state = engine.getState();
    t.equal(hash(state.weights), hash(initialWeights()));
    const unchanged = digest(engine);
    train(engine, images, { count: 1 });
    t.equal(hash(state.weights), hash(initialWeights()), 'a step does not reach it');
    engine.setState(state);
    state.weights.fill(0);
    state.slots.momentum.fill(1);
    t.same(digest(engine), unchanged);
  });

  t.test('two engines side by side know nothing of each other', async (t) => {
    const alone = await start(t);
    const expected = train(alone.engine, alone.images, { count: 4 });
    const one = await start(t);
    const other = await start(t, { activation: 'tanh', optimizer: 'rmsprop' });
    const losses = Array.from({ length: 4 }, (_, from) => {
      train(other.engine, other.images, { from: from + 9, count: 1 });
      return train(one.engine, one.images, { from, count: 1 })[0];
    });
    t.same(losses, expected);
  });

  t.test('the learning rate is the optimizer’s until another is set', async (t) => {
    const { engine, images } = await start(t, { optimizer: 'sgd' });
    t.equal(engine.learningRate, OPTIMIZER.sgd.learningRate);
    engine.learningRate = 0;
    train(engine, images);
    t.equal(hash(engine.getState().weights), hash(initialWeights()), 'a rate of 0 changes nothing');
    const change = (rate: number) => {
      engine.setState({ weights: initialWeights() });
      engine.learningRate = rate;
      train(engine, images, { count: 1 });
      const { weights } = engine.getState();
      return Math.hypot(...initialWeights().map((weight, i) => weights[i] - weight));
    };
    const ratio = change(0.2) / change(0.1);
    t.ok(Math.abs(ratio - 2) < 1e-3, `twice the rate changes the weights ${ratio} times as much`);
  });

  t.test('a step’s metrics are those of its images before it, in batches of any size', async (t) => {
    const { engine, images } = await start(t, { batchSize: 33 });
    for (const size of [1, 2, 7, 31, 32, 33]) {
      engine.setState({ weights: initialWeights() });
      const indices = batch(3, size);
      const single = Array.from(indices, (index) => engine.evaluate(images, index, index + 1));
      const { loss, accuracy } = engine.trainStep(images, indices);
      const near = mean(single.map((metrics) => metrics.loss));
      t.ok(Math.abs(loss / near - 1) < 1e-5, `${size}: ${loss} for ${near}`);
      t.equal(Math.round(accuracy * size), single.filter(({ accuracy }) => accuracy === 1).length);
    }
  });

  t.test('a batch moves the weights by the mean of what its images do alone', async (t) => {
    const { engine, images } = await start(t, { optimizer: 'sgd' });
    const gradient = (indices: Uint32Array) => {
      engine.setState({ weights: initialWeights() });
      engine.learningRate = 1;
      engine.trainStep(images, indices);
      const { weights } = engine.getState();
      return initialWeights().map((weight, i) => weight - weights[i]);
    };
    const indices = batch(1, 7);
    const alone = Array.from(indices, (index) => gradient(Uint32Array.of(index)));
    const together = gradient(indices);
    const error = together.map((value, i) => value - mean(alone.map((one) => one[i])));
    t.ok(Math.hypot(...error) / Math.hypot(...together) < 1e-5);
  });

  t.test('evaluation is the mean over what predict says of each image', async (t) => {
    const { engine, images } = await start(t);
    train(engine, images, { count: 5 });
    for (const [from, to] of [
      [0, IMAGE_COUNT],
      [0, 1],
      [3, 10],
      [100, 233],
    ]) {
      const probabilities = engine.predict(images.images.subarray(from * IMAGE_SIZE, to * IMAGE_SIZE));
      const labels = images.labels.subarray(from, to);
      const { loss, accuracy } = engine.evaluate(images, from, to);
      const expected = naiveMetrics(probabilities, labels);
      t.ok(Math.abs(loss / expected.loss - 1) < 1e-5, `${from}–${to}: ${loss} for ${expected.loss}`);
      t.equal(Math.round(accuracy * labels.length), expected.hits);
    }
    t.same(engine.evaluate(images), engine.evaluate(images, 0, IMAGE_COUNT), 'all images by default');
    t.same(engine.evaluate(images, 5, 5), { loss: Number.NaN, accuracy: Number.NaN }, 'no image has no mean');
  });

  t.test('evaluation and prediction change nothing', async (t) => {
    const { engine, images } = await start(t);
    train(engine, images);
    const before = digest(engine);
    engine.evaluate(images);
    engine.predict(images.images);
    t.same(digest(engine), before);
  });

  t.test(
    'predicts any number of images: each row sums to 1 and knows nothing of its neighbours',
    async (t) => {
      const { engine } = await startReader(t);
      const all = engine.predict(IMAGES);
      for (const count of [0, 1, 2, 7, 128, 129, IMAGE_COUNT]) {
        const rows = engine.predict(IMAGES.subarray(0, count * IMAGE_SIZE));
        t.equal(rows.length, count * DIGITS.classes);
        const sums = Array.from({ length: count }, (_, n) => sum(rows.subarray(n * 10, n * 10 + 10)));
        t.ok(sums.every((total) => Math.abs(total - 1) < 1e-5));
        t.ok(rows.every((probability, i) => Math.abs(probability - all[i]) < 1e-6));
      }
    },
  );

  t.test('pixels are multiplied with the input scale', async (t) => {
    const { engine: raw } = await start(t, { inputScale: 1 });
    const { engine: scaled } = await start(t);
    const { size } = DIGITS.tensors[0];
    raw.setState({ weights: initialWeights().map((weight, i) => (i < size ? weight / 255 : weight)) });
    const expected = scaled.predict(IMAGES);
    t.ok(raw.predict(IMAGES).every((probability, i) => Math.abs(probability - expected[i]) < 1e-5));
  });

  t.test('each activation is its own', async (t) => {
    const engines = await Promise.all(
      (['relu', 'tanh', 'sigmoid'] as const).map((activation) => start(t, { activation })),
    );
    const losses = engines.map(({ engine, images }) => engine.evaluate(images).loss);
    t.equal(new Set(losses).size, 3, String(losses));
  });

  t.test('refuses what it cannot compute, and goes on', async (t) => {
    const { engine, images } = await start(t, { batchSize: 8 });
    const { engine: reader } = await startReader(t);
    const expected = train(engine, images, { count: 1, size: 8 });
    engine.setState({ weights: initialWeights() });
    const range = { name: 'RangeError' };
    t.throws(() => engine.trainStep(images, batch(0, 9)), range, 'a batch larger than agreed');
    t.throws(() => engine.trainStep(images, new Uint32Array(0)), range, 'an empty batch');
    t.throws(
      () => engine.trainStep(images, Uint32Array.of(IMAGE_COUNT)),
      range,
      'an image that is not there',
    );
    t.throws(() => engine.evaluate(images, 0, IMAGE_COUNT + 1), range);
    t.throws(() => engine.evaluate(images, 2, 1), range);
    t.throws(() => engine.predict(new Uint8Array(IMAGE_SIZE + 1)), range, 'one image and a byte');
    t.throws(() => engine.setState({ weights: new Float32Array(3) }), range);
    t.throws(
      () => engine.setState({ weights: initialWeights(), slots: {}, step: 1 }),
      range,
      'a slot is missing',
    );
    t.throws(() => engine.allocateImages(-1), range);
    images.labels[1] = 10;
    t.throws(() => engine.trainStep(images, Uint32Array.of(0, 1)), range, 'a label that is no digit');
    t.throws(() => engine.evaluate(images), range, 'a label that is no digit');
    images.labels[1] = LABELS[1];
    t.throws(() => reader.trainStep(loadImages(reader), batch(0)), /without an optimizer/);
    await t.rejects(makeEngine({ ...OPTIONS, batchSize: 129 }), range);
    t.same(train(engine, images, { count: 1, size: 8 }), expected);
  });

  t.test('says what it is', async (t) => {
    const { engine } = await start(t);
    t.ok(engine.description.startsWith(engine.name));
    const reader = await makeEngine({ activation: 'relu', inputScale: 1 });
    t.teardown(() => reader.dispose());
    t.same(digest(reader), { weights: hash(new Float32Array(DIGITS.parameterCount)), slots: {}, step: 0 });
  });
}

const hash = (array: Float32Array) => createHash('sha1').update(array).digest('hex');

/** A state whose arrays are their hashes: tap compares large arrays slowly. */
function digest(engine: Engine) {
  const { weights, slots, step } = engine.getState();
  const hashes = Object.entries(slots).map(([name, slot]) => [name, hash(slot)] as const);
  return { weights: hash(weights), slots: Object.fromEntries(hashes), step };
}

const sum = (values: Iterable<number>) => [...values].reduce((total, value) => total + value, 0);
const mean = (values: number[]) => sum(values) / values.length;

/** @param probabilities [N, K] */
function naiveMetrics(probabilities: Float32Array, labels: Uint8Array): { loss: number; hits: number } {
  const rows = Array.from(labels, (_, n) =>
    probabilities.subarray(n * DIGITS.classes, (n + 1) * DIGITS.classes),
  );
  return {
    loss: mean(rows.map((row, n) => -Math.log(row[labels[n]]))),
    hits: rows.filter((row, n) => row.indexOf(Math.max(...row)) === labels[n]).length,
  };
}
