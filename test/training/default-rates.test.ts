/** The learning rate that is taken when none is given, on some of MNIST's first images. */
import t from 'tap';
import { MNIST_INPUT_SCALE, readMnist } from '../../src/datasets/mnist.ts';
import { createEngine } from '../../src/engines/create-engine.ts';
import { OPTIMIZERS } from '../../src/network/optimizers.ts';
import { fit } from '../../src/training/fit.ts';
import { parseSettings, type SettingsInput } from '../../src/training/settings.ts';

const mnist = readMnist('train');

/** Share of 1,000 other images that a run of one epoch reads. */
async function accuracyOf(input: SettingsInput, count: number): Promise<number> {
  const settings = parseSettings({ epochs: 1, ...input }).settings!;
  const { activation, optimizer, batchsize: batchSize } = settings;
  const inputScale = MNIST_INPUT_SCALE;
  const engine = await createEngine('simd', { activation, optimizer, batchSize, inputScale, threads: 1 });
  const images = engine.allocateImages(count + 1000);
  images.images.set(mnist.images.subarray(0, images.images.length));
  images.labels.set(mnist.labels.subarray(0, images.count));
  const heldOut = { images, from: count, to: images.count };
  const data = { training: { images, from: 0, to: count }, validation: heldOut, test: heldOut };
  const ending = fit(engine, data, settings, { batch() {}, epoch() {}, stopRequested: () => false });
  await engine.dispose();
  return ending.test?.accuracy ?? 0;
}

for (const optimizer of OPTIMIZERS) {
  t.test(`${optimizer} learns image by image`, async (t) => {
    const accuracy = await accuracyOf({ optimizer, batchsize: 1 }, 3000);
    t.ok(accuracy > 0.8, String(accuracy));
  });
}

t.test('SGD: in proportion to the batch; with the rate that suits larger ones it falls apart', async (t) => {
  for (const input of [{ batchsize: 1 }, { batchsize: 1, activation: 'tanh' }, { batchsize: 3 }]) {
    const accuracy = await accuracyOf({ optimizer: 'sgd', ...input }, 8000);
    t.ok(accuracy > 0.85, `${JSON.stringify(input)}: ${accuracy}`);
  }
  t.ok((await accuracyOf({ optimizer: 'sgd', batchsize: 1, learningrate: 0.1 }, 8000)) < 0.2);
});
