/** Real training: the real thread, engine and data set. */
import { once } from 'node:events';
import t, { type Test } from 'tap';
import { readMnist } from '../../src/datasets/mnist.ts';
import { createEngine } from '../../src/engines/create-engine.ts';
import { OPTIMIZER, OPTIMIZERS } from '../../src/network/optimizers.ts';
import { TrainingService } from '../../src/queue/training-service.ts';
import type { Run } from '../../src/runs/run.ts';
import { CorrectionStore } from '../../src/store/correction-store.ts';
import { RunStore } from '../../src/store/run-store.ts';
import { openSqlite } from '../../src/store/sqlite/sqlite-database.ts';
import type { FitStart } from '../../src/training/checkpoint.ts';
import { type EpochReport, type FitEnding, fit } from '../../src/training/fit.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../src/training/settings.ts';

/** A service with real threads, closed with its store when the test ends. */
function build(t: Test) {
  const database = openSqlite(':memory:');
  const store = new RunStore(database);
  const corrections = new CorrectionStore(database);
  const errors: object[] = [];
  const log = { info: () => {}, error: (details: object) => errors.push(details) };
  const service = new TrainingService({ store, corrections, threads: 2, log });
  t.teardown(async () => {
    await service.close();
    await store.close();
  });
  void service.start();
  return { store, service, errors };
}

t.test('an epoch of the default run, from Train to stored weights that read digits', async (t) => {
  const { store, service, errors } = build(t);
  const finished = once(service, 'finished');
  const { id } = await service.enqueue({ ...DEFAULT_SETTINGS, epochs: 1 });
  const [run] = (await finished) as [Run];

  t.match(run, { id, state: 'finished', reason: null, bestEpoch: 1 });
  t.same(errors, []);
  t.ok(run.testAccuracy! > 0.96, `test accuracy ${run.testAccuracy}`);
  const [epoch] = run.epochs;
  t.ok(epoch.accuracy > 0.85 && epoch.val_accuracy > 0.96, 'the training metrics lag behind, as in Keras');
  t.ok(epoch.val_loss < epoch.loss);

  t.test('the stored weights measure the same in an engine of their own', async (t) => {
    const { activation, inputScale, weights } = (await store.model(id))!;
    const engine = await createEngine('simd', { activation, inputScale });
    engine.setState({ weights });
    const test = readMnist('test', { allocate: (count) => engine.allocateImages(count) });
    t.match(engine.evaluate(test), { accuracy: run.testAccuracy, loss: run.testLoss });
    await engine.dispose();
  });
});

t.test('a run on corrections that are no longer there fails with a sentence', async (t) => {
  const { service, store } = build(t);
  const { id } = await service.enqueue({ ...DEFAULT_SETTINGS, data: 'mnist+corrections' });
  while ((await store.get(id))!.endedAt === null) await once(service, 'run');
  t.match(await store.get(id), { state: 'failed', reason: /^There are no corrections yet/ });
});

interface Small extends Partial<Settings> {
  readonly threads?: number;
  readonly from?: FitStart;
  /** It is interrupted after so many epochs. */
  readonly until?: number;
}

class Interrupted extends Error {}

/** Trains on 1,000 images, validated and tested with 500 others; two epochs unless told otherwise. */
async function fitSmall({ threads = 1, from, until, ...changed }: Small) {
  const settings = { ...DEFAULT_SETTINGS, epochs: 2, ...changed };
  const { activation, optimizer, batchsize: batchSize } = settings;
  const options = { activation, optimizer, batchSize, threads, inputScale: 1 / 255 };
  const engine = await createEngine('simd', options);
  const images = readMnist('test', { allocate: (count) => engine.allocateImages(count) });
  const data = {
    training: { images, from: 0, to: 1_000 },
    validation: { images, from: 1_000, to: 1_500 },
    test: { images, from: 1_500, to: 2_000 },
  };
  const reports: EpochReport[] = [];
  const epoch = (report: EpochReport) => {
    reports.push(report);
    if (report.epoch.epoch === until) throw new Interrupted();
  };
  let ending: FitEnding | null = null;
  try {
    ending = fit(engine, data, settings, { batch: () => {}, epoch, stopRequested: () => false }, from);
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
  }
  await engine.dispose();
  const { checkpoint } = reports.at(-1) ?? { checkpoint: from!.done!.checkpoint };
  const arrays = [checkpoint.weights, ...Object.values(checkpoint.slots)];
  const bytes = Buffer.concat(arrays.map((array) => Buffer.from(array.buffer)));
  return { reports, bytes, ending, random: checkpoint.random };
}

t.test('the same seed gives the same weights and slots, bit for bit', async (t) => {
  for (const [optimizer, batchsize] of [
    ['adam', 32],
    ['sgd', 48],
  ] as const) {
    const settings = { optimizer, batchsize, seed: 4 };
    const once = await fitSmall(settings);
    t.ok((await fitSmall(settings)).bytes.equals(once.bytes), `${optimizer}, once more`);
    t.ok((await fitSmall({ ...settings, threads: 2 })).bytes.equals(once.bytes), `${optimizer}, two threads`);
    t.notOk(
      (await fitSmall({ ...settings, seed: 5 })).bytes.equals(once.bytes),
      `${optimizer}, another seed`,
    );
    t.ok(once.reports[1].epoch.loss < once.reports[0].epoch.loss, 'and it learns');
  }
});

/** As the store keeps them. */
function epochsDone(reports: readonly EpochReport[]): FitStart {
  return {
    done: {
      valLosses: reports.map(({ epoch }) => epoch.val_loss),
      checkpoint: structuredClone(reports.at(-1)!.checkpoint),
      bestWeights: reports.findLast(({ isBest }) => isBest)!.checkpoint.weights.slice(),
      seconds: 1,
      patienceFrom: 0,
    },
  };
}

t.test('a run that goes on after an epoch ends as one that was never interrupted, bit for bit', async (t) => {
  const schedules = ['constant', 'onecycle', 'cosine'] as const;
  const augmentations = ['off', 'affine', 'elastic'] as const;
  for (const [i, optimizer] of OPTIMIZERS.entries()) {
    const schedule = schedules[i % 3];
    const augmentation = augmentations[(i + 1) % 3];
    const { learningRate: learningrate } = OPTIMIZER[optimizer];
    const settings = { optimizer, learningrate, schedule, augmentation, batchsize: 24, epochs: 4, seed: i };
    const whole = await fitSmall(settings);
    const half = await fitSmall({ ...settings, until: 2 });
    t.equal(half.reports.length, 2);
    const rest = await fitSmall({ ...settings, from: epochsDone(half.reports) });
    const name = `${optimizer}, ${schedule}, augmentation ${augmentation}`;
    t.equal(rest.reports.length, 2, name);
    t.ok(rest.bytes.equals(whole.bytes), name);
    t.same(rest.random, whole.random, name);
    const told = ({ epoch: { seconds, ...epoch }, isBest }: EpochReport) => ({ ...epoch, isBest });
    t.same(rest.reports.map(told), whole.reports.slice(2).map(told), name);
    t.same(rest.ending, whole.ending, name);
  }
});

t.test('a run that was interrupted while it was being tested is only tested', async (t) => {
  const whole = await fitSmall({ seed: 2 });
  const rest = await fitSmall({ seed: 2, from: epochsDone(whole.reports) });
  t.equal(rest.reports.length, 0);
  t.same(rest.ending, whole.ending);
});

t.test('a run from given weights tells what it changed', async (t) => {
  const teacher = await fitSmall({ seed: 2 });
  const weights = teacher.reports[1].checkpoint.weights;
  const { ending } = await fitSmall({ seed: 3, from: { weights } });
  t.same(ending?.comparisons, [
    { images: 'test', count: 500, before: teacher.ending!.test!.accuracy, after: ending!.test!.accuracy },
  ]);
  const still = await fitSmall({ seed: 3, from: { weights }, optimizer: 'sgd', learningrate: 1e-12 });
  t.ok(still.bytes.equals(Buffer.from(weights.buffer)), 'it begins with them');
  t.match(still.ending?.comparisons, [{ before: teacher.ending!.test!.accuracy }]);
});
