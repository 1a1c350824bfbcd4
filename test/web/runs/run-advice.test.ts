import t from 'tap';
import { DEFAULT_SETTINGS } from '../../../src/training/settings.ts';
import { testApp } from '../../help/helper.ts';
import { addEpoch, begin, end } from '../../help/train.ts';

const SENTENCE =
  /After 2 epochs it is only guessing: 10 % .* Its learning rate 0\.1 is 100 times what adam usually needs/;

t.test('a run says what its curves mean, to people and to scripts', async (t) => {
  const app = await testApp(t);
  const { store } = app.workbench;
  await store.create({ ...DEFAULT_SETTINGS, learningrate: 0.1 });
  const get = (url: string, headers: Record<string, string>) => app.inject({ url, headers });
  const json = async () => (await get('/runs/1', { accept: 'application/json' })).json();
  t.same((await json()).advice, [], 'not before there are curves');

  await begin(store, 1);
  for (const epoch of [1, 2]) {
    const metrics = { epoch, loss: 2.3, accuracy: 0.1, val_loss: 2.3, val_accuracy: 0.1, seconds: 1 };
    await addEpoch(store, 1, metrics, { weights: new Float32Array(1), slots: {}, step: 1, random: [] }, true);
  }
  t.match((await json()).advice, [
    { kind: 'guessing', sentence: SENTENCE, settings: { learningrate: 0.001 } },
  ]);

  const page = (await get('/runs/1', { accept: 'text/html' })).body;
  t.match(page, SENTENCE);
  t.match(
    page,
    /href="\/\?activation=relu&amp;optimizer=adam[^"]*&amp;learningrate=0\.001&amp;[^"]*">Try these settings</,
  );
  t.match(page, 'href="/runs/1/epochs.csv"');
  t.match(page, 'href="/runs/1/export.json"');
  const partial = { accept: 'text/html', 'hx-request': 'true', 'hx-request-type': 'partial' };
  t.match((await get('/runs/1/progress?epochs=1', partial)).body, SENTENCE, 'with each epoch');
  await end(store, 1, { state: 'stopped', reason: null });
});
