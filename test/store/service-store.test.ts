/** The history of the models in service, on both databases. */

import type { Test } from 'tap';
import { DEFAULT_ROOM } from '../../src/rooms/room.ts';
import { RoomStore } from '../../src/store/room-store.ts';
import { RunStore } from '../../src/store/run-store.ts';
import { ServiceStore } from '../../src/store/service-store.ts';
import { DEFAULT_SETTINGS } from '../../src/training/settings.ts';
import { type Open, onEach } from '../help/databases.ts';
import { addEpoch, end } from '../help/train.ts';

const ADA = { id: 'c0ffee', name: 'Ada' };
const CHECKPOINT = { weights: new Float32Array(1), slots: {}, step: 1, random: [] };

async function build(t: Test, open: Open) {
  const database = await open();
  const store = new RunStore(database);
  t.teardown(() => store.close());
  const services = new ServiceStore(database, DEFAULT_ROOM);
  const trained = async (epochs = 1) => {
    const { id } = await store.create(DEFAULT_SETTINGS);
    for (let epoch = 1; epoch <= epochs; epoch++) {
      const metrics = { epoch, loss: 1, accuracy: 1, val_loss: 1, val_accuracy: 1, seconds: 1 };
      await addEpoch(store, id, metrics, CHECKPOINT, epoch === 1);
    }
    await end(store, id, { state: 'finished', reason: null });
    return id;
  };
  return { database, store, services, trained };
}

onEach('what was in service is remembered, newest first, with who chose it and why', async (t, open) => {
  const { services, store, trained } = await build(t, open);
  t.equal(await services.current(), null);
  const run = await trained();
  const first = await services.put({ model: { kind: 'shipped' }, reason: 'started' });
  const second = await services.put({
    model: { kind: 'run', runId: run, epoch: 1 },
    reason: 'chosen',
    by: ADA,
  });
  t.match(second, {
    model: { kind: 'run', runId: run, epoch: 1 },
    chosenBy: ADA,
    reason: 'chosen',
    isKept: true,
  });
  t.match(second!.since, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  t.same(await services.current(), second);
  t.same(await services.history(9), [second, first]);
  t.same(await services.history(1), [second]);

  const again = await services.put({ model: { kind: 'run', runId: run, epoch: 1 }, reason: 'trained' });
  t.same(again, second, 'what is in service already stays so');
  const bobs = await services.put({
    model: { kind: 'run', runId: run, epoch: 1 },
    reason: 'chosen',
    by: { id: 'bob', name: '' },
  });
  t.ok(bobs!.id > second!.id, 'unless somebody else chooses it');
  t.equal(await store.delete(run), false, 'what is in service is not deleted');
  await services.put({ model: { kind: 'file' }, reason: 'started' });
  t.equal(await store.delete(run), true);
  t.match(await services.history(9), [
    { model: { kind: 'file' }, isKept: true },
    { model: { runId: run, epoch: 1 }, isKept: false },
    { isKept: false },
    { model: { kind: 'shipped' } },
  ]);
});

onEach('of two who decide by the same entry one is refused', async (t, open) => {
  const { services, trained } = await build(t, open);
  const [one, two] = [await trained(), await trained()];
  const { id } = (await services.put({ model: { kind: 'shipped' }, reason: 'started', expected: 0 }))!;
  t.equal(await services.put({ model: { kind: 'file' }, reason: 'chosen', expected: 0 }), null);
  const put = (runId: number) =>
    services.put({ model: { kind: 'run', runId, epoch: 1 }, reason: 'chosen', expected: id });
  const answers = await Promise.all([put(one), put(two)]);
  t.equal(answers.filter((answer) => answer === null).length, 1);
  t.same(
    await services.current(),
    answers.find((answer) => answer !== null),
  );
});

onEach('each room has a history of its own', async (t, open) => {
  const { database, services } = await build(t, open);
  const rooms = await RoomStore.open(database);
  const digests = { pupils: new Uint8Array(32), teacher: new Uint8Array(32) };
  const other = new ServiceStore(database, (await rooms.create('7a', digests))!.id);
  await services.put({ model: { kind: 'shipped' }, reason: 'started' });
  t.equal(await other.current(), null);
  await other.put({ model: { kind: 'file' }, reason: 'chosen', expected: 0 });
  t.match(await services.current(), { model: { kind: 'shipped' } });
});

onEach('an epoch that is or was in service is not thinned away', async (t, open) => {
  const { database, services, store, trained } = await build(t, open);
  const rooms = await RoomStore.open(database);
  const [kept, thinned] = [await trained(4), await trained(4)];
  await services.put({ model: { kind: 'run', runId: kept, epoch: 2 }, reason: 'chosen' });
  await services.put({ model: { kind: 'shipped' }, reason: 'rolledback' });
  await rooms.setBudget(DEFAULT_ROOM, { runs: 0, megabytes: null });
  await store.create(DEFAULT_SETTINGS);
  const epochs = async (id: number) => (await store.checkpoints.list(id)).map(({ epoch }) => epoch);
  t.same(await epochs(kept), [1, 2, 4]);
  t.same(await epochs(thinned), [1, 4]);
});
