import type { Test } from 'tap';
import type { RunQuery } from '../../src/store/run-list.ts';
import { RunStore } from '../../src/store/run-store.ts';
import { DEFAULT_SETTINGS } from '../../src/training/settings.ts';
import { type Open, onEach } from '../help/databases.ts';
import { addEpoch, end } from '../help/train.ts';

const ADA = { id: 'ada', name: 'Ada' };

/** Four runs: adam and sgd in turn, the first two tested, the first one Ada's. */
async function build(t: Test, open: Open) {
  const store = new RunStore(await open());
  t.teardown(() => store.close());
  for (const optimizer of ['adam', 'sgd', 'adam', 'sgd'] as const) {
    await store.create({ ...DEFAULT_SETTINGS, optimizer }, { owner: optimizer === 'adam' ? ADA : null });
  }
  for (const [id, accuracy] of [
    [1, 0.98],
    [2, 0.99],
  ] as const) {
    const epoch = { epoch: 1, loss: 1, accuracy: 0.5, val_loss: id, val_accuracy: 0.5, seconds: 3 - id };
    await addEpoch(store, id, epoch, { weights: new Float32Array(1), slots: {}, step: 1, random: [] }, true);
    await end(store, id, {
      state: 'finished',
      reason: null,
      test: { loss: 1, accuracy, answers: new Uint8Array(10_000) },
    });
  }
  await store.setLabel(3, { name: 'Slow one', note: '100 % pinned', pinned: true });
  return async (query: RunQuery) => {
    const { runs, count } = await store.list(query);
    return { ids: runs.map(({ id }) => id), count };
  };
}

onEach('sorted by any column, what has no value last', async (t, open) => {
  const list = await build(t, open);
  t.same((await list({})).ids, [4, 3, 2, 1]);
  t.same((await list({ ascending: true })).ids, [1, 2, 3, 4]);
  t.same((await list({ sort: 'test' })).ids, [2, 1, 4, 3]);
  t.same((await list({ sort: 'test', ascending: true })).ids, [1, 2, 4, 3]);
  t.same((await list({ sort: 'val_loss', ascending: true })).ids, [1, 2, 4, 3]);
  t.same((await list({ sort: 'optimizer', ascending: true })).ids, [3, 1, 4, 2]);
  t.same((await list({ sort: 'seconds' })).ids.slice(0, 2), [1, 2]);
});

onEach('filtered, and a page of them', async (t, open) => {
  const list = await build(t, open);
  t.same(await list({ state: 'queued' }), { ids: [4, 3], count: 2 });
  t.same((await list({ optimizer: 'sgd', state: 'finished' })).ids, [2]);
  t.same((await list({ owner: 'ada' })).ids, [3, 1]);
  t.same((await list({ pinned: true })).ids, [3]);
  t.same((await list({ text: 'SLOW' })).ids, [3]);
  t.same((await list({ text: '100 %' })).ids, [3], 'no wildcards');
  t.same((await list({ text: "'" })).ids, []);
  t.same(await list({ limit: 2, offset: 1 }), { ids: [3, 2], count: 4 });
});
