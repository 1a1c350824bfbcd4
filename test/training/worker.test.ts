/** Real training: the real thread, engine and data set. */
import { once } from 'node:events';
import t from 'tap';
import { readMnist } from '../../src/datasets/mnist.ts';
import { createEngine } from '../../src/engines/create-engine.ts';
import { openDatabase } from '../../src/store/open.ts';
import type { Run } from '../../src/store/run.ts';
import { RunStore } from '../../src/store/run-store.ts';
import { type EpochReport, fit } from '../../src/training/fit.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../src/training/settings.ts';
import { TrainingService } from '../../src/training/training-service.ts';

t.test('an epoch of the default run, from Train to stored weights that read digits', async (t) => {
  const store = new RunStore(openDatabase(':memory:'));
  const errors: object[] = [];
  const log = { info: () => {}, error: (details: object) => errors.push(details) };
  const service = new TrainingService({ store, threads: 2, log });
  t.teardown(async () => {
    await service.close();
    store.close();
  });
  service.start();
  const finished = once(service, 'finished');
  const { id } = service.enqueue({ ...DEFAULT_SETTINGS, epochs: 1 });
  const [run] = (await finished) as [Run];

  t.match(run, { id, state: 'finished', reason: null, bestEpoch: 1 });
  t.same(errors, []);
  t.ok(run.testAccuracy! > 0.96, `test accuracy ${run.testAccuracy}`);
  const [epoch] = run.epochs;
  t.ok(epoch.accuracy > 0.85 && epoch.val_accuracy > 0.96, 'the training metrics lag behind, as in Keras');
  t.ok(epoch.val_loss < epoch.loss);

  t.test('the stored weights measure the same in an engine of their own', async (t) => {
    const { activation, inputScale, weights } = store.model(id)!;
    const engine = await createEngine('simd', { activation, inputScale });
    engine.setState({ weights });
    const test = readMnist('test', { allocate: (count) => engine.allocateImages(count) });
    t.match(engine.evaluate(test), { accuracy: run.testAccuracy, loss: run.testLoss });
    await engine.dispose();
  });
});

/** Trains two epochs on 1,000 images, validated and tested with 500 others. */
async function fitSmall(changed: Partial<Settings>, threads = 1) {
  const settings = { ...DEFAULT_SETTINGS, epochs: 2, ...changed };
  const { activation, optimizer, batchsize: batchSize } = settings;
  const engine = await createEngine('simd', {
    activation,
    optimizer,
    batchSize,
    threads,
    inputScale: 1 / 255,
  });
  const images = readMnist('test', { allocate: (count) => engine.allocateImages(count) });
  const reports: EpochReport[] = [];
  fit(
    engine,
    {
      training: { images, from: 0, to: 1_000 },
      validation: { images, from: 1_000, to: 1_500 },
      test: { images, from: 1_500, to: 2_000 },
    },
    settings,
    { batch: () => {}, epoch: (report) => reports.push(report), stopRequested: () => false },
  );
  await engine.dispose();
  const { checkpoint } = reports.at(-1)!;
  const arrays = [checkpoint.weights, ...Object.values(checkpoint.slots)];
  return { reports, bytes: Buffer.concat(arrays.map((array) => Buffer.from(array.buffer))) };
}

t.test('the same seed gives the same weights and slots, bit for bit', async (t) => {
  for (const [optimizer, batchsize] of [
    ['adam', 32],
    ['sgd', 48],
  ] as const) {
    const settings = { optimizer, batchsize, seed: 4 };
    const once = await fitSmall(settings);
    t.ok((await fitSmall(settings)).bytes.equals(once.bytes), `${optimizer}, once more`);
    t.ok((await fitSmall(settings, 2)).bytes.equals(once.bytes), `${optimizer}, with two threads`);
    t.notOk(
      (await fitSmall({ ...settings, seed: 5 })).bytes.equals(once.bytes),
      `${optimizer}, another seed`,
    );
    t.ok(once.reports[1].epoch.loss < once.reports[0].epoch.loss, 'and it learns');
  }
});
