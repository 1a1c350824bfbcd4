/** Models: seen, compared, promoted, rolled back, and named by whoever has something read. */
import type { FastifyInstance } from 'fastify';
import t, { type Test } from 'tap';
import type { Config } from '../../../src/config.ts';
import { readMnist, readTestLabels } from '../../../src/datasets/mnist.ts';
import { createEngine } from '../../../src/engines/create-engine.ts';
import { accuracyOf } from '../../../src/statistics/answers.ts';
import { DEFAULT_SETTINGS } from '../../../src/training/settings.ts';
import { testAnswers } from '../../../src/training/test-answers.ts';
import { browserOf, CLASS, signedIn } from '../../help/cookie-jar.ts';
import { testApp } from '../../help/helper.ts';
import { addEpoch, end } from '../../help/train.ts';

const JSON_ONLY = { accept: 'application/json' };
const SEVEN = JSON.stringify([
  [
    [9, 6],
    [21, 6],
    [13, 24],
  ],
]);

type Headers = Readonly<Record<string, string>>;

async function build(t: Test, config: Partial<Config> = {}) {
  const app = await testApp(t, config);
  await app.workbench.training.close();
  const ask = (method: 'GET' | 'POST', url: string, payload?: object, headers: Headers = {}) =>
    app.inject({ method, url, headers: { ...JSON_ONLY, ...headers }, ...(payload && { payload }) });
  return { app, ask };
}

/** A run whose weights after each epoch are the shipped ones, with the output units moved on by as many as the epoch says. */
async function turned(
  { workbench }: FastifyInstance,
  epochs = 2,
  owner: { id: string; name: string } | null = null,
) {
  const { store, choice } = workbench;
  const shipped = (await choice.model('shipped'))!;
  const { id } = await store.create(
    { ...DEFAULT_SETTINGS, activation: shipped.activation },
    { owner, inputScale: shipped.inputScale },
  );
  for (let epoch = 1; epoch <= epochs; epoch++) {
    const metrics = { epoch, loss: 1, accuracy: 0.97, val_loss: 1, val_accuracy: 0.97, seconds: 1 };
    const checkpoint = { weights: turn(shipped.weights, epoch), slots: {}, step: 1, random: [1, 2, 3, 4] };
    await addEpoch(store, id, metrics, checkpoint, epoch === 1);
  }
  const test = { loss: 1, accuracy: 0.9, answers: new Uint8Array(10_000) };
  await end(store, id, { state: 'finished', reason: null, test });
  return id;
}

/** What was digit k is k + by: the last layer's kernel [84, 10] and bias [10] lie at the end. */
function turn(weights: Float32Array, by: number): Float32Array {
  const copy = weights.slice();
  const from = copy.length - 850;
  for (let i = from; i < copy.length; i++) {
    const row = i - ((i - from) % 10);
    copy[row + ((((i - from) % 10) + by) % 10)] = weights[i];
  }
  return copy;
}

t.test('an answer names its model, and any kept epoch reads by name', async (t) => {
  const { app, ask } = await build(t);
  const run = await turned(app);
  const read = async (model?: string) =>
    (await ask('POST', '/recognize', { strokes: JSON.parse(SEVEN), ...(model && { model }) })).json();
  t.match(await read(), {
    digit: 7,
    model: 'the built-in model',
    version: 'shipped',
    run: null,
    epoch: null,
  });
  t.match(await read(String(run)), {
    digit: 8,
    model: `run ${run}, epoch 1`,
    version: String(run),
    run,
    epoch: 1,
  });
  t.match(await read(`${run}.2`), { digit: 9, version: `${run}.2`, run, epoch: 2 });
  t.match(await read('shipped'), { digit: 7 });
  t.match(await read('service'), { digit: 7 });
  t.match(await read('mine'), { digit: 7 }, 'alone both are the same');
  t.match((await ask('POST', `/recognize?model=${run}`, { strokes: JSON.parse(SEVEN) })).json(), {
    digit: 8,
  });
  for (const model of ['99', `${run}.3`, 'file', 'ours', `${run}.0`, '0', '../1']) {
    const refused = await ask('POST', '/recognize', { strokes: JSON.parse(SEVEN), model });
    t.equal(refused.statusCode, 404, model);
    t.match(refused.json(), { code: 'NO_SUCH_MODEL', detail: /There is no model/ });
  }
  const many = await ask('POST', '/recognize', {
    inputs: [{ strokes: JSON.parse(SEVEN) }],
    model: String(run),
  });
  t.match(many.json(), { results: [{ digit: 8 }], version: String(run), run, epoch: 1 });
  const both = await ask('POST', '/recognize', {
    strokes: JSON.parse(SEVEN),
    model: 'shipped',
    beside: `${run}.2`,
  });
  t.match(both.json(), {
    digit: 7,
    version: 'shipped',
    beside: { digit: 9, version: `${run}.2`, sure: true },
  });
  const lines = await app.inject({
    method: 'POST',
    url: `/recognize?model=${run}`,
    headers: { 'content-type': 'application/x-ndjson' },
    payload: `{"strokes":${SEVEN}}\n`,
  });
  t.match(JSON.parse(lines.body), { digit: 8 });
});

t.test('the comparison is what one counts by hand', async (t) => {
  const { app, ask } = await build(t);
  const run = await turned(app);
  const { comparison, ...entry } = (await ask('GET', `/models/${run}`)).json();
  t.match(entry, { id: String(run), run, epoch: 1, inService: false, comparedWith: 'shipped' });
  const shipped = (await app.workbench.choice.model('shipped'))!;
  const engine = await createEngine('simd', {
    activation: shipped.activation,
    inputScale: shipped.inputScale,
  });
  engine.setState({ weights: shipped.weights });
  const images = readMnist('test');
  const answers = testAnswers(engine, { images: { ...images, count: 10_000 }, from: 0, to: 10_000 });
  await engine.dispose();
  const labels = readTestLabels();
  const moved = answers.map((digit) => (digit + 1) % 10);
  t.equal(comparison.test.before, accuracyOf(answers, labels));
  t.equal(comparison.test.accuracy, accuracyOf(moved, labels));
  const naive = [...labels.keys()].filter((i) => moved[i] === labels[i] && answers[i] !== labels[i]);
  t.same(comparison.test.won, naive);
  t.equal(comparison.test.lost.length, answers.filter((digit, i) => digit === labels[i]).length);
  t.match(comparison.test, { count: 10_000, verdict: 'worse' });
  t.equal(comparison.pens.count, 1_499);
  t.equal(comparison.corrections, undefined, 'there are none');
  await ask('POST', '/corrections', { truth: 8, strokes: JSON.parse(SEVEN) });
  const again = (await ask('GET', `/models/${run}`)).json().comparison.corrections;
  t.match(again, { count: 1, accuracy: 1, before: 0, won: [0], lost: [], verdict: 'same' });
  const page = await app.inject({ url: `/models/${run}`, headers: { accept: 'text/html' } });
  t.match(page.body, /Use it although it is worse/);
  t.match(page.body, /newly right/);
  const same = (await ask('GET', '/models/shipped')).json();
  t.match(same, { inService: true, comparison: { test: { won: [], lost: [], verdict: 'same', p: 1 } } });
});

t.test('promoted and rolled back, with a history; who decides by an old state is refused', async (t) => {
  const { app, ask } = await build(t);
  const [one, two] = [await turned(app), await turned(app)];
  const before = await ask('GET', '/models');
  t.match(before.json(), { current: { id: 'shipped' }, service: { reason: 'started' } });
  t.match(
    before.json().models.map(({ id }: { id: string }) => id),
    ['shipped', String(two), String(one)],
  );
  const tag = String(before.headers.etag);
  const promoted = await ask('POST', `/models/${one}.2/promote`, undefined, {
    'if-match': tag,
    'x-owner': 'Ada',
  });
  t.match(promoted.json(), { model: `${one}.2`, run: one, epoch: 2, reason: 'chosen', chosenBy: 'Ada' });
  t.equal(promoted.headers.etag, `"${promoted.json().entry}"`);
  const late = await ask('POST', `/models/${two}/promote`, undefined, { 'if-match': tag });
  t.equal(late.statusCode, 412);
  t.match(late.json(), { detail: /Another model has been put into service/ });
  t.equal((await ask('POST', `/models/${two}/promote`, undefined, { 'if-match': '"x"' })).statusCode, 412);
  t.match((await ask('GET', '/model')).json(), { source: { runId: one, epoch: 2 } });
  t.equal((await ask('POST', `/models/${two}/promote`, undefined, { 'if-match': '*' })).statusCode, 200);
  t.equal((await ask('POST', '/models/99/promote')).statusCode, 404);
  t.equal((await ask('POST', `/models/${two}/promote`, { epoch: 2 })).statusCode, 422);

  t.match((await ask('GET', '/v2/models/lenet5')).json(), { versions: [String(two), `${one}.2`, 'shipped'] });
  const infer = async (version: string) => {
    const data = [...new Uint8Array(784)];
    const payload = { inputs: [{ name: 'images', shape: [1, 28, 28], datatype: 'UINT8', data }] };
    return (await ask('POST', `/v2/models/lenet5/versions/${version}/infer`, payload)).json();
  };
  t.match(await infer(`${one}.2`), { model_version: `${one}.2` });
  t.match(await infer('shipped'), { model_version: 'shipped' });
  t.match(await infer(`${one}.1`), { error: /is not in use/ });

  t.match((await ask('POST', '/models/rollback')).json(), { model: `${one}.2`, reason: 'rolledback' });
  const { history } = (await ask('GET', '/models')).json();
  t.same(
    history.map(({ model, reason }: { model: string; reason: string }) => [model, reason]),
    [
      [`${one}.2`, 'rolledback'],
      [`${two}.1`, 'chosen'],
      [`${one}.2`, 'chosen'],
      ['shipped', 'started'],
    ],
  );
  await app.workbench.store.delete(two);
  t.match((await ask('GET', '/models')).json().history[1], { run: two, isKept: false });
  t.match((await ask('POST', '/models/rollback')).json(), { model: 'shipped' });
  const page = await app.inject({ url: '/models', headers: { accept: 'text/html' } });
  t.match(page.body, new RegExp(`run ${two}, epoch 1 \\(deleted\\)`));
  t.match((await app.inject('/metrics')).body, 'lenet5_model_swaps_total{reason="rolledback"} 2');
});

t.test(
  'a pupil’s pad is read by the pupil’s own model, or by the one chosen, and nobody else’s changes',
  async (t) => {
    const { app, ask } = await build(t, CLASS);
    const pupil = await signedIn(app);
    const other = await signedIn(app);
    const html = (browser: ReturnType<typeof browserOf>, payload: object, url = '/recognize') =>
      browser.inject({ method: 'POST', url, headers: JSON_ONLY, payload });
    const owner = (await html(pupil, { truth: 7, strokes: JSON.parse(SEVEN) }, '/corrections')).json().owner;
    const run = await turned(app, 2, owner);
    const read = async (browser: ReturnType<typeof browserOf>) =>
      (await html(browser, { strokes: JSON.parse(SEVEN) })).json();
    t.match(await read(pupil), { digit: 8, version: String(run) });
    t.match(await read(other), { digit: 7, version: 'shipped' });
    t.equal((await html(pupil, {}, `/models/${run}/promote`)).statusCode, 403);
    const choose = (payload: object) => html(pupil, payload, '/reader');
    t.equal((await choose({ model: 'service' })).statusCode, 204);
    t.match(await read(pupil), { digit: 7, version: 'shipped' });
    t.equal((await choose({ model: `${run}.2`, beside: 'service' })).statusCode, 204);
    t.match(await read(pupil), { digit: 9, beside: { digit: 7 } });
    const page = await pupil.inject({ url: '/' });
    t.match(page.body, new RegExp(`<option value="${run}.2" selected>run ${run}, epoch 2</option>`));
    t.equal((await choose({ model: '99' })).statusCode, 404);
    t.equal((await choose({ modle: '99' })).statusCode, 422);
    t.equal((await choose({ model: '', beside: '' })).statusCode, 204);
    t.match(await read(pupil), { digit: 8 });
    t.match(await read(other), { digit: 7 });
    await ask('POST', `/models/${run}.2/promote`, undefined, { authorization: `Bearer ${CLASS.adminToken}` });
    t.match(
      await read(other),
      { digit: 9, version: `${run}.2` },
      'the class’s changes for everybody who has none',
    );
    t.match(await read(browserOf(app)), { digit: 9 });
    t.match(await read(pupil), { digit: 8 });
  },
);

t.test('PROMOTE=manual leaves the choice to people', async (t) => {
  const { app } = await build(t, { promote: 'manual' });
  const run = await turned(app);
  app.workbench.choice.ended((await app.workbench.store.summary(run))!);
  await app.workbench.choice.settled();
  t.match(app.workbench.choice.service, { model: { kind: 'shipped' } });
});

t.test('each change is told at once', async (t) => {
  const { app, ask } = await build(t);
  const run = await turned(app);
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const answer = await fetch(`${url}/model/events`);
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
  let heard = '';
  const hear = async (text: string) => {
    while (!heard.includes(text)) heard += (await reader.read()).value;
  };
  await hear('"model":"shipped"');
  await ask('POST', `/models/${run}/promote`);
  await hear(`"model":"${run}.1"`);
  await reader.cancel();
});
