import t, { type Test } from 'tap';
import { CorrectionStore } from '../../src/store/correction-store.ts';
import { openDatabase } from '../../src/store/open.ts';

function build(t: Test, options?: { most: number }): CorrectionStore {
  const database = openDatabase(':memory:');
  t.teardown(() => database.close());
  return new CorrectionStore(database, options);
}

const STROKES = [
  [
    [0.5, 1],
    [2, 3],
  ],
] as const;

const correction = (truth: number, answer: number) => ({
  truth,
  answer,
  probabilities: Array.from({ length: 10 }, (_, digit) => (digit === answer ? 0.91 : 0.01)),
  image: Uint8Array.from({ length: 784 }, (_, i) => (i * (truth + 1)) % 256),
  strokes: truth % 2 ? STROKES : null,
  model: 'run 3, epoch 2',
});

t.test('a correction comes back as it was', async (t) => {
  const store = build(t);
  const kept = store.add(correction(7, 1));
  t.match(kept, { id: 1, truth: 7, answer: 1, strokes: STROKES, model: 'run 3, epoch 2' });
  t.match(kept.createdAt, /^\d{4}-\d\d-\d\dT.*Z$/);
  t.same([...kept.image], [...correction(7, 1).image]);
  t.equal(kept.probabilities[1], 0.91);
  t.same(store.get(1), kept);
  t.equal(store.add(correction(4, 9)).strokes, null);
  t.equal(store.get(3), null);
});

t.test('filters: by truth, by answer, by both, up to one of them', async (t) => {
  const store = build(t);
  for (const [truth, answer] of [
    [7, 1],
    [4, 9],
    [7, 9],
    [7, 1],
  ]) {
    store.add(correction(truth, answer));
  }
  const ids = (filter: object) => store.list(filter, { limit: 10 }).map(({ id }) => id);
  t.same(ids({}), [4, 3, 2, 1], 'newest first');
  t.same(ids({ truth: 7 }), [4, 3, 1]);
  t.same(ids({ answer: 9 }), [3, 2]);
  t.same(ids({ truth: 7, answer: 1, newest: 3 }), [1]);
  t.same(ids({ truth: 0 }), [], '0 is a digit, not nothing');
  t.same(
    store.list({}, { limit: 2, offset: 1 }).map(({ id }) => id),
    [3, 2],
  );
  t.equal(store.count({ truth: 7 }), 3);
  t.same(
    [...store.each({ answer: 9 })].map(({ id }) => id),
    [2, 3],
    'oldest first',
  );
  t.same(store.counts().map(Object.values), [
    [4, 9, 1],
    [7, 1, 2],
    [7, 9, 1],
  ]);
});

t.test('all are read, in portions, whatever is deleted meanwhile', async (t) => {
  const store = build(t);
  for (let i = 0; i < 250; i++) store.add(correction(i % 10, 0));
  t.equal([...store.each()].length, 250);
  let read = 0;
  for (const { id } of store.each()) {
    read++;
    if (id === 100) store.deleteAll({ truth: 5 });
  }
  t.equal(read, 250 - 15, '15 of those behind the first portion are gone');
});

t.test('deletes one, and all that are meant', async (t) => {
  const store = build(t);
  for (let i = 0; i < 6; i++) store.add(correction(i % 2, 3));
  t.equal(store.delete(2)?.id, 2);
  t.equal(store.delete(2), null);
  t.equal(store.deleteAll({ truth: 0, newest: 3 }), 2);
  t.equal(store.count(), 3);
  t.equal(store.deleteAll({}), 3);
  t.equal(store.add(correction(1, 1)).id, 7, 'a number is never given twice');
});

t.test('what is learnt from: until a moment, oldest first', async (t) => {
  const store = build(t);
  store.add(correction(1, 7));
  const { createdAt } = store.add(correction(2, 7));
  t.same(
    store.images(createdAt).map(({ id, truth }) => [id, truth]),
    [
      [1, 1],
      [2, 2],
    ],
  );
  t.same(store.images('2000-01-01T00:00:00.000Z'), []);
});

t.test('there is room for so many', async (t) => {
  const store = build(t, { most: 2 });
  store.add(correction(1, 7));
  store.add(correction(1, 7));
  t.throws(() => store.add(correction(1, 7)), {
    code: 'NO_ROOM',
    status: 409,
    message: 'There is room for 2 corrections. Export and delete some first.',
  });
  store.delete(1);
  t.equal(store.add(correction(1, 7)).id, 3);
});

t.test('what cannot be is refused by the database', async (t) => {
  const store = build(t);
  t.throws(() => store.add({ ...correction(1, 7), truth: 10 }), /CHECK/);
  t.throws(() => store.add({ ...correction(1, 7), image: new Uint8Array(783) }), /CHECK/);
});
