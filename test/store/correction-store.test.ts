import type { Test } from 'tap';
import type { CorrectionFilter } from '../../src/corrections/correction.ts';
import { CorrectionStore } from '../../src/store/correction-store.ts';
import { type Open, onEach } from '../help/databases.ts';

async function build(t: Test, open: Open, options?: { most: number }): Promise<CorrectionStore> {
  const database = await open();
  t.teardown(() => database.close());
  return new CorrectionStore(database, options);
}

const STROKES = '[[[0.5,1],[2,3]]]';

const correction = (truth: number, answer: number) => ({
  truth,
  answer,
  probabilities: Array.from({ length: 10 }, (_, digit) => (digit === answer ? 0.91 : 0.01)),
  image: Uint8Array.from({ length: 784 }, (_, i) => (i * (truth + 1)) % 256),
  strokes: truth % 2 ? STROKES : null,
  model: 'run 3, epoch 2',
});

async function deleteAll(store: CorrectionStore, filter: CorrectionFilter): Promise<number> {
  let deleted = 0;
  for (let some = 1; some > 0; deleted += some) some = await store.deleteSome(filter);
  return deleted;
}

onEach('a correction comes back as it was', async (t, open) => {
  const store = await build(t, open);
  const kept = await store.add(correction(7, 1));
  t.match(kept, { id: 1, truth: 7, answer: 1, model: 'run 3, epoch 2' });
  t.equal(await store.strokes(1), STROKES);
  t.match(kept.createdAt, /^\d{4}-\d\d-\d\dT.*Z$/);
  t.same([...kept.image], [...correction(7, 1).image]);
  t.equal(kept.probabilities[1], 0.91);
  t.same(await store.get(1), kept);
  t.equal(await store.strokes((await store.add(correction(4, 9))).id), null);
  t.equal(await store.get(3), null);
});

onEach('filters: by truth, by answer, by both, up to one of them', async (t, open) => {
  const store = await build(t, open);
  for (const [truth, answer] of [
    [7, 1],
    [4, 9],
    [7, 9],
    [7, 1],
  ]) {
    await store.add(correction(truth, answer));
  }
  const ids = async (filter: object) => (await store.list(filter, { limit: 10 })).map(({ id }) => id);
  t.same(await ids({}), [4, 3, 2, 1], 'newest first');
  t.same(await ids({ truth: 7 }), [4, 3, 1]);
  t.same(await ids({ answer: 9 }), [3, 2]);
  t.same(await ids({ truth: 7, answer: 1, newest: 3 }), [1]);
  t.same(await ids({ truth: 0 }), [], '0 is a digit, not nothing');
  t.same(
    (await store.list({}, { limit: 2, offset: 1 })).map(({ id }) => id),
    [3, 2],
  );
  t.equal(await store.count({ truth: 7 }), 3);
  t.same(
    (await Array.fromAsync(store.each({ answer: 9 }))).map(({ id }) => id),
    [2, 3],
    'oldest first',
  );
  t.same((await store.counts()).map(Object.values), [
    [4, 9, 1],
    [7, 1, 2],
    [7, 9, 1],
  ]);
});

onEach('all are read, in portions, whatever is deleted meanwhile', async (t, open) => {
  const store = await build(t, open);
  for (let i = 0; i < 250; i++) await store.add(correction(i % 10, 0));
  t.equal((await Array.fromAsync(store.each())).length, 250);
  let read = 0;
  for await (const { id } of store.each()) {
    read++;
    if (id === 100) await deleteAll(store, { truth: 5 });
  }
  t.equal(read, 250 - 15, '15 of those behind the first portion are gone');
});

onEach('deletes one, and all that are meant', async (t, open) => {
  const store = await build(t, open);
  for (let i = 0; i < 6; i++) await store.add(correction(i % 2, 3));
  t.equal((await store.delete(2))?.id, 2);
  t.equal(await store.delete(2), null);
  t.equal(await deleteAll(store, { truth: 0, newest: 3 }), 2);
  t.equal(await store.count(), 3);
  t.equal(await deleteAll(store, {}), 3);
  t.equal(await store.strokes(1), null, 'its drawing is gone as well');
  t.equal((await store.add(correction(1, 1))).id, 7, 'a number is never given twice');
});

const ADA = { id: 'a'.repeat(16), name: 'Ada' };
const BOB = { id: 'b'.repeat(16), name: '' };

onEach('each has an owner, or none, and can be asked for by it', async (t, open) => {
  const store = await build(t, open);
  t.equal((await store.add(correction(1, 7))).owner, null);
  t.same((await store.add({ ...correction(2, 7), owner: ADA })).owner, ADA);
  t.same((await store.add({ ...correction(3, 7), owner: BOB })).owner, BOB);
  await store.add({ ...correction(4, 7), owner: { ...ADA, name: 'Ada L.' } });
  const truths = async (owner?: string | null) =>
    (await Array.fromAsync(store.each({ owner }))).map(({ truth }) => truth);
  t.same(await truths(), [1, 2, 3, 4]);
  t.same(await truths(null), [1]);
  t.same(await truths(ADA.id), [2, 4], 'whatever she is called');
  t.equal(await store.count({ owner: BOB.id, truth: 2 }), 0);
  t.same((await store.counts({ owner: ADA.id })).map(Object.values), [
    [2, 7, 1],
    [4, 7, 1],
  ]);
  t.equal(await deleteAll(store, { owner: ADA.id }), 2);
  t.same(await truths(), [1, 3]);
});

onEach(
  'what is learnt from: whose, until one of them, oldest first, numbered for each owner',
  async (t, open) => {
    const store = await build(t, open);
    for (const [truth, owner] of [
      [1, ADA],
      [2, BOB],
      [3, ADA],
      [4, null],
      [5, ADA],
    ] as const) {
      await store.add({ ...correction(truth, 7), owner });
    }
    const learnt = async (everybody: boolean, owner: typeof ADA | null, newest: number) =>
      (await Array.fromAsync(store.images({ everybody, owner, newest })))
        .flat()
        .map(({ truth, number }) => [truth, number]);
    t.same(await learnt(true, null, 4), [
      [1, 1],
      [2, 1],
      [3, 2],
      [4, 1],
    ]);
    t.same(await learnt(false, ADA, 4), [
      [1, 1],
      [3, 2],
    ]);
    t.same(await learnt(false, null, 5), [[4, 1]]);
    t.same(await learnt(false, ADA, 0), []);
    await store.delete(1);
    t.same(
      await learnt(false, ADA, 5),
      [
        [3, 2],
        [5, 3],
      ],
      'a number stays, whatever is deleted',
    );
  },
);

onEach('there is room for so many', async (t, open) => {
  const store = await build(t, open, { most: 2 });
  await store.add(correction(1, 7));
  await store.add(correction(1, 7));
  await t.rejects(store.add(correction(1, 7)), {
    code: 'NO_ROOM',
    status: 409,
    message: 'The limit of 2 corrections has been reached. Export and delete some first.',
  });
  await store.delete(1);
  t.equal((await store.add(correction(1, 7))).id, 3);
});

onEach('what cannot be is refused by the database', async (t, open) => {
  const store = await build(t, open);
  await t.rejects(store.add({ ...correction(1, 7), truth: 10 }), /check/i);
  await t.rejects(store.add({ ...correction(1, 7), image: new Uint8Array(783) }), /check/i);
});
