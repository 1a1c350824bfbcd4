/** What is kept is damaged, or there is no room for more. */
import { once } from 'node:events';
import path from 'node:path';
import t from 'tap';
import type { Database } from '../../src/store/database.ts';
import { openDatabase } from '../../src/store/sqlite/open.ts';
import { DEFAULT_SETTINGS } from '../../src/training/settings.ts';
import type { Workbench } from '../../src/workbench.ts';
import { SEEDS } from '../fixtures/trainers/seeds.ts';
import { testApp, until } from '../help/helper.ts';
import { addEpoch, begin, end } from '../help/train.ts';
import { build, ended, settings } from '../training/fake-service.ts';

const LONG = 600_000;
const DAMAGED = /^The checkpoint to resume from is damaged in the database\./;

/** From here on the file cannot grow: what SQLite sees of a disk without room. */
async function fill(database: Database): Promise<() => Promise<unknown>> {
  const { bytes, free } = await database.size();
  const [{ page_size }] = await database.query('PRAGMA page_size');
  await database.query(`PRAGMA max_page_count = ${bytes / (page_size as number)}`);
  // What was freed before would be room.
  if (free > 0) await database.query('VACUUM');
  return () => database.query('PRAGMA max_page_count = 1073741823');
}

t.test('a disk that gets full while a run trains', async (t) => {
  const { service, store, database } = build(t, { file: path.join(t.testdir({}), 'runs.sqlite') });
  const { id } = await service.enqueue(settings(SEEDS.slow, 200));
  await once(service, 'epoch');
  const free = await fill(database);
  const run = await ended(service, id);
  t.match(run, {
    state: 'failed',
    reason: /^The results could not be stored\. Check that the disk has room/,
  });
  t.ok(run.bestEpoch! >= 1);
  for (const { epoch } of run.epochs) t.ok(await store.checkpoints.get(id, epoch), `epoch ${epoch} is whole`);
  t.same(
    (await store.list()).runs.map((run) => run.id),
    [id],
    'all can be read',
  );
  t.same(await database.query('PRAGMA integrity_check'), [{ integrity_check: 'ok' }]);
  await free();
  t.equal(
    (await ended(service, (await service.enqueue(settings())).id)).state,
    'finished',
    'with room again it goes on',
  );
});

t.test('an ending that cannot be stored is stored when there is room again, by itself', async (t) => {
  const { service, store, errors } = build(t, { limits: { silence: LONG, stop: LONG, retry: 50 } });
  const end = store.end.bind(store);
  const full = () => {
    throw new Error('disk is full');
  };
  store.end = full;
  store.addEpoch = full;
  const { id } = await service.enqueue(settings());
  await until(() => errors.length >= 3);
  t.equal((await store.get(id))?.state, 'running');
  store.end = end;
  await until(async () => (await store.get(id))?.state !== 'running');
  t.match(await store.get(id), { state: 'failed', reason: /could not be stored/ });
});

/** A run of two epochs, of which the second is the last. */
async function storedRun(
  { store }: Pick<Workbench, 'store'>,
  state: 'stopped' | 'interrupted',
): Promise<number> {
  const { id } = await store.create({ ...DEFAULT_SETTINGS, epochs: 3 });
  await begin(store, id);
  for (const epoch of [1, 2]) {
    const weights = new Float32Array(61_706).fill(0.01);
    const metrics = { epoch, loss: 1, accuracy: 0.5, val_loss: 1 / epoch, val_accuracy: 0.5, seconds: 1 };
    await addEpoch(store, id, metrics, { weights, slots: {}, step: epoch, random: [1, 2, 3, 4] }, true);
  }
  await end(store, id, { state, reason: null, resumes: state === 'interrupted' });
  return id;
}

for (const [name, bytes] of [
  ['cut off amid a float', 1001],
  ['cut off', 1000],
  ['empty', 0],
] as const) {
  t.test(`weights that are ${name}`, async (t) => {
    const dataDir = t.testdir({});
    const first = await testApp(t, { dataDir });
    const serving = await storedRun(first.workbench, 'stopped');
    const interrupted = await storedRun(first.workbench, 'interrupted');
    await first.workbench.choice.serve(serving);
    await first.close();
    const file = openDatabase(path.join(dataDir, 'workbench.sqlite'));
    file.exec(`UPDATE checkpoints SET weights = substr(weights, 1, ${bytes}) WHERE epoch = 2`);
    file.close();

    const app = await testApp(t, { dataDir });
    t.match((await app.inject('/model')).json(), { source: { kind: 'shipped' } }, 'it starts, and reads');
    const run = async (id: number) => (await app.inject(`/runs/${id}`)).json();
    await until(async () => (await run(interrupted)).state === 'failed');
    t.match(
      (await run(interrupted)).reason,
      bytes % 4 === 0 ? DAMAGED : /^The weights in the database are damaged\./,
    );
    t.equal((await run(interrupted)).epochs.length, 2, 'its curves are there');
    t.equal((await app.inject({ method: 'POST', url: `/runs/${serving}/resume` })).statusCode, 200);
    await until(async () => (await run(serving)).state === 'failed');
    for (const url of [
      `/runs/${serving}`,
      `/runs/${serving}/checkpoints`,
      `/runs/${serving}/1.safetensors`,
      `/runs/${serving}/checkpoints/1.safetensors`,
    ]) {
      const { statusCode } = await app.inject(url);
      t.ok(statusCode === 200 || statusCode === 404, `${url}: ${statusCode}`);
    }
  });
}
