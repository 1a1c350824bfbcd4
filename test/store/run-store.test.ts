import path from 'node:path';
import t, { type Test } from 'tap';
import { DIGITS } from '../../src/network/lenet5.ts';
import { threadCorrections, threadStart } from '../../src/queue/thread-start.ts';
import type { Service } from '../../src/runs/run.ts';
import { UNTHINNED_RUNS } from '../../src/store/checkpoint-store.ts';
import { CorrectionStore } from '../../src/store/correction-store.ts';
import { openDatabase } from '../../src/store/open.ts';
import { type RunStart, RunStore } from '../../src/store/run-store.ts';
import type { Checkpoint } from '../../src/training/checkpoint.ts';
import type { Epoch } from '../../src/training/epoch.ts';
import { DEFAULT_SETTINGS } from '../../src/training/settings.ts';
import { finished } from '../help/helper.ts';

function build(t: Test): RunStore {
  const store = new RunStore(openDatabase(':memory:'));
  t.teardown(() => store.close());
  return store;
}

const epoch = (number: number): Epoch => ({
  epoch: number,
  loss: 0.5 / number,
  accuracy: 0.9,
  val_loss: 0.25,
  val_accuracy: 0.95,
  seconds: 2.5 + number,
});

/** Of three images the first and the last are read right. */
const ANSWERS = Uint8Array.of(7, 2, 1);
const LABELS = Uint8Array.of(7, 3, 1);

/** Every element another float, some of them awkward. */
function checkpoint(number: number): Checkpoint {
  const weights = Float32Array.from({ length: DIGITS.parameterCount }, (_, i) => Math.sin(i) * number);
  weights.set([-0, 1e-45, 3.4028234663852886e38]);
  return {
    weights,
    slots: {
      momentum: weights.map((weight) => weight + 1),
      velocity: weights.map((weight) => weight + 2),
    },
    step: number * 1719,
    random: [number, 2 ** 32 - 1, 0, 7],
  };
}

const SMALL: Checkpoint = {
  weights: new Float32Array(2),
  slots: { momentum: new Float32Array(2) },
  step: 1,
  random: [],
};

const equalBytes = (one: Float32Array, other: Float32Array) =>
  one.length === other.length &&
  Buffer.from(one.buffer, one.byteOffset, one.byteLength).equals(
    Buffer.from(other.buffer, other.byteOffset, other.byteLength),
  );

t.test('a new run is queued, with nothing measured', async (t) => {
  const store = build(t);
  const run = store.create({ ...DEFAULT_SETTINGS, seed: 5 });
  t.same(run, {
    id: 1,
    state: 'queued',
    settings: { ...DEFAULT_SETTINGS, seed: 5 },
    createdAt: run.createdAt,
    startedAt: null,
    endedAt: null,
    epochs: [],
    epochsDone: 0,
    bestEpoch: null,
    bestValLoss: null,
    bestValAccuracy: null,
    seconds: 0,
    testLoss: null,
    testAccuracy: null,
    reason: null,
    attempts: 0,
    resumes: false,
    parent: null,
    comparisons: [],
    owner: null,
    corrections: null,
    name: '',
    note: '',
    pinned: false,
    sweepId: null,
    pauseAfter: null,
    stoppedEarly: false,
    serve: null,
  });
  t.same(store.fitStart(1), {}, 'it will begin with new weights');
  t.ok(Math.abs(Date.parse(run.createdAt) - Date.now()) < 60_000);
  t.match(run.createdAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  t.same(store.get(1), run);
  t.equal(store.get(2), null);
});

t.test('a run begins, gains epochs and ends', async (t) => {
  const store = build(t);
  const { id } = store.create(DEFAULT_SETTINGS);
  store.markRunning(id);
  t.match(store.get(id), { state: 'running', startedAt: /Z$/, endedAt: null });
  store.addEpoch(id, epoch(1), checkpoint(1), true);
  store.addEpoch(id, epoch(2), checkpoint(2), false);
  store.end(id, {
    state: 'finished',
    reason: 'Enough.',
    test: { loss: 0.03, accuracy: 0.99, answers: ANSWERS },
  });
  t.same(store.testHits(id, LABELS), Uint8Array.of(1, 0, 1));
  t.match(store.get(id), {
    state: 'finished',
    epochs: [epoch(1), epoch(2)],
    bestEpoch: 1,
    testLoss: 0.03,
    testAccuracy: 0.99,
    reason: 'Enough.',
    endedAt: /Z$/,
  });
});

t.test('a run that ends without a test has none', async (t) => {
  const store = build(t);
  const { id } = store.create(DEFAULT_SETTINGS);
  store.end(id, { state: 'failed', reason: 'No.' });
  t.match(store.get(id), { state: 'failed', testLoss: null, testAccuracy: null });
});

t.test('checkpoints come back bit for bit', async (t) => {
  const store = build(t);
  const { id } = store.create(DEFAULT_SETTINGS);
  const kept = checkpoint(3);
  store.addEpoch(id, epoch(1), kept, true);
  const read = store.checkpoints.get(id, 1)!;
  t.ok(equalBytes(read.weights, kept.weights));
  t.same(Object.keys(read.slots), ['momentum', 'velocity']);
  t.ok(equalBytes(read.slots.momentum, kept.slots.momentum));
  t.ok(equalBytes(read.slots.velocity, kept.slots.velocity));
  t.equal(read.step, kept.step);
  t.same(read.random, kept.random);
});

t.test('a checkpoint without slots, and weights that are a part of a larger buffer', async (t) => {
  const store = build(t);
  const { id } = store.create(DEFAULT_SETTINGS);
  const { weights } = checkpoint(1);
  const inside = new Float32Array(DIGITS.parameterCount + 10);
  inside.set(weights, 5);
  store.addEpoch(id, epoch(1), { ...checkpoint(1), weights: inside.subarray(5, -5), slots: {} }, true);
  t.same(store.checkpoints.get(id, 1)!.slots, {});
  t.ok(equalBytes(store.checkpoints.get(id, 1)!.weights, weights));
});

t.test(
  'all checkpoints of the newest runs and of pinned ones stay, of the others the best and the last',
  async (t) => {
    const store = build(t);
    const kept = (id: number) => store.checkpoints.list(id).map(({ epoch }) => epoch);
    const trained = () => {
      const { id } = store.create(DEFAULT_SETTINGS);
      for (const number of [1, 2, 3, 4]) store.addEpoch(id, epoch(number), SMALL, number === 2);
      store.end(id, { state: 'finished', reason: null });
      return id;
    };
    const old = trained();
    const pinned = trained();
    const going = trained();
    store.end(going, { state: 'interrupted', reason: null, resumes: true });
    const givenUp = trained();
    store.end(givenUp, { state: 'interrupted', reason: null, resumes: false });
    store.setLabel(pinned, { pinned: true });
    for (let i = 0; i < UNTHINNED_RUNS - 4; i++) store.create(DEFAULT_SETTINGS);
    t.same(kept(old), [1, 2, 3, 4], 'one of the newest');
    for (let i = 0; i < 4; i++) store.create(DEFAULT_SETTINGS);
    t.same(kept(old), [2, 4]);
    t.same(kept(givenUp), [2, 4], 'one that does not go on by itself has ended');
    t.same(kept(pinned), [1, 2, 3, 4]);
    t.same(kept(going), [1, 2, 3, 4], 'what has not ended is left alone');
    store.setLabel(pinned, { pinned: false });
    t.same(kept(pinned), [2, 4]);
    t.equal(
      store.checkpoints.list(old)[0].bytes,
      16,
      'what one takes: a weight and a slot of two floats each',
    );
    t.ok(store.size().bytes > 0);
  },
);

t.test('a fork has the epochs of its parent, and what it needs to go on', async (t) => {
  const store = build(t);
  const { id } = store.create({ ...DEFAULT_SETTINGS, seed: 3 }, { inputScale: 1 });
  for (const number of [1, 2, 3])
    store.addEpoch(id, { ...epoch(number), val_loss: 1 / number }, checkpoint(number), true);
  const keeps = { slots: true, random: true };
  const fork = store.create({ ...DEFAULT_SETTINGS, epochs: 9 }, { fork: { runId: id, epoch: 2, keeps } });
  t.match(fork, { epochsDone: 2, bestEpoch: 2, seconds: 8, settings: { epochs: 9 } });
  t.same(fork.parent, { name: `run ${id}, epoch 2`, runId: id, epoch: 2, epochs: 2 });
  t.same(fork.epochs, store.get(id)!.epochs.slice(0, 2));
  t.equal(store.inputScale(fork.id), 1);
  t.match(store.fitStart(fork.id).done, { checkpoint: checkpoint(2), patienceFrom: 2, seconds: 0 });
  t.same(
    store.children(id).map((child) => child.id),
    [fork.id],
  );

  const other = store.create(DEFAULT_SETTINGS, {
    fork: { runId: id, epoch: 2, keeps: { slots: false, random: false } },
  });
  const { weights } = checkpoint(2);
  t.same(store.fitStart(other.id).done!.checkpoint, { weights, slots: {}, step: 0, random: [] });

  store.delete(id);
  t.match(store.get(fork.id), { parent: { name: `run ${id}, epoch 2`, runId: null }, epochsDone: 2 });
  t.ok(equalBytes(store.model(fork.id)!.weights, weights), 'it needs its parent no more');
});

const service = (runId: number | null, before: Service['before'] = null): Service => ({
  runId,
  since: '2026-11-26T08:00:00.000Z',
  chosenBy: null,
  before,
});

t.test(
  'the corrections that a run learns from stay the same: after a restart, resumed, forked',
  async (t) => {
    const file = path.join(t.testdir({}), 'store.sqlite');
    const [ada, bob] = ['a', 'b'].map((letter) => ({ id: letter.repeat(16), name: letter }));
    const settings = { ...DEFAULT_SETTINGS, data: 'mnist+corrections' } as const;
    let database = openDatabase(file);
    let [store, corrections] = [new RunStore(database), new CorrectionStore(database)];
    const correct = (truth: number, owner: typeof ada) => {
      const probabilities = new Array<number>(10).fill(0.1);
      const image = new Uint8Array(784).fill(truth);
      corrections.add({ truth, answer: 0, probabilities, model: 'x', image, strokes: null, owner });
    };
    correct(1, ada);
    correct(2, bob);
    const { id } = store.create(settings, { owner: ada, corrections: { owner: ada } });
    const start = () => {
      const made = threadStart(
        { store, threads: 1 },
        store.get(id)!,
        finished(threadCorrections({ corrections }, store.get(id)!)),
      );
      return [...made.corrections!.learnt.labels];
    };
    correct(3, ada);
    t.same(start(), [1]);
    store.markRunning(id);
    store.addEpoch(id, epoch(1), checkpoint(1), true);
    store.end(id, { state: 'stopped', reason: null });
    database.close();

    database = openDatabase(file);
    t.teardown(() => database.close());
    [store, corrections] = [new RunStore(database), new CorrectionStore(database)];
    store.requeue(id);
    t.same(start(), [1]);
    const fork = { runId: id, epoch: 1, keeps: { slots: true, random: true } };
    const bobs = { fork, owner: bob, corrections: { owner: bob } };
    t.same(store.create(settings, bobs).corrections, store.get(id)!.corrections, 'it goes on as its parent');
    t.equal(store.create(DEFAULT_SETTINGS, bobs).corrections, null);
    const plain = store.create(DEFAULT_SETTINGS).id;
    store.addEpoch(plain, epoch(1), checkpoint(1), true);
    const changed = store.create(settings, { ...bobs, fork: { ...fork, runId: plain } });
    t.match(changed.corrections, { everybody: false, owner: bob, newest: 3 }, 'unless that learns from none');
  },
);

t.test('a run is named, noted, pinned and deleted', async (t) => {
  const store = build(t);
  const { id } = store.create(DEFAULT_SETTINGS, { owner: { id: 'c0ffee', name: 'Ada' } });
  store.setLabel(id, { name: 'first' });
  store.setLabel(id, { note: 'it learns', pinned: true });
  t.match(store.summary(id), {
    name: 'first',
    note: 'it learns',
    pinned: true,
    owner: { id: 'c0ffee', name: 'Ada' },
  });
  store.addEpoch(id, epoch(1), SMALL, true);
  store.setService(service(id));
  store.delete(id);
  t.equal(store.get(id), null);
  t.equal(store.checkpoints.get(id, 1), null);
  t.equal(store.service(), null);
});

t.test('an epoch is kept whole or not at all', async (t) => {
  const store = build(t);
  const { id } = store.create(DEFAULT_SETTINGS);
  store.addEpoch(id, epoch(1), checkpoint(1), true);
  t.throws(() => store.addEpoch(id, epoch(1), checkpoint(2), true), /UNIQUE/);
  t.throws(() => store.addEpoch(id, { ...epoch(2), loss: Number.NaN }, checkpoint(2), true), /NOT NULL/);
  t.throws(() => store.addEpoch(99, epoch(1), checkpoint(2), true), /FOREIGN KEY/);
  t.match(store.get(id), { bestEpoch: 1, epochs: [epoch(1)] });
  t.ok(equalBytes(store.model(id)!.weights, checkpoint(1).weights));
});

t.test('the model is the best epoch, with what it needs to recognise', async (t) => {
  const store = build(t);
  const { id } = store.create({ ...DEFAULT_SETTINGS, activation: 'tanh' }, { inputScale: 1 });
  t.equal(store.model(id), null);
  store.addEpoch(id, epoch(1), checkpoint(1), true);
  store.addEpoch(id, epoch(2), checkpoint(2), false);
  const { weights, ...model } = store.model(id)!;
  const accuracies = { valAccuracy: 0.95, testAccuracy: null };
  t.same(model, { runId: id, epoch: 1, activation: 'tanh', inputScale: 1, temperature: 1, ...accuracies });
  const test = { loss: 0.1, accuracy: 0.96, answers: ANSWERS };
  store.end(id, { state: 'finished', reason: null, temperature: 1.25, test });
  t.match(store.model(id), { temperature: 1.25, testAccuracy: 0.96 });
  t.equal(store.checkpoints.model(id, 2)!.testAccuracy, null, 'no other epoch was tested');
  t.ok(equalBytes(weights, checkpoint(1).weights));
});

t.test('lists', async (t) => {
  const store = build(t);
  t.same(store.list(), { runs: [], count: 0 });
  t.equal(store.shown(), null);
  t.equal(store.latestEpochSeconds(), null);
  for (let i = 0; i < 4; i++) store.create(DEFAULT_SETTINGS);
  store.markRunning(2);
  store.addEpoch(2, epoch(1), checkpoint(1), true);
  store.addEpoch(2, epoch(2), checkpoint(1), true);
  store.end(1, { state: 'stopped', reason: null });
  const ids = (runs: readonly { id: number }[]) => runs.map(({ id }) => id);

  t.same(ids(store.list().runs), [4, 3, 2, 1], 'newest first');
  t.same(ids(store.inState('queued')), [3, 4], 'oldest first');
  t.same(ids(store.inState('failed')), []);
  t.equal(store.shown()?.id, 2, 'the running one');
  store.end(2, { state: 'finished', reason: null });
  t.equal(store.shown()?.id, 4, 'else the newest');
  t.equal(store.latestEpochSeconds(), 4.5);
});

t.test('where a run goes on: after its last epoch, knowing its best one', async (t) => {
  const store = build(t);
  const { id } = store.create(DEFAULT_SETTINGS);
  store.markRunning(id);
  store.addEpoch(id, { ...epoch(1), val_loss: 0.1 + 0.2 }, checkpoint(1), true);
  store.addEpoch(id, epoch(2), checkpoint(2), false);
  const { done, weights } = store.fitStart(id);
  t.equal(weights, undefined);
  t.same(done!.valLosses, [0.1 + 0.2, 0.25], 'not a bit is lost');
  t.same(done!.checkpoint, checkpoint(2));
  t.ok(equalBytes(done!.bestWeights, checkpoint(1).weights));
});

t.test('a run that begins with given weights knows whose they are', async (t) => {
  const store = build(t);
  const parent = { name: 'run 1, epoch 3', runId: store.create(DEFAULT_SETTINGS).id, epoch: 3 };
  const { weights } = checkpoint(4);
  const run = store.create(DEFAULT_SETTINGS, { inputScale: 1, from: { weights, parent } });
  t.same(run.parent, { ...parent, epochs: 0 });
  t.equal(store.inputScale(run.id), 1);
  t.ok(equalBytes(store.fitStart(run.id).weights!, weights));
  const comparisons = [{ images: 'test', count: 10_000, before: 0.99, after: 0.985 }] as const;
  store.end(run.id, { state: 'finished', reason: null, comparisons });
  t.same(store.get(run.id)?.comparisons, comparisons);
  const file = { name: 'lenet5.h5', runId: null, epoch: null };
  t.match(store.create(DEFAULT_SETTINGS, { from: { weights, parent: file } }).parent, file);
});

t.test('what waits: queued runs, and interrupted ones that go on by themselves, oldest first', async (t) => {
  const store = build(t);
  for (let i = 0; i < 5; i++) store.create(DEFAULT_SETTINGS);
  store.end(2, { state: 'interrupted', reason: null, resumes: true });
  store.end(3, { state: 'interrupted', reason: null });
  store.end(4, { state: 'stopped', reason: null });
  t.same(
    store.waiting().map(({ id, resumes }) => ({ id, resumes })),
    [
      { id: 1, resumes: false },
      { id: 2, resumes: true },
      { id: 5, resumes: false },
    ],
  );
});

t.test('attempts are counted from the last epoch on; a run that goes on has not ended', async (t) => {
  const store = build(t);
  const { id } = store.create(DEFAULT_SETTINGS);
  store.markRunning(id);
  const { startedAt } = store.get(id)!;
  store.end(id, { state: 'interrupted', reason: 'No.', resumes: true });
  store.markRunning(id);
  t.match(store.get(id), { attempts: 2, resumes: false, reason: null, endedAt: null, startedAt });
  store.addEpoch(id, epoch(1), checkpoint(1), true);
  t.equal(store.get(id)?.attempts, 1);
  store.end(id, { state: 'stopped', reason: 'By hand.', test: { loss: 1, accuracy: 0.5, answers: ANSWERS } });
  store.requeue(id);
  const state = { state: 'queued', attempts: 0, endedAt: null, reason: null };
  t.match(store.get(id), { ...state, epochs: [epoch(1)], bestEpoch: 1, testAccuracy: 0.5 });
  store.stopWaiting(id, 'In the queue.');
  t.match(store.get(id), { state: 'stopped', reason: 'In the queue.', endedAt: String, testAccuracy: 0.5 });
  t.same(store.testHits(id, LABELS), Uint8Array.of(1, 0, 1), 'nothing that was measured is lost');
  store.requeue(id);
  store.markRunning(id);
  t.match(store.get(id), { state: 'running', testAccuracy: null });
  t.equal(store.testHits(id, LABELS), null);
});

t.test('one model is in service, and what was before it is known as long as it is there', async (t) => {
  const store = build(t);
  const first = store.create(DEFAULT_SETTINGS);
  const second = store.create(DEFAULT_SETTINGS);
  t.equal(store.service(), null);
  for (const row of [
    service(first.id, { kind: 'shipped' }),
    { ...service(second.id, { kind: 'run', runId: first.id }), chosenBy: 'c0ffee' },
    service(null, { kind: 'file' }),
  ]) {
    store.setService(row);
    t.same(store.service(), row);
  }
  store.setService(service(second.id, { kind: 'run', runId: first.id }));
  store.delete(first.id);
  t.same(store.service(), service(second.id));
  t.throws(() => store.setService(service(99)), /FOREIGN KEY/);
});

t.test(
  "an owner's runs that may read: those that ended and are nobody's trials, the last to end first",
  async (t) => {
    const store = build(t);
    const owner = { id: 'c0ffee', name: '' };
    const ended = (
      state: 'finished' | 'stopped' | 'failed',
      start: RunStart = {},
      settings = DEFAULT_SETTINGS,
    ) => {
      const { id } = store.create(settings, { owner, ...start });
      store.markRunning(id);
      store.addEpoch(id, epoch(1), SMALL, true);
      store.end(id, { state, reason: null });
      return id;
    };
    const [first, second] = [ended('finished'), ended('stopped', { serve: true })];
    ended('failed');
    ended('finished', { serve: false });
    ended('finished', { owner: { id: 'f00d', name: '' } });
    ended('finished', { owner: null });
    ended('finished', {}, { ...DEFAULT_SETTINGS, data: 'corrections' });
    store.end(store.create(DEFAULT_SETTINGS, { owner }).id, { state: 'stopped', reason: null });
    const fork = { runId: first, epoch: 1, keeps: { slots: true, random: true } };
    store.stopWaiting(store.create(DEFAULT_SETTINGS, { owner, fork }).id, 'It never began.');
    t.same(
      [...store.ownReaders('c0ffee')].map(({ id }) => id),
      [second, first],
    );
  },
);
