import { Expiry } from '../../src/queue/expiry.ts';
import { DEFAULT_ROOM } from '../../src/rooms/room.ts';
import { CorrectionStore } from '../../src/store/correction-store.ts';
import { creation, RunStore } from '../../src/store/run-store.ts';
import { ServiceStore } from '../../src/store/service-store.ts';
import { SweepStore } from '../../src/store/sweep-store.ts';
import { DEFAULT_SETTINGS } from '../../src/training/settings.ts';
import { onEach } from '../help/databases.ts';
import { until } from '../help/helper.ts';
import { addEpoch, begin, end } from '../help/train.ts';

const OLD = '2020-02-29T12:00:00.000Z';
const METRICS = { epoch: 1, loss: 1, accuracy: 0.9, val_loss: 1, val_accuracy: 0.9, seconds: 1 };
const CHECKPOINT = { weights: new Float32Array(3), slots: {}, step: 1, random: [] };

onEach('what nobody pinned expires, the rest stays', async (t, open) => {
  const db = await open();
  t.teardown(() => db.close());
  const [store, corrections, sweeps] = [new RunStore(db), new CorrectionStore(db), new SweepStore(db)];
  const ended = async () => {
    const { id } = await store.create(DEFAULT_SETTINGS);
    await addEpoch(store, id, METRICS, CHECKPOINT, true);
    await end(store, id, { state: 'finished', reason: null });
    return id;
  };
  const [plain, pinned, serving, young] = [await ended(), await ended(), await ended(), await ended()];
  await store.setLabel(pinned, { pinned: true });
  await new ServiceStore(db, DEFAULT_ROOM).put({
    model: { kind: 'run', runId: serving, epoch: 1 },
    reason: 'chosen',
  });
  const trains = (await store.create(DEFAULT_SETTINGS)).id;
  await begin(store, trains);
  const waits = (await store.create(DEFAULT_SETTINGS)).id;
  const resumes = (await store.create(DEFAULT_SETTINGS)).id;
  await end(store, resumes, { state: 'interrupted', reason: null, resumes: true });
  const sweep = { settings: DEFAULT_SETTINGS, axes: {}, halving: true, owner: null };
  let paused = 0;
  const going = await sweeps.create(sweep, function* (sweepId) {
    paused = yield* creation(DEFAULT_SETTINGS, { sweepId, pauseAfter: 1 });
  });
  await addEpoch(store, paused, METRICS, CHECKPOINT, true);
  await end(store, paused, { state: 'stopped', reason: null });
  const empty = await sweeps.create(sweep, function* () {});
  const said = {
    truth: 1,
    answer: 7,
    probabilities: [1],
    model: 'x',
    image: new Uint8Array(784),
    strokes: '[]',
  };
  for (let i = 0; i < 25; i++) await corrections.add(said);
  await db.query('UPDATE runs SET ended_at = $1 WHERE id <> $2 AND ended_at IS NOT NULL', [OLD, young]);
  await db.query('UPDATE corrections SET created_at = $1 WHERE id < 25', [OLD]);
  await db.query('UPDATE sweeps SET created_at = $1', [OLD]);

  const told: object[] = [];
  const log = { info: (gone: object) => told.push(gone), error: (gone: object) => told.push(gone) };
  const ages = Math.floor((Date.now() - Date.parse(OLD)) / 86_400_000);
  await new Expiry({ store, corrections, sweeps, days: ages + 1, log }).look();
  t.same(told, [], 'nothing is that old');
  const expiry = new Expiry({ store, corrections, sweeps, days: ages - 1, log });
  expiry.start();
  await until(() => told.length > 0);
  await expiry.close();
  t.same(told, [{ runs: 1, corrections: 24, sweeps: 1 }], 'at its start');
  t.equal(await store.get(plain), null);
  t.same(
    (await store.list({ ascending: true })).runs.map(({ id }) => id),
    [pinned, serving, young, trains, waits, resumes, paused],
  );
  t.equal(await corrections.count(), 1);
  t.equal((await sweeps.get(going.id))?.id, going.id);
  t.equal(await sweeps.get(empty.id), null);
});
