import t from 'tap';
import { Batches } from '../../src/datasets/batches.ts';
import { Random } from '../../src/network/random.ts';

const collect = (batches: Batches) => Array.from(batches.epoch(), (batch) => [...batch]);

t.test('every position of the range once an epoch, in full batches and a ragged last one', async (t) => {
  const batches = new Batches({ from: 5, to: 28 }, 4, new Random(1));
  t.equal(batches.count, 6);
  t.equal(batches.images, 23);
  for (const epoch of [collect(batches), collect(batches)]) {
    t.same(
      epoch.map((batch) => batch.length),
      [4, 4, 4, 4, 4, 3],
    );
    t.same(
      epoch.flat().toSorted((a, b) => a - b),
      Array.from({ length: 23 }, (_, i) => 5 + i),
    );
  }
});

t.test('no ragged batch when the size divides the images, or exceeds them', async (t) => {
  const sizes = (batchSize: number) =>
    collect(new Batches({ from: 0, to: 12 }, batchSize, new Random(1))).map((batch) => batch.length);
  t.same(sizes(4), [4, 4, 4]);
  t.same(sizes(12), [12]);
  t.same(sizes(128), [12]);
  t.equal(sizes(1).length, 12);
});

t.test('the order is new each epoch, and the seed decides it', async (t) => {
  const epochs = (seed: number) => {
    const batches = new Batches({ from: 0, to: 100 }, 10, new Random(seed));
    return [collect(batches), collect(batches)];
  };
  t.same(epochs(1), epochs(1));
  t.notSame(epochs(1)[0], epochs(2)[0]);
  t.notSame(epochs(1)[0], epochs(1)[1]);
});

t.test('put back, the random state gives the epochs that would have followed', async (t) => {
  const range = { from: 0, to: 50 };
  const batches = new Batches(range, 8, new Random(3));
  collect(batches);
  const random = new Random(0);
  random.state = batches.randomState;
  t.same(collect(new Batches(range, 8, random)), collect(batches));
});

t.test('hands out the same memory each time', async (t) => {
  const buffers = new Set<ArrayBufferLike>();
  const batches = new Batches({ from: 0, to: 100 }, 8, new Random(1));
  for (const batch of batches.epoch()) buffers.add(batch.buffer);
  for (const batch of batches.epoch()) buffers.add(batch.buffer);
  t.equal(buffers.size, 1);
});
