/** Where forks end, and with what, trained by fakes. */
import t, { type Test } from 'tap';
import { forkKeeps, forkPatience, forkSettings } from '../../src/runs/fork.ts';
import type { Settings, SettingsInput } from '../../src/training/settings.ts';
import { SEEDS } from '../fixtures/trainers/seeds.ts';
import { build, ended, settings } from './fake-service.ts';

function buildForks(t: Test) {
  const built = build(t);
  const { service, store } = built;
  const fork = async (runId: number, epoch: number, input: SettingsInput = {}) => {
    const parent = (await store.get(runId))!;
    const after = forkSettings(parent, epoch, input).settings!;
    const patienceFrom = forkPatience(parent, after, {
      epoch,
      patienceFrom: await store.patienceFrom(runId),
    });
    const keeps = forkKeeps(parent.settings, after);
    return ended(service, (await service.enqueue(after, { fork: { runId, epoch, keeps, patienceFrom } })).id);
  };
  const worsening = (changed: Partial<Settings> = {}) => ({ ...settings(SEEDS.worsens, 100), ...changed });
  const train = async (changed: Partial<Settings> = {}) =>
    ended(service, (await service.enqueue(worsening(changed))).id);
  return { ...built, fork, train };
}

t.test(
  'a fork of a run that patience ended, with the same settings, ends as that one bit for bit',
  async (t) => {
    const { fork, train, store } = buildForks(t);
    const parent = await train();
    t.match(parent, { state: 'finished', epochsDone: 6, bestEpoch: 3, reason: /for 3 epochs/ });
    const metrics = ({ epochs }: typeof parent) => epochs.map(({ seconds, ...epoch }) => epoch);
    for (const epoch of [2, 3, 4, 5]) {
      const same = await fork(parent.id, epoch);
      t.same(metrics(same), metrics(parent), `from epoch ${epoch}`);
      t.match(same, { bestEpoch: 3, reason: parent.reason, testLoss: parent.testLoss });
      t.same(await store.checkpoints.get(same.id, 6), await store.checkpoints.get(parent.id, 6));
      t.same(metrics(await fork(same.id, 5)), metrics(parent), 'and a fork of the fork');
    }
  },
);

t.test(
  'more patience than ended its parent is counted from there on, as if it had been given at first',
  async (t) => {
    const { fork, train, store } = buildForks(t);
    const parent = await train();
    const patient = await train({ patience: 5 });
    const forked = await fork(parent.id, 6, { patience: 5 });
    t.equal(patient.epochsDone, 8);
    t.equal(forked.epochsDone, 8);
    t.same(await store.checkpoints.get(forked.id, 8), await store.checkpoints.get(patient.id, 8));
  },
);

t.test('a fork that learns otherwise, or has no patience left, has it anew', async (t) => {
  const { fork, train } = buildForks(t);
  const { id } = await train();
  t.equal((await fork(id, 5, { learningrate: 0.0005 })).epochsDone, 8);
  const again = await fork(id, 6);
  t.equal(again.epochsDone, 9);
  t.equal((await fork(again.id, 8)).epochsDone, 9, 'and a fork of that one, what is left of it');
});

t.test('a time budget begins anew: a fork of a run that used it up trains', async (t) => {
  const { fork, service, store } = buildForks(t);
  const { id } = await service.enqueue({ ...settings(SEEDS.slow, 200), timebudget: 1 });
  const parent = await ended(service, id);
  t.match(parent, { state: 'finished', reason: /time budget of 1 s/ });
  const { epochsDone, seconds } = parent;
  t.ok(seconds >= 0.9 && epochsDone < 200);
  const forked = await fork(id, epochsDone);
  t.match(forked, { state: 'finished', reason: /time budget of 1 s/ });
  t.ok(forked.epochsDone >= epochsDone + 3, `${forked.epochsDone - epochsDone} epochs of its own`);

  // Gone on with, a fork has what is left of its own budget.
  const next = await service.enqueue(
    { ...settings(SEEDS.slow, 200), timebudget: 1 },
    { fork: { runId: forked.id, epoch: forked.epochsDone, keeps: { slots: true, random: true } } },
  );
  const { done } = await store.fitStart(next.id);
  t.match(done, { seconds: 0, patienceFrom: forked.epochsDone });
  await ended(service, next.id);
  const own = (await store.get(next.id))!.epochs.slice(forked.epochsDone);
  t.equal(
    (await store.fitStart(next.id)).done!.seconds,
    own.reduce((sum, epoch) => sum + epoch.seconds, 0),
  );
});

t.test('the best epoch that a fork took over can be forked in its turn, with its settings', async (t) => {
  const { fork, train, store } = buildForks(t);
  const { id } = await train();
  const other = await fork(id, 5, { optimizer: 'rmsprop' });
  t.same((await store.checkpoints.get(other.id, 3))?.slots, {}, "nothing of its parent's optimizer");
  const weights = (await store.checkpoints.get(id, 3))?.weights;
  t.same((await store.checkpoints.get(other.id, 3))?.weights, weights);
  t.match(await fork(other.id, 3), { state: 'finished', parent: { epochs: 3 } });
});
