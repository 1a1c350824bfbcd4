/** What holds for an engine with networks for other numbers of classes than the digits' ten. */
import type { Test } from 'tap';
import { glorotUniform } from '../../src/network/initializers.ts';
import { IMAGE_SIZE, lenet5 } from '../../src/network/lenet5.ts';
import { Random } from '../../src/network/random.ts';
import { batch, loadImages, type MakeEngine, OPTIONS } from './contract.ts';
import { KERAS_CLASSES, loadClassBatches } from './keras-classes.ts';
import { naiveLeNet5 } from './naive-lenet5.ts';

export function classesSuite(t: Test, makeEngine: MakeEngine): void {
  t.test('a step of a network for any number of classes is the textbook’s', async (t) => {
    for (const classes of [2, 3, 7, 11, 26, 47, 62, 256]) {
      const network = lenet5(classes);
      const engine = await makeEngine({ ...OPTIONS, activation: 'tanh', optimizer: 'sgd', network });
      const weights = glorotUniform(new Random(classes), network);
      engine.setState({ weights });
      engine.learningRate = 1;
      const images = loadImages(engine);
      images.labels.forEach((_, i) => {
        images.labels[i] = (i * 7) % classes;
      });
      const indices = batch(1, 9);
      const expected = Array.from(indices, (i) =>
        naiveLeNet5(weights, 'tanh', scaled(images.images, i), images.labels[i]),
      );
      const mean = (values: readonly number[]) => values.reduce((a, b) => a + b) / values.length;
      const probabilities = engine.predict(images.images.slice(0, 3 * IMAGE_SIZE));
      t.equal(probabilities.length, 3 * classes);
      const first = naiveLeNet5(weights, 'tanh', scaled(images.images, 0), 0).probabilities;
      t.ok(
        first.every((p, k) => Math.abs(probabilities[k] - p) < 1e-6),
        `${classes}: probabilities`,
      );
      const { loss } = engine.trainStep(images, indices);
      t.ok(Math.abs(loss - mean(expected.map((result) => result.loss))) < 1e-5, `${classes}: loss`);
      const stepped = engine.getState().weights;
      for (const { name, offset, size } of network.tensors) {
        let [error, total] = [0, 0];
        for (let i = offset; i < offset + size; i++) {
          const gradient = mean(expected.map((result) => result.gradient[i]));
          error += (weights[i] - stepped[i] - gradient) ** 2;
          total += gradient ** 2;
        }
        t.ok(Math.sqrt(error / total) < 1e-4, `${classes}, ${name}: ${Math.sqrt(error / total)}`);
      }
      images.labels[0] = classes - 1;
      t.doesNotThrow(() => engine.evaluate(images, 0, 1));
      if (classes < 256) {
        images.labels[0] = classes;
        t.throws(() => engine.evaluate(images, 0, 1), RangeError, 'a label that is no class');
      }
      await engine.dispose();
    }
  });

  t.test('ten steps with 3 and 26 classes follow Keras in float64', async (t) => {
    for (const { classes, weights, runs, ...reference } of KERAS_CLASSES) {
      const network = lenet5(classes);
      for (const { activation, optimizer, losses, learning_rate, weights: ended } of runs) {
        const engine = await makeEngine({ ...OPTIONS, activation, optimizer, network });
        engine.setState({ weights });
        engine.learningRate = learning_rate;
        const { images, batches } = loadClassBatches(engine, reference);
        const errors = batches.map((indices, i) =>
          Math.abs(engine.trainStep(images, indices).loss - losses[i]),
        );
        const name = `${classes} classes, ${activation}, ${optimizer}`;
        t.ok(Math.max(...errors) < 1e-6, `${name}: losses within ${Math.max(...errors)}`);
        const trained = engine.getState().weights;
        for (const tensor of network.tensors) {
          const samples = reference.sample_indices[tensor.name];
          const within = Math.max(
            ...ended[tensor.name].map((value, i) => {
              const at = samples === 'all' ? i : samples[i];
              return Math.abs(trained[tensor.offset + at] - value);
            }),
          );
          // A ReLU's input of almost 0 may fall on its other side, and adam carries that on.
          t.ok(within < (activation === 'relu' ? 2e-5 : 1e-6), `${name}, ${tensor.name}: ${within}`);
        }
        await engine.dispose();
      }
    }
  });
}

/** [28][28] of an image, from 0 to 1. */
function scaled(images: Uint8Array, index: number): Float64Array {
  return Float64Array.from(
    images.subarray(index * IMAGE_SIZE, (index + 1) * IMAGE_SIZE),
    (byte) => byte / 255,
  );
}
