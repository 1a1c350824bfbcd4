import t, { type Test } from 'tap';
import { SweepDecisions } from '../../src/queue/sweep-decisions.ts';
import { SweepService } from '../../src/queue/sweep-service.ts';
import { TrainingService } from '../../src/queue/training-service.ts';
import { parseGrid } from '../../src/runs/grid.ts';
import { CorrectionStore } from '../../src/store/correction-store.ts';
import { RunStore } from '../../src/store/run-store.ts';
import { openSqlite } from '../../src/store/sqlite/sqlite-database.ts';
import { SweepStore } from '../../src/store/sweep-store.ts';
import type { SettingsInput } from '../../src/training/settings.ts';
import { until } from '../help/helper.ts';

const TRAINER = new URL('../fixtures/trainers/sweep-trainer.ts', import.meta.url);

/** Services whose trials do the better the lower their seed is; closed with their store when the test ends. */
async function build(t: Test, file = ':memory:') {
  const database = openSqlite(file);
  const store = new RunStore(database);
  const faults: string[] = [];
  const log = { info: () => {}, error: (_details: object, message: string) => faults.push(message) };
  const corrections = new CorrectionStore(database);
  const training = new TrainingService({ store, corrections, threads: 1, log, workerUrl: TRAINER });
  const sweepStore = new SweepStore(database);
  const decisions = new SweepDecisions({ store, sweeps: sweepStore, training, log, retry: 50 });
  const sweeps = new SweepService({ store, sweeps: sweepStore, training, decisions });
  await decisions.start();
  await training.start();
  let closed = false;
  const close = async () => {
    if (closed) return;
    closed = true;
    await training.close();
    decisions.close();
    await store.close();
  };
  t.teardown(close);
  return { store, training, sweeps, faults, close };
}

const grid = (seeds: readonly number[], input: SettingsInput = {}) =>
  parseGrid({ batchsize: 8, epochs: 6, ...input }, { seed: seeds }).grid!;

type Built = Awaited<ReturnType<typeof build>>;

const ended = ({ sweeps }: Built, id: number) =>
  until(async () => ['finished', 'stopped'].includes((await sweeps.get(id))!.state));

/** What became of each trial, in the order in which they were asked for. */
const outcome = async ({ store }: Built, id: number) =>
  (await store.ofSweep(id)).map(({ settings, state, epochsDone, reason }) => ({
    seed: settings.seed,
    state,
    epochsDone,
    reason,
  }));

t.test('a sweep trains all its trials and ranks them', async (t) => {
  const built = await build(t);
  const owner = { id: 'ab', name: 'Ann' };
  const { sweep, state } = await built.sweeps.create(grid([3, 1, 2], { epochs: 2 }), {
    halving: false,
    owner,
  });
  t.equal(state, 'running');
  t.match(sweep, { id: 1, axes: { seed: [3, 1, 2] }, halving: false, owner });
  t.same(
    (await built.training.queue()).map((run) => [run.settings.seed, run.owner, run.pauseAfter]),
    [
      [1, owner, null],
      [2, owner, null],
    ],
  );
  await ended(built, 1);
  const standing = (await built.sweeps.get(1))!;
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
  const built = await build(t);
  const { sweep } = await built.sweeps.create(grid(SEEDS), { halving: true });
  await ended(built, sweep.id);
  t.same(await outcome(built, sweep.id), HALVED);
  const { trials, best, state } = (await built.sweeps.get(sweep.id))!;
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
    const { id } = await built.training.enqueue(grid([1, 2]).trials[0]);
    await until(async () => (await built.store.get(id))!.state === 'finished');
    t.same(await built.store.checkpoints.get(id, 6), await built.store.checkpoints.get(5, 6));
  });
});

t.test('a server that ends again and again amid a sweep loses nothing', async (t) => {
  const file = `${t.testdir()}/workbench.sqlite`;
  let built = await build(t, file);
  const { sweep } = await built.sweeps.create(grid(SEEDS), { halving: true });
  let restarts = 0;
  const isOver = async () => ['finished', 'stopped'].includes((await built.sweeps.get(sweep.id))!.state);
  while (!(await isOver())) {
    // Now just as an epoch was stored, before the run could pause, then as one ended or the next one began.
    const { training } = built;
    const events = 1 + (restarts % 3);
    await new Promise<void>((resolve) => {
      let heard = 0;
      const hear = async () => {
        if (++heard === events || (await isOver())) resolve();
      };
      training.on('epoch', hear).on('run', hear);
    });
    await built.close();
    t.same(built.faults, []);
    built = await build(t, file);
    restarts++;
  }
  t.ok(restarts > 5, `${restarts} restarts`);
  t.same(await outcome(built, sweep.id), HALVED);
});

t.test('a store that takes nothing for a while leaves no trial waiting for ever', async (t) => {
  const built = await build(t);
  const { store, sweeps, training, faults } = built;
  const { ofSweep } = store;
  const { sweep } = await sweeps.create(grid(SEEDS), { halving: true });
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
  const states = async () =>
    (await ofSweep.call(store, sweep.id)).map(({ state, pauseAfter }) => ({ state, pauseAfter }));
  await until(async () =>
    (await states()).every(
      ({ state, pauseAfter }) => state === 'finished' || (state === 'stopped' && pauseAfter === null),
    ),
  );
  store.ofSweep = ofSweep;
  t.same(await outcome(built, sweep.id), HALVED);
  t.equal(told, 4, 'each that was stopped early is told of');
  t.match(faults[0], 'Sweep 1 cannot go on: tried again');
});

t.test('a trial that fails has lost, and its sweep goes on', async (t) => {
  const built = await build(t);
  const { sweep } = await built.sweeps.create(grid([99, 98, 3, 100]), { halving: true });
  await ended(built, sweep.id);
  t.match(await outcome(built, sweep.id), [
    { state: 'failed', epochsDone: 0 },
    { state: 'failed', epochsDone: 1, reason: /no longer a finite number/ },
    { state: 'finished', epochsDone: 6 },
    { state: 'failed', epochsDone: 0 },
  ]);
  t.equal((await built.sweeps.get(sweep.id))?.state, 'finished');
});

t.test('a trial that somebody stops has lost', async (t) => {
  const built = await build(t);
  const { sweep } = await built.sweeps.create(grid([1, 2, 3]), { halving: true });
  await built.training.stop(3);
  await built.training.stop(1);
  await ended(built, sweep.id);
  t.match(await outcome(built, sweep.id), [
    { state: 'stopped', epochsDone: 0, reason: /by hand/ },
    { state: 'finished', epochsDone: 6 },
    { state: 'stopped', epochsDone: 0, reason: /by hand/ },
  ]);
  t.equal((await built.sweeps.get(sweep.id))?.state, 'stopped');
});

t.test('stop ends what is running, what waits and what is paused', async (t) => {
  const built = await build(t);
  const { sweep } = await built.sweeps.create(grid([1, 2, 3, 4]), { halving: true });
  await until(async () => (await built.store.summary(2))!.state === 'running');
  await built.sweeps.stop(sweep.id);
  await ended(built, sweep.id);
  t.match(await outcome(built, sweep.id), [
    { state: 'stopped', epochsDone: 1, reason: /by hand before it resumed. The best weights, from epoch 1/ },
    { state: 'stopped', reason: /by hand in epoch/ },
    { state: 'stopped', epochsDone: 0, reason: /by hand before it started/ },
    { state: 'stopped', epochsDone: 0, reason: /by hand before it started/ },
  ]);
  const { state, trials } = (await built.sweeps.get(sweep.id))!;
  t.equal(state, 'stopped');
  t.notOk(trials.some(({ stoppedEarly }) => stoppedEarly));

  await t.test('and a trial that is resumed by hand trains to its end', async (t) => {
    await built.training.resume(1);
    t.equal((await built.sweeps.get(sweep.id))?.state, 'running');
    await ended(built, sweep.id);
    t.match(await built.store.summary(1), { state: 'finished', epochsDone: 6 });
  });
});

t.test('a sweep that waits behind another run is queued', async (t) => {
  const built = await build(t);
  await built.training.enqueue(grid([1, 2], { epochs: 200, patience: 200 }).trials[0]);
  const { sweep, state, best } = await built.sweeps.create(grid([1, 2]), { halving: true });
  t.equal(state, 'queued');
  t.equal(best, null);
  await t.rejects(built.sweeps.delete(sweep.id), {
    status: 409,
    message: 'Sweep 1 is queued: stop it before you delete it.',
  });
  await built.sweeps.stop(sweep.id);
  t.equal((await built.sweeps.get(sweep.id))?.state, 'stopped');
  await built.sweeps.delete(sweep.id);
  t.equal(await built.sweeps.get(sweep.id), null);
  t.match(await built.store.summary(2), { state: 'stopped', sweepId: null }, 'its runs stay');
});

t.test('sweeps are listed, the newest first', async (t) => {
  const built = await build(t);
  for (const seeds of [
    [1, 2],
    [3, 4],
  ])
    await built.sweeps.stop((await built.sweeps.create(grid(seeds), { halving: false })).sweep.id);
  t.same(
    (await built.sweeps.list(10)).map(({ sweep }) => sweep.id),
    [2, 1],
  );
  t.equal((await built.sweeps.list(1)).length, 1);
});
