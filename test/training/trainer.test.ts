import t from 'tap';
import { EngineAbsentError } from '../../src/engines/engine.ts';
import { CodedError } from '../../src/errors.ts';
import { Counters } from '../../src/training/counters.ts';
import type { TrainerMessage } from '../../src/training/messages.ts';
import { DEFAULT_SETTINGS } from '../../src/training/settings.ts';
import { type TrainerParts, train } from '../../src/training/trainer.ts';
import { FakeEngine } from './fake-engine.ts';

/** Trains two epochs of three batches; what is sent stays in this thread. */
function trainFake(parts: Partial<TrainerParts> = {}) {
  const engine = new FakeEngine();
  const counters = new Counters();
  const sent: { message: TrainerMessage; transfer: ArrayBuffer[] }[] = [];
  const asked: unknown[] = [];
  const settings = { ...DEFAULT_SETTINGS, activation: 'tanh', batchsize: 8, epochs: 2 } as const;
  const trained = train(
    { settings, inputScale: 0.5, from: {}, corrections: null, threads: 3, counters: counters.buffer },
    {
      createEngine: (name, options) => {
        asked.push(name, options);
        return engine;
      },
      readData: () => engine.data,
      send: (message, transfer) => sent.push({ message, transfer }),
      ...parts,
    },
  );
  return { engine, counters, sent, asked, trained };
}

t.test('sends each epoch, then the end, and counts batches', async (t) => {
  const { trained, sent, counters, engine, asked } = trainFake();
  await trained;
  t.same(
    sent.map(({ message }) => message.type),
    ['epoch', 'epoch', 'end'],
  );
  t.match(sent[2].message, { ending: { state: 'finished', reason: null, test: { accuracy: 0.75 } } });
  t.match(counters.read(), { steps: 6, imagesPerEpoch: 20, loss: 4, accuracy: 0.25 });
  t.ok(engine.disposed);
  t.match(asked, [
    'simd',
    { activation: 'tanh', optimizer: 'adam', batchSize: 8, threads: 3, inputScale: 0.5 },
  ]);
});

t.test("hands a checkpoint's arrays over instead of copying them", async (t) => {
  const { trained, sent } = trainFake();
  await trained;
  const { message, transfer } = sent[0];
  if (message.type !== 'epoch') throw new Error('the first message is an epoch');
  const { weights, slots } = message.checkpoint;
  t.equal(transfer.length, 2);
  t.equal(transfer[0], weights.buffer);
  t.equal(transfer[1], slots.momentum.buffer);
});

t.test('hears a stop', async (t) => {
  const stopped: TrainerMessage[] = [];
  const counters = new Counters();
  counters.requestStop();
  const engine = new FakeEngine();
  await train(
    {
      settings: DEFAULT_SETTINGS,
      inputScale: 1,
      from: {},
      corrections: null,
      threads: 1,
      counters: counters.buffer,
    },
    { createEngine: () => engine, readData: () => engine.data, send: (message) => stopped.push(message) },
  );
  t.match(stopped, [{ type: 'end', ending: { state: 'stopped' } }]);
  t.same(engine.batches, []);
});

t.test('trouble that has a sentence is an end', async (t) => {
  const message = 'MNIST is damaged.';
  for (const error of [
    new EngineAbsentError(message),
    new CodedError({ code: 'DATASET_DAMAGED', status: 500, message }),
  ]) {
    const { trained, sent, engine } = trainFake({
      readData: () => {
        throw error;
      },
    });
    await trained;
    t.match(sent, [{ message: { type: 'end', ending: { state: 'failed', reason: message, test: null } } }]);
    t.ok(engine.disposed, 'the engine is let go all the same');
  }
});

t.test('trouble that nobody expects is thrown, the engine let go', async (t) => {
  const { trained, sent, engine } = trainFake({
    readData: () => {
      throw new TypeError('a fault of ours');
    },
  });
  await t.rejects(trained, /a fault of ours/);
  t.same(sent, []);
  t.ok(engine.disposed);
});
