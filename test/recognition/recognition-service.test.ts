import path from 'node:path';
import t from 'tap';
import { readMnist } from '../../src/datasets/mnist.ts';
import { createEngine } from '../../src/engines/create-engine.ts';
import type { Engine, EngineName, EngineOptions } from '../../src/engines/engine.ts';
import { readModelFile } from '../../src/formats/model-file.ts';
import { type Model, modelName } from '../../src/recognition/model.ts';
import { RecognitionService } from '../../src/recognition/recognition-service.ts';
import predictions from '../fixtures/keras-model/predictions.json' with { type: 'json' };

const KERAS = path.join(import.meta.dirname, '../fixtures/keras-model/lenet5.h5');
const { images } = readMnist('test');
const { weights } = await readModelFile(KERAS);
const model: Model = {
  source: { kind: 'file', file: 'lenet5.h5' },
  activation: 'relu',
  inputScale: 1 / 255,
  weights,
  testAccuracy: null,
};
const mirrored: Model = { ...model, source: { kind: 'run', runId: 3, epoch: 8 }, activation: 'tanh' };

/** Real engines, counted, so that a test sees whether each was freed. */
function countedEngines() {
  const made: { options: EngineOptions; disposed: boolean }[] = [];
  const create = async (name: EngineName, options: EngineOptions): Promise<Engine> => {
    const engine = await createEngine(name, options);
    const entry = { options, disposed: false };
    made.push(entry);
    const dispose = engine.dispose.bind(engine);
    engine.dispose = () => {
      entry.disposed = true;
      return dispose();
    };
    return engine;
  };
  return { made, create };
}

t.test('says what Keras says of the same weights', async (t) => {
  const service = new RecognitionService({ createEngine });
  t.teardown(() => service.close());
  await service.serve(model);
  const answers = service.recognise(images.subarray(0, 100 * 784));
  t.equal(answers.length, 100);
  let largest = 0;
  answers.forEach(({ digit, probabilities, model }, i) => {
    const wanted: number[] = predictions.probabilities[i];
    wanted.forEach((probability, k) => {
      largest = Math.max(largest, Math.abs(probability - probabilities[k]));
    });
    if (digit !== wanted.indexOf(Math.max(...wanted))) t.fail(`image ${i}: ${digit}`);
    if (model !== 'lenet5.h5') t.fail(`image ${i} was read by ${model}`);
  });
  t.ok(largest < 1e-5, `largest difference of a probability ${largest}`);
  t.same(service.recognise(new Uint8Array(0)), []);
});

t.test("a model's temperature divides its logits", async (t) => {
  const service = new RecognitionService({ createEngine });
  t.teardown(() => service.close());
  await service.serve({ ...model, temperature: 2 });
  const [answer] = service.recognise(images.subarray(0, 784));
  const roots = predictions.probabilities[0].map(Math.sqrt);
  const sum = roots.reduce((a: number, b: number) => a + b);
  t.ok(roots.every((root: number, k: number) => Math.abs(root / sum - answer.probabilities[k]) < 1e-4));
});

t.test('a guest reads with its own weights and leaves the serving model alone', async (t) => {
  const { made, create } = countedEngines();
  const service = new RecognitionService({ createEngine: create });
  const image = images.subarray(0, 784);
  t.throws(() => service.recogniseBy(model, image), { code: 'NO_MODEL' });
  await service.serve(model);
  const [alone] = service.recognise(image);
  const blank: Model = { ...mirrored, activation: 'relu', weights: new Float32Array(61_706) };
  for (const each of [model, blank, mirrored]) await service.prepare(each);
  const [, [guest], [other]] = await Promise.all([
    service.recogniseBy(model, image),
    service.recogniseBy(blank, image),
    service.recogniseBy({ ...mirrored, source: { kind: 'run', runId: 3, epoch: 9 } }, image),
  ]);
  t.equal(guest.model, 'run 3, epoch 8');
  t.ok(
    guest.probabilities.every((share) => Math.abs(share - 0.1) < 1e-6),
    'weights of 0 know nothing',
  );
  t.equal(other.model, 'run 3, epoch 9');
  t.same(service.recognise(image), [alone]);
  t.same(await service.recogniseBy(model, image), [alone], 'the same weights say the same');
  const before = made.length;
  await service.recogniseBy(blank, image);
  t.equal(made.length, before, 'the engine is kept');
  await service.close();
  t.ok(
    made.every(({ disposed }) => disposed),
    'no engine is left behind',
  );
});

t.test('without a model it asks for one', async (t) => {
  const service = new RecognitionService({ createEngine });
  const refusal = { code: 'NO_MODEL', status: 409, message: 'Please train your model.' };
  t.equal(service.serving, null);
  t.throws(() => service.recognise(images.subarray(0, 784)), refusal);
  await service.serve(model);
  await service.close();
  t.throws(() => service.recognise(images.subarray(0, 784)), refusal);
  t.equal(service.serving, null);
  await service.close();
});

t.test('a swap drops no request: every moment one of the two models answers', async (t) => {
  const { made, create } = countedEngines();
  const service = new RecognitionService({ createEngine: create });
  await service.serve(model);
  const seen = new Set<string>();
  let swapped = false;
  const swap = service.serve(mirrored).then(() => {
    swapped = true;
  });
  while (!swapped) {
    for (const answer of service.recognise(images.subarray(0, 784))) seen.add(answer.model);
    await new Promise(setImmediate);
  }
  await swap;
  t.equal(service.serving, mirrored);
  t.equal(service.recognise(images.subarray(0, 784))[0].model, 'run 3, epoch 8');
  t.ok(seen.has('lenet5.h5'), 'the one before answered until then');
  t.same(
    made.map(({ disposed }) => disposed),
    [false, true, false],
    'and was freed; the first one tells digits from what is none, for all models',
  );
  t.match(made[2].options, { activation: 'tanh', inputScale: 1 / 255, threads: 1 });
  await service.close();
  t.same(
    made.map(({ disposed }) => disposed),
    [true, true, true],
  );
});

t.test('of swaps asked for at once, the last one stays', async (t) => {
  const { made, create } = countedEngines();
  const service = new RecognitionService({ createEngine: create });
  const shipped: Model = { ...model, source: { kind: 'shipped' } };
  await Promise.all([service.serve(model), service.serve(mirrored), service.serve(shipped)]);
  t.equal(service.serving, shipped);
  await service.close();
  t.ok(
    made.every(({ disposed }) => disposed),
    'no engine is left behind',
  );
});

t.test('a model that cannot be served leaves the one before in service', async (t) => {
  const { made, create } = countedEngines();
  const breakable = {
    next: create,
  };
  const service = new RecognitionService({ createEngine: (name, options) => breakable.next(name, options) });
  t.teardown(() => service.close());
  await service.serve(model);
  await t.rejects(service.serve({ ...model, weights: new Float32Array(7) }), {
    name: 'RangeError',
    message: 'A model has 61706 weights, not 7.',
  });
  breakable.next = async () => {
    throw new Error('no memory');
  };
  await t.rejects(service.serve(mirrored), { message: 'no memory' });
  breakable.next = async (name, options) => {
    const engine = await create(name, options);
    engine.setState = () => {
      throw new Error('bad state');
    };
    return engine;
  };
  await t.rejects(service.serve(mirrored), { message: 'bad state' });
  t.equal(made.at(-1)?.disposed, true, 'the engine made in vain is freed');
  t.equal(service.serving, model);
  t.equal(service.recognise(images.subarray(0, 784))[0].digit, 7);
});

t.test('a model is called by where it comes from', async (t) => {
  t.equal(modelName({ source: { kind: 'shipped' } }), 'the built-in model');
  t.equal(modelName({ source: { kind: 'run', runId: 12, epoch: 8 } }), 'run 12, epoch 8');
  t.equal(modelName({ source: { kind: 'file', file: 'lenet5.h5' } }), 'lenet5.h5');
});
