import type { FastifyInstance } from 'fastify';
import t from 'tap';
import { DEFAULT_SETTINGS, SETTING_NAMES } from '../../../src/training/settings.ts';
import { CLASS, signedIn } from '../../help/cookie-jar.ts';
import { testApp, until } from '../../help/helper.ts';

const GRID = { settings: { epochs: 3 }, grid: { optimizer: ['adam', 'sgd'], batchsize: [16, 32] } };

const post = (app: FastifyInstance, payload: object, headers = {}) =>
  app.inject({ method: 'POST', url: '/sweeps', payload, headers });

const page = (app: FastifyInstance, url: string) => app.inject({ url, headers: { accept: 'text/html' } });

function postForm(
  app: FastifyInstance,
  fields: readonly (readonly [string, string])[],
  accept = 'text/html',
) {
  return app.inject({
    method: 'POST',
    url: '/sweeps',
    payload: new URLSearchParams(fields.map(([name, value]) => [name, value])).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept },
  });
}

/** Stops all of it, so that no test trains for long. */
async function stop(app: FastifyInstance, id: number) {
  await app.inject({ method: 'POST', url: `/sweeps/${id}/stop` });
  await until(async () => (await app.inject(`/sweeps/${id}`)).json().state === 'stopped');
}

t.test('in a class whoever asked for it may stop it, and an admin', async (t) => {
  const app = await testApp(t, CLASS);
  await app.workbench.training.close();
  const ann = { 'x-owner': 'Ann', authorization: `Bearer ${CLASS.token}` };
  t.equal((await post(app, GRID, ann)).statusCode, 201);
  const bob = await signedIn(app);
  for (const url of ['/sweeps/1/stop', '/sweeps/1/delete']) {
    const refused = await bob.inject({ method: 'POST', url });
    t.equal(refused.statusCode, 403);
    t.match(refused.body, /Sweep 1 is Ann.{1,5}s: only Ann can (stop|delete) it/);
  }
  t.notMatch((await bob.inject({ url: '/sweeps/1' })).body, /Stop all/);
  const teacher = await signedIn(app, CLASS.adminToken);
  t.match((await teacher.inject({ url: '/sweeps/1' })).body, /Stop all/);
  t.equal((await teacher.inject({ method: 'POST', url: '/sweeps/1/stop' })).statusCode, 303);
  t.equal((await app.inject({ method: 'DELETE', url: '/sweeps/1', headers: ann })).statusCode, 200);
});

t.test('a grid of settings is queued as one thing', async (t) => {
  const app = await testApp(t);
  const answer = await post(app, { ...GRID, halving: true }, { 'x-owner': 'Ann' });
  t.equal(answer.statusCode, 201);
  t.equal(answer.headers.location, '/sweeps/1');
  const sweep = answer.json();
  t.match(sweep, { id: 1, state: 'running', halving: true, trialCount: 4, best: null, url: '/sweeps/1' });
  t.same(
    sweep.trials.map((trial: { settings: Record<string, unknown> }) => [
      trial.settings.optimizer,
      trial.settings.batchsize,
      trial.settings.learningrate,
      trial.settings.epochs,
    ]),
    [
      ['adam', 16, 0.001, 3],
      ['adam', 32, 0.001, 3],
      ['sgd', 16, 0.1, 3],
      ['sgd', 32, 0.1, 3],
    ],
    'each optimizer with its own learning rate',
  );
  t.match(sweep.trials[3], { sweepId: 1, pauseAfter: 1, owner: { name: 'Ann' } });

  await t.test('it cannot be deleted while it goes on', async (t) => {
    const answer = await app.inject({ method: 'DELETE', url: '/sweeps/1' });
    t.equal(answer.statusCode, 409);
    t.match(answer.json().detail, 'Sweep 1 is running: stop it before you delete it.');
  });

  await t.test('stopped, all its trials are', async (t) => {
    await stop(app, 1);
    const { trials } = (await app.inject('/sweeps/1')).json();
    t.same(
      trials.map(({ state }: { state: string }) => state),
      ['stopped', 'stopped', 'stopped', 'stopped'],
    );
    t.match(await app.inject('/sweeps'), { statusCode: 200 });
    t.match((await app.inject('/sweeps')).json().sweeps, [{ id: 1, state: 'stopped', trialCount: 4 }]);
  });

  await t.test('deleted, its runs stay', async (t) => {
    t.match(await page(app, '/runs/4'), { body: /<a href="\/sweeps\/1">Sweep 1<\/a>/ });
    t.equal((await app.inject({ method: 'DELETE', url: '/sweeps/1' })).statusCode, 200);
    t.equal((await app.inject('/sweeps/1')).statusCode, 404);
    t.match((await app.inject('/runs/4')).json(), { id: 4, sweepId: null });
  });
});

t.test('its table is a file', async (t) => {
  const app = await testApp(t);
  await post(app, GRID);
  await stop(app, 1);
  const answer = await app.inject('/sweeps/1.csv');
  t.equal(answer.headers['content-type'], 'text/csv; charset=utf-8');
  t.equal(answer.headers['content-disposition'], 'attachment; filename="sweep-1.csv"');
  const [head, ...rows] = answer.body.trimEnd().split('\r\n');
  t.equal(
    head,
    `run,${SETTING_NAMES.join()},state,stopped_early,epochs_done,best_epoch,val_loss,val_accuracy,test_loss,test_accuracy,seconds`,
  );
  t.equal(rows.length, 4);
  const settings = { ...DEFAULT_SETTINGS, optimizer: 'sgd', epochs: 3, learningrate: 0.1 };
  t.equal(rows[3], `4,${Object.values(settings).join()},stopped,false,0,,,,,,0`);
  t.equal((await app.inject('/sweeps/2.csv')).statusCode, 404);
});

t.test('what cannot be swept is told', async (t) => {
  const app = await testApp(t);
  const refused = async (payload: object, detail: string | RegExp) => {
    const answer = await post(app, payload);
    t.equal(answer.statusCode, 422, JSON.stringify(payload));
    t.match(answer.json().detail, detail);
    return answer.json();
  };
  const { errors } = await refused(
    { settings: { epochs: 0 }, grid: { batchsize: [16, 999] } },
    'Epochs must be a whole number from 1 to 200. Batch size must be a whole number from 1 to 128.',
  );
  t.same(Object.keys(errors), ['epochs', 'batchsize']);
  await refused(
    { grid: { seed: Array.from({ length: 13 }, (_, i) => i), batchsize: [1, 2, 4, 8, 16] } },
    'This makes 65 trials; at most 64 are allowed.',
  );
  await refused({}, 'This makes a single trial: choose two or more values for some setting.');
  await refused({ grid: { engine: ['simd', 'tensorflow'] } }, /one engine/);
  await refused({ grid: { data: ['mnist', 'corrections'] } }, /Data must be one of/);
  await refused({ grid: { data: ['mnist', 'mnist+corrections'] } }, /There are no corrections yet/);
  await refused({ grid: { rate: [1, 2] } }, /A run has no setting "rate"/);
  await refused({ optimizer: ['adam', 'sgd'] }, 'A sweep has no field "optimizer"');
  await refused({ grid: [['optimizer', 'adam']] }, '"grid" must be an object');
  await refused({ ...GRID, settings: 'epochs=3' }, '"settings" must be an object');
  await refused({ ...GRID, halving: 'yes' }, '"halving" must be true or false.');
  app.workbench.speeds.get = (name) => ({ name, speed: null, absent: 'It is not installed.' });
  await refused(GRID, 'It is not installed.');
  t.equal((await post(app, [GRID])).statusCode, 400);
  t.same((await app.inject('/sweeps')).json(), { sweeps: [] });
  t.equal((await app.inject('/runs')).json().count, 0);
  t.equal((await app.inject('/sweeps/x')).statusCode, 404);
});

t.test('the form needs no script', async (t) => {
  const app = await testApp(t);
  const form = (await page(app, '/sweeps/new')).body;
  t.match(form, /name="optimizer" value="adam" checked/);
  t.match(form, /name="halving" value="on" checked/);
  t.match(form, /This makes a single trial/);

  const answer = await postForm(app, [
    ['optimizer', 'adam'],
    ['optimizer', 'nadam'],
    ['activation', 'tanh'],
    ['batchsize', '16, 64'],
    ['learningrate', ''],
    ['epochs', '2'],
    ['engine', 'simd'],
    ['halving', 'on'],
  ]);
  t.equal(answer.statusCode, 303);
  t.equal(answer.headers.location, '/sweeps/1');
  t.match((await app.inject('/sweeps/1')).json(), {
    axes: { optimizer: ['adam', 'nadam'], batchsize: [16, 64] },
    settings: { activation: 'tanh', epochs: 2 },
    halving: true,
    trialCount: 4,
  });

  const [{ name, value }] = answer.cookies as { name: string; value: string }[];
  const cookie = `${name}=${value}`;
  const { body } = await app.inject({ url: '/sweeps/1', headers: { accept: 'text/html', cookie } });
  t.match(body, /Stop all/);
  t.match(body, /optimizer: adam, nadam × batch size: 16, 64/);
  t.match(body, /hx-get="\/sweeps\/1\/standing" hx-trigger="every 2s"/);
  t.equal(body.match(/<th scope="row">/g)?.length, 4);
  await stop(app, 1);
  t.notMatch((await page(app, '/sweeps/1')).body, /hx-trigger/, 'it fills in no more');
  t.notMatch((await app.inject('/sweeps/1/standing')).body, /hx-trigger|<html/);

  const deleted = await app.inject({
    method: 'POST',
    url: '/sweeps/1/delete',
    headers: { accept: 'text/html', cookie },
  });
  t.match(deleted, { statusCode: 303, headers: { location: '/sweeps' } });
  t.match((await page(app, '/sweeps')).body, /No sweeps yet/);
});

t.test('what is wrong in the form stands beside its field, and what was said is still there', async (t) => {
  const app = await testApp(t);
  const { statusCode, body } = await postForm(app, [
    ['optimizer', 'adam'],
    ['optimizer', 'sgd'],
    ['batchsize', '16, 999'],
    ['patience', '0'],
  ]);
  t.equal(statusCode, 422);
  t.match(
    body,
    /id="batchsize"[^>]* value="16, 999"[^>]* aria-invalid="true" aria-describedby="batchsizeerror"/,
  );
  t.match(body, /id="batchsizeerror">Batch size must be a whole number from 1 to 128\.</);
  t.match(body, /id="patienceerror">/);
  t.match(body, /<details class="advanced" open>/);
  t.match(body, /value="sgd" checked/);
  t.notMatch(body, /name="halving" value="on" checked/);
  t.match((await postForm(app, [['optimizer', 'adam']])).body, /id="griderror">This makes a single trial/);
  const script = await postForm(app, [['optimizer', 'lion']], 'application/json');
  t.match(script.json(), { status: 422, code: 'SETTINGS', errors: { optimizer: /must be one of/ } });
});

t.test('the form counts its trials', async (t) => {
  const app = await testApp(t);
  const count = async (query: string) => (await app.inject(`/sweeps/count?${query}`)).body.trim();
  t.equal(await count('optimizer=adam&optimizer=sgd&batchsize=16,%2032;64'), '6\u00a0trials');
  t.equal(await count('optimizer=adam,sgd'), '2\u00a0trials');
  t.equal(
    await count('batchsize=16'),
    'This makes a single trial: choose two or more values for some setting.',
  );
  t.equal(await count('batchsize=500'), 'Batch size must be a whole number from 1 to 128.');
});

t.test('halving is told in a form by a ticked box, or as scripts write it', async (t) => {
  const app = await testApp(t);
  const fields = [
    ['optimizer', 'adam'],
    ['optimizer', 'sgd'],
  ] as const;
  let id = 0;
  for (const [text, halving] of [
    ['on', true],
    ['true', true],
    ['false', false],
    ['0', false],
    ['', false],
  ] as const) {
    const answer = await postForm(app, [...fields, ['halving', text]], 'application/json');
    t.equal(answer.json().halving, halving, text);
    await stop(app, ++id);
  }
  const refused = await postForm(app, [...fields, ['halving', 'maybe']], 'application/json');
  t.match(refused.json(), { status: 422, field: 'halving', detail: '"halving" must be true or false.' });
});
