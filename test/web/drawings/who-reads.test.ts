/** Real runs: what they put into service, and whose drawings they read. */
import type { FastifyInstance } from 'fastify';
import t, { type Test } from 'tap';
import { browserOf } from '../../help/cookie-jar.ts';
import { testApp, until } from '../../help/helper.ts';

const JSON_ONLY = { accept: 'application/json' };
const HTMX = { 'hx-request': 'true', 'hx-request-type': 'partial', accept: 'text/html' };
const TOKEN = 'chalk-and-slate';
const ADMIN_TOKEN = 'red-pencil-case';

/** A seven, as the pad sends it. */
const SEVEN = {
  strokes: JSON.stringify([
    [
      [60, 75],
      [140, 75],
      [90, 220],
    ],
  ]),
};
const QUICK = { epochs: '1', batchsize: '128' };
/** Guesses after one epoch. */
const GUESSER = { ...QUICK, activation: 'sigmoid', optimizer: 'sgd', learningrate: '0.01' };

type Browser = ReturnType<typeof browserOf>;

const run = async (app: FastifyInstance, id: number) =>
  (await app.inject({ url: `/runs/${id}`, headers: JSON_ONLY })).json();
const model = async (app: FastifyInstance) => (await app.inject('/model')).json();
const ended = (app: FastifyInstance, id: number) =>
  until(async () => (await run(app, id)).endedAt !== null).then(() => app.workbench.choice.settled());

/** Presses Train with the form's values, all others at their defaults. */
async function train(app: FastifyInstance, browser: Browser, settings: object): Promise<number> {
  const pressed = await browser.inject({ method: 'POST', url: '/runs', headers: HTMX, payload: settings });
  const id = Number(/\/runs\/(\d+)/.exec(String(pressed.headers.location))?.[1]);
  await ended(app, id);
  return id;
}

const draw = async (browser: Browser, fields: object = {}) =>
  (
    await browser.inject({
      method: 'POST',
      url: '/recognize',
      headers: HTMX,
      payload: { ...SEVEN, ...fields },
    })
  ).body;

t.test('alone: one run, and it reads; switched back it does not; a restart changes neither', async (t) => {
  const dataDir = t.testdir({});
  const app = await testApp(t, { dataDir });
  const browser = browserOf(app);
  await browser.inject({ url: '/' });
  t.equal(await train(app, browser, QUICK), 1);
  const { testAccuracy, serve } = await run(app, 1);
  t.equal(serve, null);
  t.match(await model(app), {
    source: { kind: 'run', runId: 1, epoch: 1 },
    before: { model: 'the built-in model', run: 'shipped', testAccuracy: 0.9938 },
  });
  const read = await app.inject({ method: 'POST', url: '/recognize', headers: JSON_ONLY, payload: SEVEN });
  t.match(read.json(), { digit: 7, model: 'run 1, epoch 1' });
  const line = `It gets ${(100 * testAccuracy).toFixed(2)} % of the test images right; the model before it, the built-in model, got 99.38 %.`;
  const page = (await browser.inject({ url: '/' })).body.replaceAll('\u00a0', ' ');
  t.match(page.replace(/\s+/g, ' '), line);
  t.match(page, /<input type="hidden" name="run" value="shipped">\s*<button id="switchback">Switch back/);
  await app.close();

  const again = await testApp(t, { dataDir });
  t.match(await model(again), { source: { runId: 1 }, before: { run: 'shipped' } }, 'as before the restart');
  const back = await browserOf(again).inject({ method: 'POST', url: '/model', payload: { run: 'shipped' } });
  t.equal(back.statusCode, 303);
  t.match(await model(again), { source: { kind: 'shipped' }, before: { run: 1 } });
  t.match((await browserOf(again).inject({ url: '/' })).body, /class="main">Use this model</);
});

t.test('a run that only guesses does not read, and nobody is told to draw more clearly', async (t) => {
  const app = await testApp(t);
  const browser = browserOf(app);
  await browser.inject({ url: '/' });
  const id = await train(app, browser, GUESSER);
  const { bestValAccuracy } = await run(app, id);
  t.ok(bestValAccuracy < 0.2, `it guesses: ${bestValAccuracy}`);
  t.match(await model(app), { source: { kind: 'shipped' } });
  const page = (await browser.inject({ url: `/runs/${id}` })).body;
  t.match(page, /It is only guessing, so the built-in model reads your drawings instead/);
  t.match(page, /class="badge finished guesses"/);
  t.match(page, /<div class="best guesses"><dt>test accuracy/);
  t.match(page, /<button id="use">Use this model/, 'it may be used, but is not recommended');
  t.notMatch(page, /Compare them/);

  const fault = `This network gets only ${(100 * bestValAccuracy).toFixed(0)} % of the validation images right`;
  const blames = async (t: Test, asked: object, name: string) => {
    const fragment = await draw(browser, asked);
    t.match(fragment, /Not sure|This looks like two digits/, name);
    t.match(fragment, fault, name);
    t.notMatch(fragment, /more clearly/, name);
    const text = await app.inject({
      method: 'POST',
      url: '/recognize',
      headers: { accept: 'text/plain' },
      payload: { ...SEVEN, ...asked },
    });
    t.ok(text.body.endsWith(`? ${fault}.`), text.body);
    const json = await app.inject({
      method: 'POST',
      url: '/recognize',
      headers: JSON_ONLY,
      payload: { ...SEVEN, ...asked },
    });
    t.match(json.json(), { sure: false, fault });
  };
  await t.test('when it is asked by its number', (t) => blames(t, { run: id }, 'by number'));
  await app.inject({ method: 'POST', url: '/model', payload: { run: id } });
  await t.test('when it was put into service by hand', (t) => blames(t, {}, 'in service'));
  const many = { inputs: [{ strokes: JSON.parse(SEVEN.strokes) }] };
  const batch = await app.inject({ method: 'POST', url: '/recognize', payload: many });
  t.match(batch.json().results, [{ sure: false, fault }]);
  const lines = await app.inject({
    method: 'POST',
    url: '/recognize',
    headers: { 'content-type': 'application/x-ndjson' },
    payload: `${JSON.stringify(many.inputs[0])}\n`,
  });
  t.match(JSON.parse(lines.body), { sure: false, fault });
  const form = await app.inject({
    method: 'POST',
    url: '/recognize',
    payload: { matrix: new Array(784).fill(0).fill(255, 300, 330) },
  });
  t.match(form.json(), { fault });
  t.match(
    (await browser.inject({ url: `/runs/${id}` })).body,
    /It now reads your drawings\. It is only guessing\./,
  );
});

t.test('a class: each pupil is read by their own run, and nobody else notices', async (t) => {
  const app = await testApp(t, { host: '0.0.0.0', token: TOKEN, adminToken: ADMIN_TOKEN });
  const guest = browserOf(app);
  const script = () => app.inject({ method: 'POST', url: '/recognize', headers: JSON_ONLY, payload: SEVEN });
  const [asGuest, asScript] = [await draw(guest), (await script()).body];
  t.match(asGuest, /Digit 7/);

  const pupils: { browser: Browser; id: number }[] = [];
  for (const settings of [
    QUICK,
    { ...QUICK, optimizer: 'sgd', seed: '2' },
    { ...QUICK, activation: 'tanh' },
  ]) {
    const browser = browserOf(app);
    await browser.inject({ url: '/' });
    await browser.inject({ method: 'POST', url: '/sign-in', payload: { token: TOKEN } });
    t.notMatch(await draw(browser), /data-reader/, 'before it is the model in service');
    pupils.push({ browser, id: await train(app, browser, settings) });
    t.equal(await draw(guest), asGuest, 'a guest is answered as before, to the byte');
    t.equal((await script()).body, asScript);
    t.match(await model(app), { source: { kind: 'shipped' } });
  }
  for (const { browser, id } of pupils) {
    t.match(await draw(browser), new RegExp(`<span data-reader>your run ${id}, epoch 1</span>`));
    const page = (await browser.inject({ url: '/' })).body.replace(/\s+/g, ' ');
    t.match(
      page,
      new RegExp(
        `Your model: <a href="/runs/${id}">run ${id}, epoch 1</a>.*; class model: <b>the built-in model</b>`,
      ),
    );
    const its = (await browser.inject({ url: `/runs/${id}` })).body.replace(/\s+/g, ' ');
    t.match(its, /It reads your drawings; the class&#39;s model is the built-in model/);
    t.notMatch(page, /id="use"/);
    const answer = await browser.inject({
      method: 'POST',
      url: '/model',
      headers: JSON_ONLY,
      payload: { run: id },
    });
    t.equal(answer.statusCode, 403);
  }
  const [ada] = pupils;
  const kept = await ada.browser.inject({
    method: 'POST',
    url: '/corrections',
    headers: JSON_ONLY,
    payload: { ...SEVEN, truth: 7 },
  });
  t.match(kept.json(), { model: `run ${ada.id}, epoch 1` }, 'a correction names who misread it');

  await t.test('a run that guesses does not take over from the one before it', async (t) => {
    const guesser = await train(app, ada.browser, GUESSER);
    t.match(await draw(ada.browser), `your run ${ada.id}, epoch 1`);
    const page = (await ada.browser.inject({ url: '/' })).body;
    t.match(page, new RegExp(`your <a href="/runs/${guesser}">run ${guesser}</a> is only guessing`));
  });

  await t.test('signed out, or by script, they are answered by the model in service', async (t) => {
    await ada.browser.inject({ method: 'POST', url: '/sign-out' });
    t.equal(await draw(ada.browser), asGuest);
    const byScript = await app.inject({
      method: 'POST',
      url: '/recognize',
      headers: { ...JSON_ONLY, authorization: `Bearer ${TOKEN}`, 'x-owner': 'Ada' },
      payload: SEVEN,
    });
    t.equal(byScript.body, asScript);
  });

  await t.test('the teacher chooses, and then everybody but the pupils is read by it', async (t) => {
    const teacher = browserOf(app);
    await teacher.inject({ url: '/' });
    await teacher.inject({ method: 'POST', url: '/sign-in', payload: { token: ADMIN_TOKEN } });
    const [, bob] = pupils;
    t.match((await teacher.inject({ url: `/runs/${bob.id}` })).body, /id="use"/);
    await teacher.inject({ method: 'POST', url: '/model', payload: { run: String(bob.id) } });
    t.match(await model(app), { source: { runId: bob.id } });
    t.match((await script()).json(), { model: `run ${bob.id}, epoch 1` });
    t.match(await draw(pupils[2].browser), `your run ${pupils[2].id}, epoch 1`);
  });
});

t.test('serve: who may, asks for it with the run', async (t) => {
  const app = await testApp(t, { host: '0.0.0.0', token: TOKEN, adminToken: ADMIN_TOKEN });
  const post = (token: string, url: string, payload: object = {}) =>
    app.inject({
      method: 'POST',
      url,
      headers: { ...JSON_ONLY, authorization: `Bearer ${token}` },
      payload,
    });
  async function refuses(url: string): Promise<void> {
    const refused = await post(TOKEN, url, { serve: true, epoch: 1 });
    t.match(
      refused.json(),
      { status: 403, code: 'ADMIN_ONLY', field: 'serve', detail: /Only an admin/ },
      url,
    );
    const bad = await post(ADMIN_TOKEN, url, { serve: 'perhaps', epoch: 1 });
    t.match(bad.json(), { status: 422, code: 'BAD_SERVE', field: 'serve' }, url);
  }
  await refuses('/runs');
  const own = await post(TOKEN, '/runs', { ...QUICK, serve: false });
  t.match(own.json(), { id: 1, serve: false });
  await ended(app, 1);
  await refuses('/runs/1/fork');
  t.match(await model(app), { source: { kind: 'shipped' } });
  const form = await app.inject({
    method: 'POST',
    url: '/runs',
    headers: {
      ...JSON_ONLY,
      authorization: `Bearer ${ADMIN_TOKEN}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    payload: new URLSearchParams({ ...QUICK, serve: 'true' }).toString(),
  });
  t.match(form.json(), { id: 2, serve: true });
  await ended(app, 2);
  t.match(await model(app), { source: { runId: 2 } });
  const fork = await post(ADMIN_TOKEN, '/runs/2/fork', { epoch: 1, epochs: 2, serve: 'true' });
  t.match(fork.json(), { id: 3, serve: true });
  await until(async () => (await run(app, 3)).epochsDone === 1 && (await run(app, 3)).state === 'running');
  await post(ADMIN_TOKEN, '/runs/3/stop');
  await ended(app, 3);
  t.match(await model(app), { source: { runId: 3 } }, 'also one that is stopped');
  await post(ADMIN_TOKEN, '/model', { run: 2 });
  await refuses('/runs/3/resume');
  t.match((await post(ADMIN_TOKEN, '/runs/3/resume', { serve: false })).json(), { serve: false });
  await ended(app, 3);
  t.match(await run(app, 3), { state: 'finished' });
  t.match(await model(app), { source: { runId: 2 } });
});

t.test('when an admin wants a run in service, nobody else chooses the moment', async (t) => {
  const app = await testApp(t, { host: '0.0.0.0', token: TOKEN, adminToken: ADMIN_TOKEN });
  const post = async (token: string, url: string, payload: object = {}) => {
    const headers = { ...JSON_ONLY, authorization: `Bearer ${token}` };
    return (await app.inject({ method: 'POST', url, headers, payload })).json();
  };
  const epochDone = (id: number) => until(async () => (await run(app, id)).epochsDone > 0);
  const long = { ...QUICK, epochs: '50', patience: '50', serve: true };
  // Without X-Owner it is nobody's, so that any pupil may stop it.
  const { id } = await post(ADMIN_TOKEN, '/runs', long);
  await epochDone(id);
  await post(TOKEN, `/runs/${id}/stop`);
  await ended(app, id);
  t.match(await run(app, id), { state: 'stopped', bestEpoch: Number, serve: null });
  t.match(await model(app), { source: { kind: 'shipped' } }, 'half-trained it does not read');

  await post(ADMIN_TOKEN, `/runs/${id}/resume`, { serve: true });
  await post(ADMIN_TOKEN, `/runs/${id}/stop`);
  await ended(app, id);
  t.match(await model(app), { source: { runId: id } }, 'the admin may');
  await post(ADMIN_TOKEN, '/model', { run: 'shipped' });
  await post(TOKEN, `/runs/${id}/resume`);
  await post(TOKEN, `/runs/${id}/stop`);
  await ended(app, id);
  t.match(
    await model(app),
    { source: { kind: 'shipped' } },
    'nor does it come back when a pupil goes on with it',
  );
});
