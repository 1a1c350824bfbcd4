import { readFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { readMnist } from '../../../src/datasets/mnist.ts';
import { createEngine } from '../../../src/engines/create-engine.ts';
import { loadTensorFlow } from '../../../src/engines/tensorflow/load-tensorflow.ts';
import { readModelFile } from '../../../src/formats/model-file.ts';
import { ACTIVATIONS } from '../../../src/network/activations.ts';
import { DIGITS } from '../../../src/network/lenet5.ts';
import { OPTIMIZER, OPTIMIZERS } from '../../../src/network/optimizers.ts';
import { classesSuite } from '../classes-suite.ts';
import { contractSuite, initialWeights, loadImages, type MakeEngine, OPTIONS, train } from '../contract.ts';
import { KERAS_RUNS, KERAS_WEIGHTS, kerasStart, loadKerasBatches, SAMPLES } from '../keras-reference.ts';
import { skip } from '../tensorflow-installed.ts';

const FIXTURES = path.join(import.meta.dirname, '../../fixtures/keras-model');

const makeEngine: MakeEngine = (options) => createEngine('tensorflow', options);

const relativeError = (values: readonly number[], oracle: readonly number[]) =>
  Math.max(...oracle.map((expected, i) => Math.abs(values[i] / expected - 1)));

t.test('the contract of an engine', { skip }, async (t) => contractSuite(t, makeEngine));

t.test('networks for any number of classes', { skip }, async (t) => classesSuite(t, makeEngine));

t.test('trains as Keras does in float64: losses and weights over 20 steps', { skip }, async (t) => {
  for (const { activation, optimizer, losses, weights } of KERAS_RUNS) {
    const engine = await makeEngine({ ...OPTIONS, activation, optimizer });
    const { images, batches } = loadKerasBatches(engine);
    engine.setState(kerasStart(optimizer));
    engine.learningRate = OPTIMIZER[optimizer].kerasLearningRate;
    const found = batches.map((batch) => engine.trainStep(images, batch).loss);
    const error = relativeError(found, losses);
    t.ok(error < 1e-5, `${activation}, ${optimizer}: losses within ${error}`);
    const trained = engine.getState().weights;
    for (const { name, offset, size } of DIGITS.tensors) {
      const values = SAMPLES[name].map((index) => trained[offset + index]);
      const distance = Math.max(...values.map((value, i) => Math.abs(value - weights[name].values[i])));
      t.ok(distance < 2e-5, `${activation}, ${optimizer}, ${name}: weights within ${distance}`);
      const l2 = Math.hypot(...trained.subarray(offset, offset + size));
      t.ok(Math.abs(l2 - weights[name].l2) < 1e-4, `${name}: length ${l2}`);
    }
    await engine.dispose();
  }
});

t.test('trains as the simd engine does: 10 steps with each optimizer and activation', { skip }, async (t) => {
  for (const activation of ACTIVATIONS) {
    for (const optimizer of OPTIMIZERS) {
      const losses: number[][] = [];
      for (const name of ['simd', 'tensorflow'] as const) {
        const engine = await createEngine(name, { ...OPTIONS, activation, optimizer });
        const { images, batches } = loadKerasBatches(engine);
        engine.setState({ weights: KERAS_WEIGHTS });
        losses.push(batches.slice(0, 10).map((batch) => engine.trainStep(images, batch).loss));
        await engine.dispose();
      }
      const error = relativeError(losses[1], losses[0]);
      t.ok(error < 1e-4, `${activation}, ${optimizer}: within ${error}`);
    }
  }
});

t.test('reads the test images as Keras does with its weights', { skip }, async (t) => {
  const { weights } = await readModelFile(path.join(FIXTURES, 'lenet5.h5'));
  const keras = JSON.parse(readFileSync(path.join(FIXTURES, 'predictions.json'), 'utf8'));
  const expected: number[] = keras.probabilities.flat();
  const engine = await makeEngine({ activation: 'relu', inputScale: 1 / 255 });
  t.teardown(() => engine.dispose());
  engine.setState({ weights });
  const found = engine.predict(readMnist('test').images.subarray(0, (expected.length / 10) * 784));
  const distance = Math.max(...expected.map((probability, i) => Math.abs(probability - found[i])));
  t.equal(found.length, 1000);
  t.ok(distance < 1e-5, `probabilities within ${distance}`);
});

t.test('leaves no tensor behind', { skip }, async (t) => {
  const { memory } = loadTensorFlow();
  const before = memory().numTensors;
  for (const optimizer of OPTIMIZERS) {
    const engine = await makeEngine({ ...OPTIONS, optimizer });
    const images = loadImages(engine);
    engine.setState({ weights: initialWeights() });
    const started = memory().numTensors;
    train(engine, images, { count: 3 });
    engine.evaluate(images);
    engine.predict(images.images);
    engine.setState(engine.getState());
    t.equal(memory().numTensors, started, `${optimizer}, with ${OPTIMIZER[optimizer].slots.length} slots`);
    t.throws(() => engine.trainStep(images, Uint32Array.of(images.count)));
    t.equal(memory().numTensors, started, 'nor does a step that fails');
    await engine.dispose();
    t.equal(memory().numTensors, before, 'disposed of');
  }
});

t.test('many threads are not more: the result says so', { skip }, async (t) => {
  const one = await makeEngine({ ...OPTIONS, threads: 1 });
  const many = await makeEngine({ ...OPTIONS, threads: 8 });
  const losses = [one, many].map((engine) => {
    engine.setState({ weights: initialWeights() });
    return train(engine, loadImages(engine));
  });
  t.same(losses[0], losses[1]);
  t.equal(many.description, one.description);
  for (const engine of [one, many]) await engine.dispose();
});
