import type { Test } from 'tap';
import { creation, RunStore } from '../../src/store/run-store.ts';
import { SweepStore } from '../../src/store/sweep-store.ts';
import { DEFAULT_SETTINGS } from '../../src/training/settings.ts';
import { type Open, onEach } from '../help/databases.ts';
import { addEpoch, begin, end } from '../help/train.ts';

async function build(t: Test, open: Open) {
  const database = await open();
  const runs = new RunStore(database);
  t.teardown(() => runs.close());
  return { runs, sweeps: new SweepStore(database) };
}

const METRICS = { epoch: 1, loss: 1, accuracy: 0.9, val_loss: 1, val_accuracy: 0.9, seconds: 1 };
const CHECKPOINT = { weights: new Float32Array(3), slots: {}, step: 1, random: [] };

const SWEEP = {
  settings: DEFAULT_SETTINGS,
  axes: { optimizer: ['adam', 'sgd'], batchsize: [16, 32] },
  halving: true,
  owner: { id: 'ab', name: 'Ann' },
} as const;

onEach('a sweep is kept as it was asked for, with its runs', async (t, open) => {
  const { runs, sweeps } = await build(t, open);
  const sweep = await sweeps.create(SWEEP, function* (sweepId) {
    yield* creation(DEFAULT_SETTINGS, { sweepId, pauseAfter: 1, owner: SWEEP.owner });
    yield* creation(DEFAULT_SETTINGS, { sweepId, pauseAfter: 1, owner: SWEEP.owner });
  });
  t.same(sweep, { ...SWEEP, id: 1, room: 0, createdAt: sweep.createdAt });
  t.match(sweep.createdAt, /^\d{4}-\d\d-\d\dT.*Z$/);
  t.same(await sweeps.get(1), sweep);
  t.equal(await sweeps.get(2), null);
  t.same(
    (await runs.ofSweep(1)).map(({ id, sweepId, pauseAfter, owner }) => ({ id, sweepId, pauseAfter, owner })),
    [1, 2].map((id) => ({ id, sweepId: 1, pauseAfter: 1, owner: SWEEP.owner })),
  );
});

onEach('when a run cannot be made there is no sweep, and none of its runs', async (t, open) => {
  const { runs, sweeps } = await build(t, open);
  await t.rejects(
    sweeps.create(SWEEP, function* (sweepId) {
      yield* creation(DEFAULT_SETTINGS, { sweepId });
      throw new Error('the disk is full');
    }),
    /the disk is full/,
  );
  t.same(await sweeps.list(10), []);
  t.equal((await runs.list()).count, 0);
});

onEach('sweeps are listed, the newest first', async (t, open) => {
  const { sweeps } = await build(t, open);
  for (let i = 0; i < 3; i++) await sweeps.create({ ...SWEEP, owner: null }, function* () {});
  t.same(
    (await sweeps.list(2)).map(({ id, owner }) => ({ id, owner })),
    [
      { id: 3, owner: null },
      { id: 2, owner: null },
    ],
  );
});

onEach('a run that waits for its sweep is ended by it', async (t, open) => {
  const { runs, sweeps } = await build(t, open);
  const { id } = await sweeps.create(SWEEP, function* (sweepId) {
    for (let i = 0; i < 4; i++) yield* creation(DEFAULT_SETTINGS, { sweepId, pauseAfter: 1 });
  });
  for (const run of [1, 2]) {
    await begin(runs, run);
    await addEpoch(runs, run, METRICS, CHECKPOINT, true);
    await end(runs, run, { state: 'stopped', reason: 'paused' });
  }
  await end(runs, 3, { state: 'stopped', reason: 'by hand, in its first epoch' });
  t.same(await sweeps.waiting(), [id]);
  t.equal(await sweeps.stopEarly(1, 'others were better'), true);
  t.match(await runs.summary(1), { reason: 'others were better', stoppedEarly: true, pauseAfter: null });
  for (const run of [1, 3, 4]) {
    t.equal(await sweeps.stopEarly(run, 'it does not wait'), false);
    t.equal(await runs.requeue(run, 2, { paused: true }), false);
  }
  t.match(await runs.summary(2), { reason: 'paused', stoppedEarly: false, pauseAfter: 1 });
  t.match(await runs.summary(4), { state: 'queued', reason: null, stoppedEarly: false, pauseAfter: 1 });
  t.equal(await sweeps.delete(id), false, 'it goes on');

  t.same(await sweeps.letGo(id, (epoch) => `by hand, with epoch ${epoch}`), [2]);
  t.match(await runs.summary(2), { reason: 'by hand, with epoch 1', stoppedEarly: false, pauseAfter: null });
  t.match(await runs.summary(3), { reason: 'by hand, in its first epoch' });
  t.same(
    (await runs.ofSweep(id)).map(({ pauseAfter }) => pauseAfter),
    [null, null, null, null],
  );
  t.same(await sweeps.waiting(), []);
  await runs.requeue(1);
  t.equal((await runs.summary(1))?.stoppedEarly, false, 'somebody let it go on');
});

onEach('the runs of a deleted sweep stay, and do not begin to read', async (t, open) => {
  const { runs, sweeps } = await build(t, open);
  const owner = { id: 'c0ffee', name: '' };
  const { id } = await sweeps.create(SWEEP, function* (sweepId) {
    yield* creation(DEFAULT_SETTINGS, { sweepId, owner });
  });
  await begin(runs, 1);
  await addEpoch(runs, 1, METRICS, CHECKPOINT, true);
  await end(runs, 1, { state: 'finished', reason: null });
  t.same(await Array.fromAsync(runs.ownReaders(owner.id)), []);
  await sweeps.delete(id);
  t.equal(await sweeps.get(id), null);
  t.match(await runs.summary(1), { id: 1, sweepId: null });
  t.same(
    await Array.fromAsync(runs.ownReaders(owner.id)),
    [],
    'the trial that ended last is not the best one',
  );
});
