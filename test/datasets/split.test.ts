import t from 'tap';
import { readMnist } from '../../src/datasets/mnist.ts';
import { HELD_OUT_COUNT, holdOut } from '../../src/datasets/split.ts';

t.test('holds out the last images, and trains on all the others', async (t) => {
  t.same(holdOut(60_000), { training: { from: 0, to: 55_000 }, validation: { from: 55_000, to: 60_000 } });
  t.same(holdOut(10, 3), { training: { from: 0, to: 7 }, validation: { from: 7, to: 10 } });
});

t.test('leaves something to train on', async (t) => {
  t.throws(() => holdOut(5_000), /Cannot hold 5000 images out of 5000/);
});

t.test('the images held out are a fair sample: each digit has 9.2–11.3 % of them', async (t) => {
  const { training, validation } = holdOut(60_000);
  const { labels } = readMnist('train');
  t.equal(validation.to - validation.from, HELD_OUT_COUNT);
  t.equal(training.to, validation.from);
  const digits = new Array<number>(10).fill(0);
  for (const label of labels.subarray(validation.from, validation.to)) digits[label]++;
  t.equal(Math.min(...digits) / HELD_OUT_COUNT, 0.0916);
  t.equal(Math.max(...digits) / HELD_OUT_COUNT, 0.1126);
});
