import t from 'tap';
import { browserOf } from '../../help/cookie-jar.ts';
import { testApp, until } from '../../help/helper.ts';

const JSON_ONLY = { accept: 'application/json' };
const BROWSER = { accept: 'text/html,*/*;q=0.8' };
const HTMX = { 'hx-request': 'true', 'hx-request-type': 'partial', accept: 'text/html' };

t.test('a run from its start to its end, by script', async (t) => {
  const app = await testApp(t);
  const created = await app.inject({
    method: 'POST',
    url: '/runs',
    headers: JSON_ONLY,
    payload: { epochs: 1, batchsize: 64, seed: 7 },
  });
  t.equal(created.statusCode, 201);
  const run = created.json();
  t.equal(created.headers.location, `/runs/${run.id}`);
  t.match(run, {
    state: /queued|running/,
    settings: { epochs: 1, batchsize: 64, optimizer: 'adam', seed: 7 },
  });

  const second = (
    await app.inject({ method: 'POST', url: '/runs', headers: JSON_ONLY, payload: { epochs: 1 } })
  ).json();
  t.equal(second.state, 'queued', 'waits for the first');
  const waiting = (await app.inject({ url: `/runs/${second.id}/progress`, headers: JSON_ONLY })).json();
  t.match(waiting, { running: false, queuePosition: 1, 'batch metric': null, 'last epoch': null });
  const waitingPage = await app.inject({ url: `/runs/${second.id}/progress`, headers: HTMX });
  t.match(waitingPage.body, /id="progressdisplay"/);
  await app.inject({ method: 'POST', url: `/runs/${second.id}/stop`, headers: JSON_ONLY });

  await until(async () => {
    const status = (await app.inject({ url: `/runs/${run.id}/progress`, headers: JSON_ONLY })).json();
    return status['batch metric'] !== null;
  });
  const live = (await app.inject({ url: `/runs/${run.id}/progress`, headers: JSON_ONLY })).json();
  t.match(live, { running: true, epoch: 0, state: 'running', epochs: 1, batches: Math.ceil(55_000 / 64) });
  t.ok(live['batch metric'].loss > 0);
  t.match((await app.inject({ url: `/runs/${run.id}`, headers: BROWSER })).body, /<progress/);

  await until(
    async () =>
      (await app.inject({ url: `/runs/${run.id}`, headers: JSON_ONLY })).json().state === 'finished',
  );
  const finished = (await app.inject({ url: `/runs/${run.id}`, headers: JSON_ONLY })).json();
  t.equal(finished.epochs.length, 1);
  t.ok(finished.epochs[0].val_accuracy > 0.9);
  t.ok(finished.testAccuracy > 0.93, `test accuracy ${finished.testAccuracy}`);
  t.same(Object.keys(finished.epochs[0]), [
    'epoch',
    'loss',
    'accuracy',
    'val_loss',
    'val_accuracy',
    'seconds',
  ]);

  const status = (await app.inject({ url: `/runs/${run.id}/progress`, headers: JSON_ONLY })).json();
  t.match(status, {
    running: false,
    'last epoch': { val_accuracy: finished.epochs[0].val_accuracy },
    share: 1,
  });
  await until(async () => (await app.inject('/model')).json().source?.runId === run.id);

  const list = (await app.inject({ url: '/runs', headers: JSON_ONLY })).json();
  t.same(
    list.runs.map((listed: { id: number }) => listed.id),
    [second.id, run.id],
  );
  for (const url of ['/runs', `/runs/${run.id}`, '/']) {
    const page = await app.inject({ url, headers: BROWSER });
    t.equal(page.statusCode, 200, url);
    t.match(page.body, new RegExp(`run ${run.id}\\b`, 'i'), url);
    t.notMatch(page.body, /undefined|NaN|\[object/, url);
  }
  const polled = await app.inject({ url: `/runs/${run.id}/progress?epochs=0`, headers: HTMX });
  t.match(polled.body, /id="historyplot"/, 'the last poll carries the history');
});

t.test('the form without a script', async (t) => {
  const app = await testApp(t);
  const browser = browserOf(app);
  const answer = await browser.inject({
    method: 'POST',
    url: '/runs',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: 'activation=tanh&optimizer=sgd&epochs=1&batchsize=128&learningrate=&seed=3',
  });
  t.equal(answer.statusCode, 303);
  const location = answer.headers.location as string;
  const run = (await app.inject({ url: location, headers: JSON_ONLY })).json();
  t.match(run.settings, { activation: 'tanh', optimizer: 'sgd', learningrate: 0.1, seed: 3 });
  const stopped = await browser.inject({ method: 'POST', url: `${location}/stop` });
  t.equal(stopped.statusCode, 303);
  t.equal(stopped.headers.location, location);
  await until(
    async () => (await app.inject({ url: location, headers: JSON_ONLY })).json().state === 'stopped',
  );
});

t.test('htmx gets the fragment for start and stop', async (t) => {
  const browser = browserOf(await testApp(t));
  const started = await browser.inject({
    method: 'POST',
    url: '/runs',
    headers: HTMX,
    payload: { epochs: 2 },
  });
  t.equal(started.statusCode, 201);
  t.match(started.body, /id="progressdisplay"/);
  t.match(started.body, /hx-trigger="[^"]*every 1s/);
  const stopped = await browser.inject({ method: 'POST', url: '/runs/1/stop', headers: HTMX });
  t.match(stopped.body, /id="progressdisplay"/);
});

t.test('settings that cannot be used', async (t) => {
  const app = await testApp(t);
  const bad = {
    optimizer: 'adamw',
    epochs: '0',
    batchsize: '1e9',
    seed: 'x',
    learningrate: '-1',
    engine: 'tensorflow',
  };
  const json = await app.inject({ method: 'POST', url: '/runs', headers: JSON_ONLY, payload: bad });
  t.equal(json.statusCode, 422);
  t.match(json.headers['content-type'], /problem\+json/);
  t.same(Object.keys(json.json().errors).sort(), [
    'batchsize',
    'epochs',
    'learningrate',
    'optimizer',
    'seed',
  ]);
  t.match(json.json().errors.epochs, 'Epochs must be a whole number from 1 to 200.');

  const fragment = await app.inject({ method: 'POST', url: '/runs', headers: HTMX, payload: bad });
  t.equal(fragment.statusCode, 422);
  t.match(fragment.body, /Epochs must be a whole number from 1 to 200\./);
  t.match(fragment.body, /aria-invalid="true"/);
  const page = await app.inject({ method: 'POST', url: '/runs', headers: BROWSER, payload: bad });
  t.equal(page.statusCode, 422);
  t.match(page.body, /<html/);

  const misspelt = await app.inject({
    method: 'POST',
    url: '/runs',
    headers: JSON_ONLY,
    payload: { epoch: 3 },
  });
  t.equal(misspelt.statusCode, 422);
  t.match(misspelt.json().detail, /no setting "epoch"/);
  const list = await app.inject({ method: 'POST', url: '/runs', headers: JSON_ONLY, payload: [1] });
  t.equal(list.statusCode, 400);
  const broken = await app.inject({
    method: 'POST',
    url: '/runs',
    headers: { ...JSON_ONLY, 'content-type': 'application/json' },
    payload: '{"epochs": ',
  });
  t.equal(broken.statusCode, 400);
  t.equal(broken.json().detail, 'The body is not valid JSON.');
  t.equal(
    (await app.inject({ url: '/runs', headers: JSON_ONLY })).json().runs.length,
    0,
    'nothing was started',
  );
});

t.test('a run that is not there', async (t) => {
  const app = await testApp(t);
  for (const [method, url] of [
    ['GET', '/runs/99'],
    ['GET', '/runs/99/progress'],
    ['POST', '/runs/99/stop'],
    ['GET', '/runs/..%2f..%2fetc'],
    ['GET', '/runs/-1'],
  ] as const) {
    const answer = await app.inject({ method, url, headers: JSON_ONLY });
    t.equal(answer.statusCode, 404, url);
    t.match(answer.json().detail, /^There is no run/);
  }
  const page = await app.inject({ url: '/runs/99', headers: BROWSER });
  t.match(page.body, /There is no run 99/);
});

t.test('a link fills the form, and says what of it cannot be used', async (t) => {
  const app = await testApp(t);
  const filled = await app.inject({ url: '/?optimizer=sgd&epochs=5', headers: BROWSER });
  t.equal(filled.statusCode, 200);
  t.match(filled.body, /Epochs: 5/);
  t.match(filled.body, /Optimizer: sgd/);
  const wrong = await app.inject({ url: '/?epochs=500', headers: BROWSER });
  t.match(wrong.body, /Epochs must be a whole number from 1 to 200\./);
});
