import t from 'tap';
import { testApp } from '../../help/helper.ts';

t.test('how long a run takes, before the button is pressed', async (t) => {
  const app = await testApp(t);
  const forecast = async (query: string) => (await app.inject(`/forecast?${query}`)).body;
  t.match(await forecast('epochs=100'), /Stops by itself after 3 epochs without improvement/);
  t.equal(await forecast('epochs=2'), '', 'nothing is known yet');
  t.equal(
    await forecast('epochs=2&activation=sigmoid&optimizer=sgd'),
    'With sigmoid units, sgd stays at chance for many epochs or for good. Choose another optimizer.',
  );
  t.equal(await forecast('timebudget=90'), 'At most 1\u00a0min 30\u00a0s, its time budget.');

  const { speeds } = app.workbench;
  speeds.get = (name) => ({ name, speed: { 1: 0.1, 8: 0.3, 32: 1, 128: 4 }, absent: null });
  speeds.list = () => [speeds.get('simd')];
  // 1,719 steps of 1 ms, and 6 % for validation: 1.82 s an epoch.
  t.equal(await forecast('epochs=1'), '1 epoch: at most 1.8\u00a0s.');
  t.equal(
    await forecast('epochs=100'),
    '100 epochs: at most 3\u00a0min 2\u00a0s; usually stops after about 9.',
  );
  t.equal(
    await forecast('epochs=100&timebudget=30'),
    'At most 30\u00a0s, its time budget: 17 of 100 epochs; usually stops after about 9.',
  );
  t.equal(await forecast('timebudget=5'), 'At most 5.0\u00a0s, its time budget: 3 of 100 epochs.');
  t.equal(await forecast('epochs=1&timebudget=60'), '1 epoch: at most 1.8\u00a0s.', 'it is not used up');
  t.match(await forecast('epochs=0'), /^Correct the marked fields/, 'no forecast for what cannot be run');
  const page = (await app.inject({ url: '/', headers: { accept: 'text/html' } })).body;
  t.match(page, /simd · 1\.7 s\/epoch on 1 thread</);
  t.match(page, /100 epochs: at most 3/);
});

t.test('an engine that is not here is refused beside its field', async (t) => {
  const app = await testApp(t);
  const { speeds } = app.workbench;
  speeds.get = (name) => ({ name, speed: null, absent: 'TensorFlow is not installed.' });
  const answer = await app.inject({
    method: 'POST',
    url: '/runs',
    headers: { accept: 'application/json' },
    payload: { engine: 'tensorflow' },
  });
  t.equal(answer.statusCode, 422);
  t.same(answer.json().errors, { engine: 'TensorFlow is not installed.' });
});
