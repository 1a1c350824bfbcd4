/** What is the simd engine's own beside its numbers: builds, threads, memory. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import t from 'tap';
import { SimdEngine } from '../../../src/engines/simd/simd-engine.ts';
import { DIGITS, IMAGE_SIZE } from '../../../src/network/lenet5.ts';
import { IMAGE_COUNT, initialWeights, loadImages, OPTIONS, train } from '../contract.ts';
import { BUILDS, start } from './start.ts';

/** The threads of this process, where Linux lists them. */
const TASKS = '/proc/self/task';

const hash = (array: Float32Array) => createHash('sha1').update(array).digest('hex');

/** By build: each way to run must give the bits of the first. */
const WAYS = {
  strict: [{ threads: 1 }, { threads: 2 }],
  relaxed: [{ threads: 1 }, { threads: 2, spin: 0 }, { threads: 3 }, { threads: 4, spin: 0 }],
};

for (const build of BUILDS) {
  t.test(`${build}: the number of threads and how they wait change no bit`, async (t) => {
    const digests = await Promise.all(
      WAYS[build].map(async (way) => {
        const { engine, images } = await start(t, { build, batchSize: 128, ...way });
        const losses = [32, 5, 128, 16, 17, 1, 64, 100].flatMap((size, from) =>
          train(engine, images, { from, count: 3, size }),
        );
        const { weights } = engine.getState();
        const predictions = engine.predict(images.images);
        return [losses, hash(weights), engine.evaluate(images), hash(predictions)];
      }),
    );
    for (const digest of digests) t.same(digest, digests[0]);
  });
}

t.test('a network that diverges says so in its loss', async (t) => {
  const { engine, images } = await start(t, { optimizer: 'sgd' });
  engine.learningRate = 1e6;
  const losses = train(engine, images, { count: 5 });
  t.ok(
    losses.some((loss) => !Number.isFinite(loss)),
    String(losses),
  );
  const { engine: poisoned, images: same } = await start(t);
  poisoned.setState({ weights: initialWeights().fill(Number.NaN, 0, 1) });
  t.ok(Number.isNaN(poisoned.evaluate(same).loss));
});

t.test('a loss of a probability near zero is large and finite', async (t) => {
  const { engine, images } = await start(t);
  const weights = initialWeights();
  const { offset, size } = DIGITS.tensors.find(({ name }) => name === 'dense2.bias')!;
  weights.fill(0, offset - 840, offset + size);
  weights[offset] = 1000;
  engine.setState({ weights });
  const index = images.labels.findIndex((label) => label !== 0);
  t.equal(engine.evaluate(images, index, index + 1).loss, 1000);
});

t.test('of equal logits the first counts as the answer', async (t) => {
  const { engine, images } = await start(t);
  engine.setState({ weights: new Float32Array(DIGITS.parameterCount) });
  const zeros = images.labels.filter((label) => label === 0).length;
  t.equal(engine.evaluate(images).accuracy, zeros / IMAGE_COUNT);
});

t.test('images allocated after the threads have started are seen by all of them', async (t) => {
  const { engine, images } = await start(t, { threads: 3 });
  const more = engine.allocateImages(20_000);
  more.images.set(images.images, 15_000 * IMAGE_SIZE);
  more.labels.set(images.labels, 15_000);
  t.same(engine.evaluate(more, 15_000, 15_000 + IMAGE_COUNT), engine.evaluate(images));
  t.throws(() => engine.allocateImages(2_000_000), RangeError, 'more than there is');
  t.throws(() => engine.evaluate({ ...images }), TypeError, 'not from this engine');
});

t.test('no thread is left of disposed engines', { skip: !existsSync(TASKS) && 'needs Linux' }, async (t) => {
  const threads = () => readdirSync(TASKS).length;
  const before = threads();
  for (let i = 0; i < 20; i++) {
    const engine = await SimdEngine.create({ ...OPTIONS, threads: i % 4 === 0 ? 2 : 1 });
    if (i === 0) t.ok(threads() > before, 'an engine of two threads starts one');
    engine.setState({ weights: initialWeights() });
    train(engine, loadImages(engine), { count: 1 });
    await engine.dispose();
  }
  t.equal(threads(), before);
});

t.test('refuses options that it cannot keep', async (t) => {
  for (const options of [{ batchSize: 0 }, { batchSize: 129 }, { threads: 0 }, { threads: 65 }]) {
    await t.rejects(SimdEngine.create({ ...OPTIONS, ...options }), RangeError);
  }
});

t.test('says what it runs on', async (t) => {
  const { engine } = await start(t, { build: 'strict' });
  t.equal(engine.description, 'simd, strict, 1 thread');
  const { engine: two } = await start(t, { threads: 2 });
  t.match(two.description, /^simd, (strict|relaxed), 2 threads$/);
});
