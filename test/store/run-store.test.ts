import type { Test } from 'tap';
import { DIGITS } from '../../src/network/lenet5.ts';
import { threadCorrections, threadStart } from '../../src/queue/thread-start.ts';
import { DEFAULT_BUDGET } from '../../src/rooms/room.ts';
import { CorrectionStore } from '../../src/store/correction-store.ts';
import { type RunStart, RunStore, type WaitingCounts } from '../../src/store/run-store.ts';
import type { Checkpoint } from '../../src/training/checkpoint.ts';
import type { Ending } from '../../src/training/ending.ts';
import type { Epoch } from '../../src/training/epoch.ts';
import { DEFAULT_SETTINGS } from '../../src/training/settings.ts';
import { type Open, onEach } from '../help/databases.ts';
import { addEpoch, begin, end } from '../help/train.ts';

async function build(t: Test, open: Open): Promise<RunStore> {
  const store = new RunStore(await open());
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

onEach('a new run is queued, with nothing measured', async (t, open) => {
  const store = await build(t, open);
  const run = await store.create({ ...DEFAULT_SETTINGS, seed: 5 });
  t.same(run, {
    id: 1,
    room: 0,
    state: 'queued',
    settings: { ...DEFAULT_SETTINGS, seed: 5 },
    createdAt: run.createdAt,
    fence: 0,
    stopping: false,
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
  t.same(await store.fitStart(1), {}, 'it will begin with new weights');
  t.ok(Math.abs(Date.parse(run.createdAt) - Date.now()) < 60_000);
  t.match(run.createdAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  t.same(await store.get(1), run);
  t.equal(await store.get(2), null);
});

onEach('a run begins, gains epochs and ends', async (t, open) => {
  const store = await build(t, open);
  const { id } = await store.create(DEFAULT_SETTINGS);
  await begin(store, id);
  t.match(await store.get(id), { state: 'running', startedAt: /Z$/, endedAt: null });
  await addEpoch(store, id, epoch(1), checkpoint(1), true);
  await addEpoch(store, id, epoch(2), checkpoint(2), false);
  await end(store, id, {
    state: 'finished',
    reason: 'Enough.',
    test: { loss: 0.03, accuracy: 0.99, answers: ANSWERS },
  });
  t.same(await store.testHits(id, LABELS), Uint8Array.of(1, 0, 1));
  t.match(await store.get(id), {
    state: 'finished',
    epochs: [epoch(1), epoch(2)],
    bestEpoch: 1,
    testLoss: 0.03,
    testAccuracy: 0.99,
    reason: 'Enough.',
    endedAt: /Z$/,
  });
});

onEach('a run that ends without a test has none', async (t, open) => {
  const store = await build(t, open);
  const { id } = await store.create(DEFAULT_SETTINGS);
  await end(store, id, { state: 'failed', reason: 'No.' });
  t.match(await store.get(id), { state: 'failed', testLoss: null, testAccuracy: null });
});

onEach('checkpoints come back bit for bit', async (t, open) => {
  const store = await build(t, open);
  const { id } = await store.create(DEFAULT_SETTINGS);
  const kept = checkpoint(3);
  await addEpoch(store, id, epoch(1), kept, true);
  const read = (await store.checkpoints.get(id, 1))!;
  t.ok(equalBytes(read.weights, kept.weights));
  t.same(Object.keys(read.slots), ['momentum', 'velocity']);
  t.ok(equalBytes(read.slots.momentum, kept.slots.momentum));
  t.ok(equalBytes(read.slots.velocity, kept.slots.velocity));
  t.equal(read.step, kept.step);
  t.same(read.random, kept.random);
});

onEach('a checkpoint without slots, and weights that are a part of a larger buffer', async (t, open) => {
  const store = await build(t, open);
  const { id } = await store.create(DEFAULT_SETTINGS);
  const { weights } = checkpoint(1);
  const inside = new Float32Array(DIGITS.parameterCount + 10);
  inside.set(weights, 5);
  await addEpoch(store, id, epoch(1), { ...checkpoint(1), weights: inside.subarray(5, -5), slots: {} }, true);
  t.same((await store.checkpoints.get(id, 1))!.slots, {});
  t.ok(equalBytes((await store.checkpoints.get(id, 1))!.weights, weights));
});

onEach(
  'all checkpoints of the newest runs and of pinned ones stay, of the others the best and the last',
  async (t, open) => {
    const store = await build(t, open);
    const kept = async (id: number) => (await store.checkpoints.list(id)).map(({ epoch }) => epoch);
    const trained = async (ending: Partial<Ending> = {}) => {
      const { id } = await store.create(DEFAULT_SETTINGS);
      for (const number of [1, 2, 3, 4]) await addEpoch(store, id, epoch(number), SMALL, number === 2);
      await end(store, id, { state: 'finished', reason: null, ...ending });
      return id;
    };
    const old = await trained();
    const pinned = await trained();
    const going = await trained({ state: 'interrupted', resumes: true });
    const givenUp = await trained({ state: 'interrupted', resumes: false });
    await store.setLabel(pinned, { pinned: true });
    for (let i = 0; i < DEFAULT_BUDGET.runs - 4; i++) await store.create(DEFAULT_SETTINGS);
    t.same(await kept(old), [1, 2, 3, 4], 'one of the newest');
    for (let i = 0; i < 4; i++) await store.create(DEFAULT_SETTINGS);
    t.same(await kept(old), [2, 4]);
    t.same(await kept(givenUp), [2, 4], 'one that does not go on by itself has ended');
    t.same(await kept(pinned), [1, 2, 3, 4]);
    t.same(await kept(going), [1, 2, 3, 4], 'what has not ended is left alone');
    await store.setLabel(pinned, { pinned: false });
    t.same(await kept(pinned), [2, 4]);
    t.equal(
      (await store.checkpoints.list(old))[0].bytes,
      16,
      'what one takes: a weight and a slot of two floats each',
    );
    t.ok((await store.size()).bytes > 0);
  },
);

onEach('a fork has the epochs of its parent, and what it needs to go on', async (t, open) => {
  const store = await build(t, open);
  const { id } = await store.create({ ...DEFAULT_SETTINGS, seed: 3 }, { inputScale: 1 });
  for (const number of [1, 2, 3])
    await addEpoch(store, id, { ...epoch(number), val_loss: 1 / number }, checkpoint(number), true);
  const keeps = { slots: true, random: true };
  const fork = await store.create(
    { ...DEFAULT_SETTINGS, epochs: 9 },
    { fork: { runId: id, epoch: 2, keeps } },
  );
  t.match(fork, { epochsDone: 2, bestEpoch: 2, seconds: 8, settings: { epochs: 9 } });
  t.same(fork.parent, { name: `run ${id}, epoch 2`, runId: id, epoch: 2, epochs: 2 });
  t.same(fork.epochs, (await store.get(id))!.epochs.slice(0, 2));
  t.equal(await store.inputScale(fork.id), 1);
  t.match((await store.fitStart(fork.id)).done, { checkpoint: checkpoint(2), patienceFrom: 2, seconds: 0 });
  t.same(
    (await store.children(id)).map((child) => child.id),
    [fork.id],
  );

  const other = await store.create(DEFAULT_SETTINGS, {
    fork: { runId: id, epoch: 2, keeps: { slots: false, random: false } },
  });
  const { weights } = checkpoint(2);
  t.same((await store.fitStart(other.id)).done!.checkpoint, { weights, slots: {}, step: 0, random: [] });

  await end(store, id, { state: 'finished', reason: null });
  t.equal(await store.delete(id), true);
  t.match(await store.get(fork.id), { parent: { name: `run ${id}, epoch 2`, runId: null }, epochsDone: 2 });
  t.ok(equalBytes((await store.model(fork.id))!.weights, weights), 'it needs its parent no more');
});

onEach(
  'the corrections that a run learns from stay the same: after a restart, resumed, forked',
  async (t, open) => {
    const [ada, bob] = ['a', 'b'].map((letter) => ({ id: letter.repeat(16), name: letter }));
    const settings = { ...DEFAULT_SETTINGS, data: 'mnist+corrections' } as const;
    let database = await open();
    let [store, corrections] = [new RunStore(database), new CorrectionStore(database)];
    const correct = async (truth: number, owner: typeof ada) => {
      const probabilities = new Array<number>(10).fill(0.1);
      const image = new Uint8Array(784).fill(truth);
      await corrections.add({ truth, answer: 0, probabilities, model: 'x', image, strokes: null, owner });
    };
    await correct(1, ada);
    await correct(2, bob);
    const { id } = await store.create(settings, { owner: ada, corrections: { owner: ada } });
    const start = async () => {
      const made = await threadStart(
        { store, threads: 1 },
        (await store.get(id))!,
        await threadCorrections({ corrections }, (await store.get(id))!),
      );
      return [...made.corrections!.learnt.labels];
    };
    await correct(3, ada);
    t.same(await start(), [1]);
    await begin(store, id);
    await addEpoch(store, id, epoch(1), checkpoint(1), true);
    await end(store, id, { state: 'stopped', reason: null });
    await database.close();

    database = await open();
    t.teardown(() => database.close());
    [store, corrections] = [new RunStore(database), new CorrectionStore(database)];
    await store.requeue(id);
    t.same(await start(), [1]);
    const fork = { runId: id, epoch: 1, keeps: { slots: true, random: true } };
    const bobs = { fork, owner: bob, corrections: { owner: bob } };
    t.same(
      (await store.create(settings, bobs)).corrections,
      (await store.get(id))!.corrections,
      'it goes on as its parent',
    );
    t.equal((await store.create(DEFAULT_SETTINGS, bobs)).corrections, null);
    const plain = (await store.create(DEFAULT_SETTINGS)).id;
    await addEpoch(store, plain, epoch(1), checkpoint(1), true);
    const changed = await store.create(settings, { ...bobs, fork: { ...fork, runId: plain } });
    t.match(changed.corrections, { everybody: false, owner: bob, newest: 3 }, 'unless that learns from none');
  },
);

onEach('a run is named, noted, pinned and deleted', async (t, open) => {
  const store = await build(t, open);
  const { id } = await store.create(DEFAULT_SETTINGS, { owner: { id: 'c0ffee', name: 'Ada' } });
  await store.setLabel(id, { name: 'first' });
  await store.setLabel(id, { note: 'it learns', pinned: true });
  t.match(await store.summary(id), {
    name: 'first',
    note: 'it learns',
    pinned: true,
    owner: { id: 'c0ffee', name: 'Ada' },
  });
  await addEpoch(store, id, epoch(1), SMALL, true);
  t.equal(await store.delete(id), false, 'it trains');
  await end(store, id, { state: 'finished', reason: null });
  t.equal(await store.delete(id), true);
  t.equal(await store.get(id), null);
  t.equal(await store.checkpoints.get(id, 1), null);
  t.equal(await store.delete(id), false, 'it is gone');
});

onEach('an epoch is kept whole or not at all', async (t, open) => {
  const store = await build(t, open);
  const { id } = await store.create(DEFAULT_SETTINGS);
  await addEpoch(store, id, epoch(1), checkpoint(1), true);
  // As after a commit of which it is not known whether it came through.
  await addEpoch(store, id, epoch(1), checkpoint(2), true);
  await t.rejects(
    addEpoch(store, id, { ...epoch(2), loss: Number.NaN }, checkpoint(2), true),
    /NOT NULL|check/,
  );
  t.equal(await store.addEpoch({ id: 99, fence: 1 }, epoch(1), checkpoint(2), true), false);
  t.match(await store.get(id), { bestEpoch: 1, epochs: [epoch(1)] });
  t.ok(equalBytes((await store.model(id))!.weights, checkpoint(1).weights));
});

onEach('who has lost a run changes nothing of it', async (t, open) => {
  const store = await build(t, open);
  const { id } = await store.create(DEFAULT_SETTINGS);
  const lost = await begin(store, id);
  t.match(lost, { state: 'running', fence: 1, attempts: 1 });
  t.equal(await store.claim(), null, 'nobody else gets it');
  // It was believed dead.
  t.equal(await store.end(lost, { state: 'interrupted', reason: null, resumes: true }), true);
  t.equal(await store.addEpoch(lost, epoch(1), checkpoint(1), true), false);
  const held = (await store.claim())!;
  t.match(held, { id, fence: 2, attempts: 2 });
  t.equal(await store.addEpoch(held, epoch(1), checkpoint(1), true), true);
  t.equal(await store.addEpoch(lost, epoch(2), checkpoint(2), true), false);
  t.equal(await store.end(lost, { state: 'failed', reason: 'It came back.' }), false);
  t.match(await store.get(id), { state: 'running', reason: null, epochsDone: 1, bestEpoch: 1 });
  t.equal(await store.stop(id, 'not said of one that trains'), 'running');
  t.match(await store.get(id), { state: 'running', reason: null, stopping: true, endedAt: null });
  t.equal(await store.end(held, { state: 'stopped', reason: 'By hand.' }), true);
  t.match(await store.get(id), { state: 'stopped', reason: 'By hand.', stopping: false });
  t.equal(await store.stop(id, 'too late'), null);
  t.equal(await store.requeue(id), true);
  t.equal(await store.requeue(id), false, 'once');
  t.match(await store.claim(), { id, stopping: false });
});

onEach('a run may be refused for those that wait', async (t, open) => {
  const store = await build(t, open);
  const owner = { id: 'ada', name: '' };
  const admit = ({ all, own }: WaitingCounts) => {
    if (own >= 2) throw new Error(`${own} of ${all}`);
  };
  await store.create(DEFAULT_SETTINGS, { admit });
  const asked = Array.from({ length: 5 }, () => store.create(DEFAULT_SETTINGS, { owner, admit }));
  const answers = await Promise.allSettled(asked);
  t.same(
    answers.map(({ status }) => status).toSorted(),
    ['fulfilled', 'fulfilled', 'rejected', 'rejected', 'rejected'],
    'also of those that ask at the same time',
  );
  t.same(await store.waitingCounts('ada'), { all: 3, room: 3, own: 2 });
  t.same(await store.in(7).waitingCounts('ada'), { all: 3, room: 0, own: 0 });
  t.same(await store.waitingCounts(null), { all: 3, room: 3, own: 0 });
});

onEach('the model is the best epoch, with what it needs to recognise', async (t, open) => {
  const store = await build(t, open);
  const { id } = await store.create({ ...DEFAULT_SETTINGS, activation: 'tanh' }, { inputScale: 1 });
  t.equal(await store.model(id), null);
  await addEpoch(store, id, epoch(1), checkpoint(1), true);
  await addEpoch(store, id, epoch(2), checkpoint(2), false);
  const { weights, ...model } = (await store.model(id))!;
  const accuracies = { valAccuracy: 0.95, testAccuracy: null };
  t.same(model, {
    runId: id,
    epoch: 1,
    isBest: true,
    activation: 'tanh',
    inputScale: 1,
    temperature: 1,
    ...accuracies,
  });
  const test = { loss: 0.1, accuracy: 0.96, answers: ANSWERS };
  await end(store, id, { state: 'finished', reason: null, temperature: 1.25, test });
  t.match(await store.model(id), { temperature: 1.25, testAccuracy: 0.96 });
  t.equal((await store.checkpoints.model(id, 2))!.testAccuracy, null, 'no other epoch was tested');
  t.ok(equalBytes(weights, checkpoint(1).weights));
});

onEach('lists', async (t, open) => {
  const store = await build(t, open);
  t.same(await store.list(), { runs: [], count: 0 });
  t.equal(await store.shown(), null);
  t.equal(await store.latestEpochSeconds(), null);
  for (let i = 0; i < 4; i++) await store.create(DEFAULT_SETTINGS);
  await begin(store, 2);
  await addEpoch(store, 2, epoch(1), checkpoint(1), true);
  await addEpoch(store, 2, epoch(2), checkpoint(1), true);
  await end(store, 1, { state: 'stopped', reason: null });
  const ids = (runs: readonly { id: number }[]) => runs.map(({ id }) => id);

  t.same(ids((await store.list()).runs), [4, 3, 2, 1], 'newest first');
  t.same(ids(await store.inState('queued')), [3, 4], 'oldest first');
  t.same(ids(await store.inState('failed')), []);
  t.equal((await store.shown())?.id, 2, 'the running one');
  await end(store, 2, { state: 'finished', reason: null });
  t.equal((await store.shown())?.id, 4, 'else the newest');
  t.equal(await store.latestEpochSeconds(), 4.5);
});

onEach('where a run goes on: after its last epoch, knowing its best one', async (t, open) => {
  const store = await build(t, open);
  const { id } = await store.create(DEFAULT_SETTINGS);
  await begin(store, id);
  await addEpoch(store, id, { ...epoch(1), val_loss: 0.1 + 0.2 }, checkpoint(1), true);
  await addEpoch(store, id, epoch(2), checkpoint(2), false);
  const { done, weights } = await store.fitStart(id);
  t.equal(weights, undefined);
  t.same(done!.valLosses, [0.1 + 0.2, 0.25], 'not a bit is lost');
  t.same(done!.checkpoint, checkpoint(2));
  t.ok(equalBytes(done!.bestWeights, checkpoint(1).weights));
});

onEach('a run that begins with given weights knows whose they are', async (t, open) => {
  const store = await build(t, open);
  const parent = { name: 'run 1, epoch 3', runId: (await store.create(DEFAULT_SETTINGS)).id, epoch: 3 };
  const { weights } = checkpoint(4);
  const run = await store.create(DEFAULT_SETTINGS, { inputScale: 1, from: { weights, parent } });
  t.same(run.parent, { ...parent, epochs: 0 });
  t.equal(await store.inputScale(run.id), 1);
  t.ok(equalBytes((await store.fitStart(run.id)).weights!, weights));
  const comparisons = [{ images: 'test', count: 10_000, before: 0.99, after: 0.985 }] as const;
  await end(store, run.id, { state: 'finished', reason: null, comparisons });
  t.same((await store.get(run.id))?.comparisons, comparisons);
  const file = { name: 'lenet5.h5', runId: null, epoch: null };
  t.match((await store.create(DEFAULT_SETTINGS, { from: { weights, parent: file } })).parent, file);
});

onEach(
  'what waits: queued runs, and interrupted ones that go on by themselves, oldest first',
  async (t, open) => {
    const store = await build(t, open);
    for (let i = 0; i < 5; i++) await store.create(DEFAULT_SETTINGS);
    await end(store, 2, { state: 'interrupted', reason: null, resumes: true });
    await end(store, 3, { state: 'interrupted', reason: null });
    await end(store, 4, { state: 'stopped', reason: null });
    t.same(
      (await store.waiting()).map(({ id, resumes }) => ({ id, resumes })),
      [
        { id: 1, resumes: false },
        { id: 2, resumes: true },
        { id: 5, resumes: false },
      ],
    );
  },
);

onEach('attempts are counted from the last epoch on; a run that goes on has not ended', async (t, open) => {
  const store = await build(t, open);
  const { id } = await store.create(DEFAULT_SETTINGS);
  await begin(store, id);
  const { startedAt } = (await store.get(id))!;
  await end(store, id, { state: 'interrupted', reason: 'No.', resumes: true });
  await begin(store, id);
  t.match(await store.get(id), { attempts: 2, resumes: false, reason: null, endedAt: null, startedAt });
  await addEpoch(store, id, epoch(1), checkpoint(1), true);
  t.equal((await store.get(id))?.attempts, 1);
  await end(store, id, {
    state: 'stopped',
    reason: 'By hand.',
    test: { loss: 1, accuracy: 0.5, answers: ANSWERS },
  });
  await store.requeue(id);
  const state = { state: 'queued', attempts: 0, endedAt: null, reason: null };
  t.match(await store.get(id), { ...state, epochs: [epoch(1)], bestEpoch: 1, testAccuracy: 0.5 });
  await store.stop(id, 'In the queue.');
  t.match(await store.get(id), {
    state: 'stopped',
    reason: 'In the queue.',
    endedAt: String,
    testAccuracy: 0.5,
  });
  t.same(await store.testHits(id, LABELS), Uint8Array.of(1, 0, 1), 'nothing that was measured is lost');
  await store.requeue(id);
  await begin(store, id);
  t.match(await store.get(id), { state: 'running', testAccuracy: null });
  t.equal(await store.testHits(id, LABELS), null);
});

onEach(
  "an owner's runs that may read: those that ended and are nobody's trials, the last to end first",
  async (t, open) => {
    const store = await build(t, open);
    const owner = { id: 'c0ffee', name: '' };
    const ended = async (
      state: 'finished' | 'stopped' | 'failed',
      start: RunStart = {},
      settings = DEFAULT_SETTINGS,
    ) => {
      const { id } = await store.create(settings, { owner, ...start });
      await begin(store, id);
      await addEpoch(store, id, epoch(1), SMALL, true);
      await end(store, id, { state, reason: null });
      return id;
    };
    const [first, second] = [await ended('finished'), await ended('stopped', { serve: true })];
    await ended('failed');
    await ended('finished', { serve: false });
    await ended('finished', { owner: { id: 'f00d', name: '' } });
    await ended('finished', { owner: null });
    await ended('finished', {}, { ...DEFAULT_SETTINGS, data: 'corrections' });
    await end(store, (await store.create(DEFAULT_SETTINGS, { owner })).id, {
      state: 'stopped',
      reason: null,
    });
    const fork = { runId: first, epoch: 1, keeps: { slots: true, random: true } };
    await store.stop((await store.create(DEFAULT_SETTINGS, { owner, fork })).id, 'It never began.');
    t.same(
      (await Array.fromAsync(store.ownReaders('c0ffee'))).map(({ id }) => id),
      [second, first],
    );
  },
);
