import t, { type Test } from 'tap';
import { DEFAULT_SETTINGS } from '../../../src/training/settings.ts';
import { testApp } from '../../help/helper.ts';
import { addEpoch, end } from '../../help/train.ts';

async function build(t: Test) {
  const app = await testApp(t);
  const { store } = app.workbench;
  await store.create(DEFAULT_SETTINGS, { owner: { id: 'ada', name: '=HYPERLINK("http://x")' } });
  for (const epoch of [1, 2]) {
    const metrics = { epoch, loss: 0.5, accuracy: 0.75, val_loss: 0.25, val_accuracy: 0.875, seconds: 1.5 };
    await addEpoch(
      store,
      1,
      metrics,
      { weights: new Float32Array(1), slots: {}, step: 1, random: [] },
      epoch === 1,
    );
  }
  const test = { loss: 0.125, accuracy: 0.99, answers: new Uint8Array(10_000) };
  await end(store, 1, { state: 'finished', reason: null, test });
  await store.setLabel(1, { name: '-2+3', note: 'She said "7",\nthen 1', pinned: true });
  await store.create({ ...DEFAULT_SETTINGS, optimizer: 'sgd', learningrate: 0.1 });
  await end(store, 2, { state: 'stopped', reason: null });
  return (url: string) => app.inject({ url });
}

t.test('the epochs of a run', async (t) => {
  const get = await build(t);
  const answer = await get('/runs/1/epochs.csv');
  t.equal(answer.statusCode, 200);
  t.equal(answer.headers['content-type'], 'text/csv; charset=utf-8');
  t.equal(answer.headers['content-disposition'], 'attachment; filename="run-1-epochs.csv"');
  t.equal(
    answer.body,
    'epoch,loss,accuracy,val_loss,val_accuracy,seconds\r\n1,0.5,0.75,0.25,0.875,1.5\r\n2,0.5,0.75,0.25,0.875,1.5\r\n',
  );
  t.equal((await get('/runs/2/epochs.csv')).body, 'epoch,loss,accuracy,val_loss,val_accuracy,seconds\r\n');
  t.equal((await get('/runs/9/epochs.csv')).statusCode, 404);
});

t.test('all runs, with their settings, safe for spreadsheets', async (t) => {
  const get = await build(t);
  const { body, headers } = await get('/runs.csv?sort=id&order=asc');
  t.equal(headers['content-disposition'], 'attachment; filename="runs.csv"');
  t.match(body, `1,finished,'-2+3,"She said ""7"",\nthen 1",true,"'=HYPERLINK(""http://x"")",,,,relu,adam,`);
  t.match(body, ',2,1,0.25,0.875,0.125,0.99,0.98785');
  const [head] = body.split('\r\n');
  for (const name of Object.keys(DEFAULT_SETTINGS)) t.ok(head.split(',').includes(name), name);
  const second = body.split('\r\n')[2].split(',');
  t.equal(second[head.split(',').indexOf('learningrate')], '0.1');
  t.equal(second[head.split(',').indexOf('test_accuracy')], '', 'what is unknown is empty');
  t.equal(second.length, head.split(',').length);
});

t.test('the same filters as the list', async (t) => {
  const get = await build(t);
  t.match((await get('/runs.csv?optimizer=sgd')).body, /^run,[^\n]*\n2,stopped,[^\n]*\n$/);
  t.equal((await get('/runs.csv?optimizer=adamw')).statusCode, 422);
});

t.test('a run as a file', async (t) => {
  const get = await build(t);
  const answer = await get('/runs/1/export.json');
  t.equal(answer.headers['content-disposition'], 'attachment; filename="run-1.json"');
  t.match(answer.json(), {
    id: 1,
    name: '-2+3',
    settings: DEFAULT_SETTINGS,
    epochs: [{ epoch: 1 }, { epoch: 2 }],
  });
  t.equal((await get('/runs/9/export.json')).statusCode, 404);
});
