import t, { type Test } from 'tap';
import { SweepService } from '../../src/queue/sweep-service.ts';
import { TrainingService } from '../../src/queue/training-service.ts';
import { parseGrid } from '../../src/runs/grid.ts';
import { CorrectionStore } from '../../src/store/correction-store.ts';
import { openDatabase } from '../../src/store/open.ts';
import { RunStore } from '../../src/store/run-store.ts';
import { SweepStore } from '../../src/store/sweep-store.ts';
import type { SettingsInput } from '../../src/training/settings.ts';
import { until } from '../help/helper.ts';

const TRAINER = new URL('../fixtures/trainers/sweep-trainer.ts', import.meta.url);

/** Services whose trials do the better the lower their seed is; closed with their store when the test ends. */
function build(t: Test, file = ':memory:') {
  const database = openDatabase(file);
  const store = new RunStore(database);
  const faults: string[] = [];
  const log = { info: () => {}, error: (_details: object, message: string) => faults.push(message) };
  const corrections = new CorrectionStore(database);
  const training = new TrainingService({ store, corrections, threads: 1, log, workerUrl: TRAINER });
  const sweeps = new SweepService({ store, sweeps: new SweepStore(database), training, log, retry: 50 });
  sweeps.start();
  training.start();
  let closed = false;
  const close = async () => {
    if (closed) return;
    closed = true;
    await training.close();
    sweeps.close();
    store.close();
  };
  t.teardown(close);
  return { store, training, sweeps, faults, close };
}

const grid = (seeds: readonly number[], input: SettingsInput = {}) =>
  parseGrid({ batchsize: 8, epochs: 6, ...input }, { seed: seeds }).grid!;

type Built = ReturnType<typeof build>;

const ended = ({ sweeps }: Built, id: number) =>
  until(() => ['finished', 'stopped'].includes(sweeps.get(id)!.state));

/** What became of each trial, in the order in which they were asked for. */
const outcome = ({ store }: Built, id: number) =>
  store
    .ofSweep(id)
    .map(({ settings, state, epochsDone, reason }) => ({ seed: settings.seed, state, epochsDone, reason }));

t.test('a sweep trains all its trials and ranks them', async (t) => {
  const built = build(t);
  const owner = { id: 'ab', name: 'Ann' };
  const { sweep, state } = built.sweeps.create(grid([3, 1, 2], { epochs: 2 }), { halving: false, owner });
  t.equal(state, 'running');
  t.match(sweep, { id: 1, axes: { seed: [3, 1, 2] }, halving: false, owner });
  t.same(
    built.training.queue().map((run) => [run.settings.seed, run.owner, run.pauseAfter]),
    [
      [1, owner, null],
      [2, owner, null],
    ],
  );
  await ended(built, 1);
  const standing = built.sweeps.get(1)!;
  t.equal(standing.state, 'finished');
  t.same(
    standing.trials.map(({ settings, bestValLoss, epochsDone }) => [settings.seed, bestValLoss, epochsDone]),
    [
      [1, 1.5, 2],
      [2, 2.5, 2],
      [3, 3.5, 2],
    ],
  );
  t.equal(standing.best, standing.trials[0].id);
  t.same(built.faults, []);
});

const HALVED = [
  {
    seed: 5,
    state: 'stopped',
    epochsDone: 1,
    reason: 'Stopped early by its sweep: 3 of 6 trials were better after 1 epoch.',
  },
  { seed: 2, state: 'finished', epochsDone: 6, reason: null },
  {
    seed: 6,
    state: 'stopped',
    epochsDone: 1,
    reason: 'Stopped early by its sweep: 3 of 6 trials were better after 1 epoch.',
  },
  {
    seed: 3,
    state: 'stopped',
    epochsDone: 2,
    reason: 'Stopped early by its sweep: 2 of 3 trials were better after 2 epochs.',
  },
  { seed: 1, state: 'finished', epochsDone: 6, reason: null },
  {
    seed: 4,
    state: 'stopped',
    epochsDone: 1,
    reason: 'Stopped early by its sweep: 3 of 6 trials were better after 1 epoch.',
  },
];
const SEEDS = HALVED.map(({ seed }) => seed);

t.test('losers are stopped early, the last two train to their end', async (t) => {
  const built = build(t);
  const { sweep } = built.sweeps.create(grid(SEEDS), { halving: true });
  await ended(built, sweep.id);
  t.same(outcome(built, sweep.id), HALVED);
  const { trials, best, state } = built.sweeps.get(sweep.id)!;
  t.equal(state, 'finished', 'nobody stopped it by hand');
  t.equal(best, 5);
  t.same(
    trials.filter(({ stoppedEarly }) => stoppedEarly).map(({ settings }) => settings.seed),
    [3, 4, 5, 6],
  );
  t.equal(trials[0].testAccuracy, 0.75, 'the winner is tested');
  t.equal(trials[2].testAccuracy, null, 'who was stopped early is not');
  t.same(built.faults, []);

  await t.test('and has the weights that it has without pauses', async (t) => {
    const { id } = built.training.enqueue(grid([1, 2]).trials[0]);
    await until(() => built.store.get(id)!.state === 'finished');
    t.same(built.store.checkpoints.get(id, 6), built.store.checkpoints.get(5, 6));
  });
});

t.test('a server that ends again and again amid a sweep loses nothing', async (t) => {
  const file = `${t.testdir()}/workbench.sqlite`;
  let built = build(t, file);
  const { sweep } = built.sweeps.create(grid(SEEDS), { halving: true });
  let restarts = 0;
  const isOver = () => ['finished', 'stopped'].includes(built.sweeps.get(sweep.id)!.state);
  while (!isOver()) {
    // Now just as an epoch was stored, before the run could pause, then as one ended or the next one began.
    const { training } = built;
    const events = 1 + (restarts % 3);
    await new Promise<void>((resolve) => {
      let heard = 0;
      const hear = () => {
        if (++heard === events || isOver()) resolve();
      };
      training.on('epoch', hear).on('run', hear);
    });
    await built.close();
    t.same(built.faults, []);
    built = build(t, file);
    restarts++;
  }
  t.ok(restarts > 5, `${restarts} restarts`);
  t.same(outcome(built, sweep.id), HALVED);
});

t.test('a store that takes nothing for a while leaves no trial waiting for ever', async (t) => {
  const built = build(t);
  const { store, sweeps, training, faults } = built;
  const { ofSweep } = store;
  const { sweep } = sweeps.create(grid(SEEDS), { halving: true });
  let told = 0;
  training.on('run', ({ sweepId, state, stoppedEarly }) => {
    if (sweepId === sweep.id && state === 'stopped' && stoppedEarly) told++;
  });
  // Whenever the sweep is to go on the store is busy, three times of four.
  let asked = 0;
  store.ofSweep = (id) => {
    if (++asked % 4 !== 0) throw new Error('database is locked');
    return ofSweep.call(store, id);
  };
  const states = () => ofSweep.call(store, sweep.id).map(({ state, pauseAfter }) => ({ state, pauseAfter }));
  await until(() =>
    states().every(
      ({ state, pauseAfter }) => state === 'finished' || (state === 'stopped' && pauseAfter === null),
    ),
  );
  store.ofSweep = ofSweep;
  t.same(outcome(built, sweep.id), HALVED);
  t.equal(told, 4, 'each that was stopped early is told of');
  t.match(faults[0], 'Sweep 1 cannot go on: tried again');
});

t.test('a trial that fails has lost, and its sweep goes on', async (t) => {
  const built = build(t);
  const { sweep } = built.sweeps.create(grid([99, 98, 3, 100]), { halving: true });
  await ended(built, sweep.id);
  t.match(outcome(built, sweep.id), [
    { state: 'failed', epochsDone: 0 },
    { state: 'failed', epochsDone: 1, reason: /no longer a finite number/ },
    { state: 'finished', epochsDone: 6 },
    { state: 'failed', epochsDone: 0 },
  ]);
  t.equal(built.sweeps.get(sweep.id)?.state, 'finished');
});

t.test('a trial that somebody stops has lost', async (t) => {
  const built = build(t);
  const { sweep } = built.sweeps.create(grid([1, 2, 3]), { halving: true });
  built.training.stop(3);
  built.training.stop(1);
  await ended(built, sweep.id);
  t.match(outcome(built, sweep.id), [
    { state: 'stopped', epochsDone: 0, reason: /by hand/ },
    { state: 'finished', epochsDone: 6 },
    { state: 'stopped', epochsDone: 0, reason: /by hand/ },
  ]);
  t.equal(built.sweeps.get(sweep.id)?.state, 'stopped');
});

t.test('stop ends what is running, what waits and what is paused', async (t) => {
  const built = build(t);
  const { sweep } = built.sweeps.create(grid([1, 2, 3, 4]), { halving: true });
  await until(() => built.store.summary(2)!.state === 'running');
  built.sweeps.stop(sweep.id);
  await ended(built, sweep.id);
  t.match(outcome(built, sweep.id), [
    { state: 'stopped', epochsDone: 1, reason: /by hand before it went on. The weights of epoch 1/ },
    { state: 'stopped', reason: /by hand in epoch/ },
    { state: 'stopped', epochsDone: 0, reason: /by hand before it began/ },
    { state: 'stopped', epochsDone: 0, reason: /by hand before it began/ },
  ]);
  const { state, trials } = built.sweeps.get(sweep.id)!;
  t.equal(state, 'stopped');
  t.notOk(trials.some(({ stoppedEarly }) => stoppedEarly));

  await t.test('and a trial that is resumed by hand trains to its end', async (t) => {
    built.training.resume(1);
    t.equal(built.sweeps.get(sweep.id)?.state, 'running');
    await ended(built, sweep.id);
    t.match(built.store.summary(1), { state: 'finished', epochsDone: 6 });
  });
});

t.test('a sweep that waits behind another run is queued', async (t) => {
  const built = build(t);
  built.training.enqueue(grid([1, 2], { epochs: 200, patience: 200 }).trials[0]);
  const { sweep, state, best } = built.sweeps.create(grid([1, 2]), { halving: true });
  t.equal(state, 'queued');
  t.equal(best, null);
  t.throws(() => built.sweeps.delete(sweep.id), {
    status: 409,
    message: 'Sweep 1 is queued: stop it before you delete it.',
  });
  built.sweeps.stop(sweep.id);
  t.equal(built.sweeps.get(sweep.id)?.state, 'stopped');
  built.sweeps.delete(sweep.id);
  t.equal(built.sweeps.get(sweep.id), null);
  t.match(built.store.summary(2), { state: 'stopped', sweepId: null }, 'its runs stay');
});

t.test('sweeps are listed, the newest first', async (t) => {
  const built = build(t);
  for (const seeds of [
    [1, 2],
    [3, 4],
  ])
    built.sweeps.stop(built.sweeps.create(grid(seeds), { halving: false }).sweep.id);
  t.same(
    built.sweeps.list(10).map(({ sweep }) => sweep.id),
    [2, 1],
  );
  t.equal(built.sweeps.list(1).length, 1);
});
