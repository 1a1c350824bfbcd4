import t from 'tap';
import { readMnist } from '../../src/datasets/mnist.ts';
import { COPIES, readPenDigits } from '../../src/datasets/pen-digits.ts';
import type { Engine } from '../../src/engines/engine.ts';
import { readFitData } from '../../src/training/fit-data.ts';

/** Only memory is asked of it. */
const engine = {
  allocateImages: (count: number) => ({
    count,
    images: new Uint8Array(count * 784),
    labels: new Uint8Array(count),
  }),
} as unknown as Engine;

const mnist = readMnist('train');
const drawn = readPenDigits().length * COPIES;

t.test('MNIST, the last 5,000 images held out', async (t) => {
  const { training, validation, test } = readFitData(engine, {
    data: 'mnist',
    validation: 'heldout',
    augmentation: 'off',
    seed: 1,
  });
  t.match(training, { from: 0, to: 55_000 });
  t.match(validation, { from: 55_000, to: 60_000 });
  t.equal(Buffer.compare(training.images.images, mnist.images), 0);
  t.equal(Buffer.compare(training.images.labels, mnist.labels), 0);
  t.match(test, { from: 0, to: 10_000 });
});

t.test('with pen digits: between what is learnt from and what is held out', async (t) => {
  const { training, validation } = readFitData(engine, {
    data: 'mnist+pen',
    validation: 'heldout',
    augmentation: 'off',
    seed: 1,
  });
  const { images, labels } = training.images;
  t.match(training, { from: 0, to: 55_000 + drawn });
  t.match(validation, { from: 55_000 + drawn, to: 60_000 + drawn });
  t.equal(validation.images, training.images);
  t.equal(Buffer.compare(images.subarray(0, 55_000 * 784), mnist.images.subarray(0, 55_000 * 784)), 0);
  t.equal(Buffer.compare(labels.subarray(55_000 + drawn), mnist.labels.subarray(55_000)), 0);
  t.equal(Buffer.compare(images.subarray((55_000 + drawn) * 784), mnist.images.subarray(55_000 * 784)), 0);
  t.same(
    [...labels.subarray(55_000, 55_010)],
    readPenDigits()
      .slice(0, 10)
      .map(({ label }) => label),
  );
});

t.test('the test set as validation, as the tutorial does', async (t) => {
  const { training, validation, test } = readFitData(engine, {
    data: 'mnist+pen',
    validation: 'test',
    augmentation: 'off',
    seed: 1,
  });
  t.match(training, { from: 0, to: 60_000 + drawn });
  t.equal(validation, test);
});
