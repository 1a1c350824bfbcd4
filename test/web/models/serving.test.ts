import t from 'tap';
import { testApp, until } from '../../help/helper.ts';
import { storeRun } from '../../help/stored-run.ts';

const JSON_ONLY = { accept: 'application/json' };
const BROWSER = { accept: 'text/html,*/*;q=0.8' };

t.test('another model is put into service, and the one that came with the workbench again', async (t) => {
  const app = await testApp(t);
  const model = async () => (await app.inject('/model')).json();
  t.match(await model(), {
    model: 'the built-in model',
    source: { kind: 'shipped' },
    activation: 'relu',
  });
  const serve = (run: string, headers: Record<string, string> = JSON_ONLY) =>
    app.inject({ method: 'POST', url: '/model', headers, payload: { run } });

  await app.inject({ method: 'POST', url: '/runs', payload: { epochs: 1, batchsize: 128 } });
  t.match((await serve('1')).json(), { code: 'NO_WEIGHTS', detail: /has not finished an epoch/ });
  await until(async () => (await model()).source.runId === 1);

  t.match((await serve('shipped')).json(), { source: { kind: 'shipped' } });
  t.match((await serve('1')).json(), { model: 'run 1, epoch 1', source: { kind: 'run', runId: 1 } });
  const page = await app.inject({ url: '/', headers: BROWSER });
  t.match(page.body, /the model before it, the built-in model, got 99\.38\s%[\s\S]*Switch back/);
  const form = await serve('shipped', BROWSER);
  t.equal(form.statusCode, 303);
  t.equal(form.headers.location, '/');
  t.match(await model(), { source: { kind: 'shipped' } });
});

t.test('a model that is not there', async (t) => {
  const app = await testApp(t);
  const post = (payload: object) =>
    app.inject({ method: 'POST', url: '/model', headers: JSON_ONLY, payload });
  t.equal((await post({ run: '9' })).statusCode, 404);
  t.match((await post({})).json(), { status: 422, field: 'run', detail: /Set "run" to/ });
  await app.workbench.recognition.close();
  t.same((await app.inject('/model')).json(), { model: null });
  const page = await app.inject({ url: '/', headers: BROWSER });
  t.match(page.body, /No model yet: train one/);
});

t.test('what only seems to be understood is refused', async (t) => {
  const app = await testApp(t);
  await storeRun(app);
  const post = (payload: object | string, type = 'application/json') =>
    app.inject({
      method: 'POST',
      url: '/model',
      headers: { ...JSON_ONLY, 'content-type': type },
      payload,
    });
  t.match((await post({ run: 1, epoch: 2 })).json(), { status: 422, field: 'epoch', detail: /best epoch/ });
  t.match((await post([1])).json(), { status: 400, code: 'NOT_AN_OBJECT' });
  t.equal((await post({ run: '01' })).statusCode, 404, 'a run has one name');
  t.equal((await post({ run: [1, 2] })).statusCode, 404);
  t.match((await app.inject('/model')).json(), { source: { kind: 'shipped' } });
  t.match((await post('run=1', 'application/x-www-form-urlencoded')).json(), { source: { runId: 1 } });
});
