/** The engine's gradients and steps against Keras in float64 and against a naive network of ours. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import type { LabelledImages } from '../../../src/engines/engine.ts';
import { SimdEngine } from '../../../src/engines/simd/simd-engine.ts';
import { ACTIVATIONS, type Activation } from '../../../src/network/activations.ts';
import { DIGITS, IMAGE_SIZE, lenet5 } from '../../../src/network/lenet5.ts';
import { OPTIMIZER, OPTIMIZERS } from '../../../src/network/optimizers.ts';
import { Random } from '../../../src/network/random.ts';
import { classesSuite } from '../classes-suite.ts';
import { batch, initialWeights, OPTIONS } from '../contract.ts';
import { KERAS_CLASSES, loadClassBatches } from '../keras-classes.ts';
import { KERAS_RUNS, KERAS_WEIGHTS, kerasStart, loadKerasBatches, SAMPLES } from '../keras-reference.ts';
import { naiveLeNet5 } from '../naive-lenet5.ts';
import { NAIVE_UPDATES } from '../naive-updates.ts';
import { relativeError } from './arena.ts';
import { BUILDS, start } from './start.ts';

/** [3][P]: relu, tanh, sigmoid. */
const KERAS_GRADIENTS = new Float32Array(
  Uint8Array.from(readFileSync(path.join(import.meta.dirname, '../../fixtures/keras/gradients-A.f32')))
    .buffer,
);

for (const build of BUILDS) {
  t.test(`${build}: networks for any number of classes, on two threads`, async (t) =>
    classesSuite(t, (options) => SimdEngine.create({ ...options, build, threads: 2 })),
  );

  t.test(`${build}: gradients with 3 and 26 classes are those of Keras in float64`, async (t) => {
    for (const { classes, weights, gradient: expected, ...reference } of KERAS_CLASSES) {
      const network = lenet5(classes);
      const engine = await SimdEngine.create({ ...OPTIONS, build, network });
      t.teardown(() => engine.dispose());
      engine.setState({ weights });
      const { images, batches } = loadClassBatches(engine, reference);
      const gradient = engine.gradient(images, batches[0]);
      t.ok(relativeError(gradient, expected) < 1e-6, `${classes}: ${relativeError(gradient, expected)}`);
      for (const { name, offset, size } of network.tensors) {
        const [found, wanted] = [gradient, expected].map((all) => all.subarray(offset, offset + size));
        t.ok(relativeError(found, wanted) < 1e-5, `${classes}, ${name}: ${relativeError(found, wanted)}`);
      }
    }
  });

  t.test(`${build}: gradients of a batch are those of Keras in float64`, async (t) => {
    for (const [i, activation] of ACTIVATIONS.entries()) {
      const { engine } = await start(t, { build, activation });
      const { images, batches } = loadKerasBatches(engine);
      engine.setState({ weights: KERAS_WEIGHTS });
      const expected = KERAS_GRADIENTS.subarray(i * DIGITS.parameterCount, (i + 1) * DIGITS.parameterCount);
      const gradient = engine.gradient(images, batches[0]);
      const error = relativeError(gradient, expected);
      t.ok(error < 1e-6, `${activation}: ${error}`);
      for (const { name, offset, size } of DIGITS.tensors) {
        const part = [gradient, expected].map((all) => all.subarray(offset, offset + size));
        t.ok(relativeError(part[0], part[1]) < 3e-6, `${activation} ${name}`);
      }
    }
  });

  t.test(`${build}: twenty steps follow Keras in float64`, async (t) => {
    for (const { activation, optimizer, losses, weights } of KERAS_RUNS) {
      const { engine } = await start(t, { build, activation, optimizer });
      const { images, batches } = loadKerasBatches(engine);
      engine.setState(kerasStart(optimizer));
      engine.learningRate = OPTIMIZER[optimizer].kerasLearningRate;
      const errors = batches.map((indices, i) =>
        Math.abs(engine.trainStep(images, indices).loss / losses[i] - 1),
      );
      t.ok(Math.max(...errors) < 1e-5, `${activation} ${optimizer}: losses within ${Math.max(...errors)}`);
      const trained = engine.getState().weights;
      for (const { name, offset } of DIGITS.tensors) {
        const error = relativeError(
          SAMPLES[name].map((i) => trained[offset + i]),
          weights[name].values,
        );
        // FTRL's first step wipes the weights; what is left of them cancels, and Keras's own float32 is as far off.
        t.ok(error < (optimizer === 'ftrl' ? 3e-3 : 1e-5), `${activation} ${optimizer} ${name}: ${error}`);
      }
    }
  });
}

t.test(
  'the naive network’s gradient, with which ours is compared, is that of finite differences',
  async (t) => {
    const random = new Random(3);
    const weights = Float64Array.from(initialWeights());
    const pixels = Float64Array.from({ length: IMAGE_SIZE }, () => random.uniform());
    for (const activation of ACTIVATIONS) {
      const { gradient } = naiveLeNet5(weights, activation, pixels, 4);
      const loss = () => naiveLeNet5(weights, activation, pixels, 4).loss;
      for (const { name, offset, size } of DIGITS.tensors) {
        const i = offset + random.below(size);
        const [h, before] = [1e-6, weights[i]];
        weights[i] = before + h;
        const above = loss();
        weights[i] = before - h;
        const slope = (above - loss()) / (2 * h);
        weights[i] = before;
        t.ok(Math.abs(slope - gradient[i]) < 1e-7, `${activation} ${name}: ${slope} for ${gradient[i]}`);
      }
    }
  },
);

/** Sums over the first images of each size of what the naive network says of them. */
function naiveBatches(sizes: readonly number[], activation: Activation, images: LabelledImages) {
  const weights = Float64Array.from(initialWeights());
  const gradient = new Float64Array(DIGITS.parameterCount);
  let loss = 0;
  const expected = new Map<number, { loss: number; gradient: Float64Array }>();
  for (let n = 0; n < Math.max(...sizes); n++) {
    const bytes = images.images.subarray(n * IMAGE_SIZE, (n + 1) * IMAGE_SIZE);
    const pixels = Float64Array.from(bytes, (byte) => byte / 255);
    const result = naiveLeNet5(weights, activation, pixels, images.labels[n]);
    loss += result.loss;
    for (let i = 0; i < DIGITS.parameterCount; i++) gradient[i] += result.gradient[i];
    const size = n + 1;
    if (sizes.includes(size))
      expected.set(size, { loss: loss / size, gradient: gradient.map((g) => g / size) });
  }
  return expected;
}

const BATCH_SIZES = {
  relu: [1, 7, 31, 32, 33, 100, 128],
  tanh: [1, 7, 31, 32, 33],
  sigmoid: [1, 7, 31, 32, 33],
};

for (const activation of ACTIVATIONS) {
  t.test(`${activation}: batches of every size are right, whatever the optimizer`, async (t) => {
    const sizes = BATCH_SIZES[activation];
    const reader = await start(t, { activation });
    const expected = naiveBatches(sizes, activation, reader.images);
    for (const build of BUILDS) {
      const { engine, images } = await start(t, { activation, build, batchSize: 128 });
      for (const size of sizes) {
        const indices = Uint32Array.from({ length: size }, (_, i) => i);
        const naive = expected.get(size)!;
        const error = relativeError(engine.gradient(images, indices), naive.gradient);
        t.ok(error < 1e-6, `${build}, ${size} images: gradient ${error}`);
        engine.setState({ weights: initialWeights() });
        const { loss } = engine.trainStep(images, indices);
        t.ok(Math.abs(loss / naive.loss - 1) < 1e-6, `${build}, ${size} images: loss ${loss}`);
        engine.setState({ weights: initialWeights() });
      }
    }
    for (const optimizer of OPTIMIZERS) {
      const { engine, images } = await start(t, { activation, optimizer, batchSize: 128 });
      for (const size of [7, 33, 100, 128]) {
        const indices = batch(2, size);
        const before = engine.getState();
        const gradient = engine.gradient(images, indices);
        engine.trainStep(images, indices);
        const after = engine.getState().weights;
        const slots = Object.values(before.slots);
        const [moved, naive]: number[][] = [[], []];
        for (let i = 0; i < DIGITS.parameterCount; i += 17) {
          const parameter = { w: before.weights[i], slots: slots.map((slot) => slot[i]), g: gradient[i] };
          const updated = NAIVE_UPDATES[optimizer](parameter, engine.learningRate, before.step + 1);
          moved.push(after[i] - parameter.w);
          naive.push(updated.w - parameter.w);
        }
        const error = relativeError(moved, naive);
        t.ok(error < 1e-4, `${optimizer}, ${size} images: ${error}`);
      }
    }
  });
}
