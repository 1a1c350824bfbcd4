import { copyFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { testApp } from './help/helper.ts';
import { addEpoch, begin, end } from './help/train.ts';

const KERAS = path.join(import.meta.dirname, './fixtures/keras-model/lenet5.h5');

t.test('MODEL is served from the start', async (t) => {
  const printed = t.capture(console, 'log');
  const app = await testApp(t, { model: KERAS });
  t.match((await app.inject('/model')).json(), { model: 'lenet5.h5', source: { kind: 'file' } });
  t.match(
    printed().map(({ args }) => args.join(' ')),
    [/^Using lenet5\.h5/],
  );
});

t.test('a MODEL that cannot be read is named', async (t) => {
  const dir = t.testdir({});
  copyFileSync(import.meta.filename, `${dir}/weights.h5`);
  await t.rejects(testApp(t, { model: `${dir}/weights.h5` }), { message: /^MODEL: weights\.h5 is neither/ });
});

t.test('what was serving is serving after a restart; a data folder that is a file is refused', async (t) => {
  const dataDir = t.testdir({});
  const first = await testApp(t, { dataDir });
  const { store } = first.workbench;
  const { id } = await store.create({ ...(await import('../src/training/settings.ts')).DEFAULT_SETTINGS });
  await begin(store, id);
  const weights = new Float32Array(61_706).fill(0.01);
  const metrics = { epoch: 1, loss: 1, accuracy: 0.5, val_loss: 1, val_accuracy: 0.5, seconds: 1 };
  await addEpoch(store, id, metrics, { weights, slots: {}, step: 1, random: [1, 2, 3, 4] }, true);
  await end(store, id, { state: 'stopped', reason: null });
  await first.workbench.choice.serve(id);
  await first.close();
  const second = await testApp(t, { dataDir });
  t.match((await second.inject('/model')).json(), { source: { kind: 'run', runId: id, epoch: 1 } });
  await t.rejects(testApp(t, { dataDir: path.join(KERAS, 'in-a-file') }), {
    message: /^DATA_DIR must be a folder/,
  });
});
