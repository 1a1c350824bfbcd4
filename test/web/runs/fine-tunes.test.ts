/** Real fine-tunes: the real thread, engine, data and shipped model. */
import type { FastifyInstance } from 'fastify';
import t from 'tap';
import { readMnist } from '../../../src/datasets/mnist.ts';
import { CorrectionStore } from '../../../src/store/correction-store.ts';
import { testApp, until } from '../../help/helper.ts';

const JSON_ONLY = { accept: 'application/json' };
const BROWSER = { accept: 'text/html,*/*;q=0.8' };

const mnist = readMnist('test');

/** Keeps the first test images that the shipped model misreads as corrections. */
async function correctMisread(app: FastifyInstance, most: number): Promise<number> {
  const predictions = app.workbench.recognition.recognise(mnist.images);
  const misread = predictions
    .flatMap(({ digit }, i) => (digit === mnist.labels[i] ? [] : [i]))
    .slice(0, most);
  for (const i of misread) {
    const payload = { truth: mnist.labels[i], matrix: [...mnist.images.subarray(i * 784, (i + 1) * 784)] };
    const kept = await app.inject({ method: 'POST', url: '/corrections', headers: JSON_ONLY, payload });
    t.match(kept.json(), { answer: predictions[i].digit, truth: mnist.labels[i] });
  }
  return misread.length;
}

const get = async (app: FastifyInstance, id: number) =>
  (await app.inject({ url: `/runs/${id}`, headers: JSON_ONLY })).json();

t.test('corrections are learnt in seconds, the rest is not forgotten, and a person decides', async (t) => {
  const app = await testApp(t);
  const count = await correctMisread(app, 27);
  t.equal(count, 27, 'the shipped model misreads some');
  const created = await app.inject({ method: 'POST', url: '/fine-tunes', headers: JSON_ONLY });
  t.equal(created.statusCode, 201);
  t.equal(created.headers.location, '/runs/1');
  t.match(created.json(), {
    settings: { data: 'corrections', activation: 'relu', epochs: 5 },
    parent: { name: 'the built-in model', runId: null, epoch: null },
  });
  await until(async () => (await get(app, 1)).endedAt !== null);
  const run = await get(app, 1);
  t.match(run, { state: 'finished', reason: null });
  t.ok(run.epochs[0].val_accuracy > 0.4, 'it did not begin anew');
  const [test, learnt, apart] = run.comparisons;
  t.match(test, { images: 'test', count: 10_000, after: run.testAccuracy });
  t.equal(test.before, app.workbench.recognition.serving!.testAccuracy, 'as its file says');
  t.ok(test.after > test.before - 0.001, `MNIST ${test.before} → ${test.after}`);
  t.match(learnt, { images: 'learnt', count: 26, before: 0 });
  t.ok(learnt.after > 0.9, `learnt ${learnt.after}`);
  t.match(apart, { images: 'apart', count: 1, before: 0 });

  const page = (await app.inject({ url: '/runs/1', headers: BROWSER })).body;
  t.match(page, /Corrections trained on/);
  t.match(page, /Corrections held out/);
  t.match(page, /Started from<\/dt><dd>the built-in model/);
  t.match(page, /id="use"/, 'it is offered');
  t.notMatch(page, /undefined|NaN|\[object/);
  t.equal(app.workbench.recognition.serving!.source.kind, 'shipped', 'and not yet in service');
  await app.inject({ method: 'POST', url: '/model', headers: JSON_ONLY, payload: { run: 1 } });
  t.match(app.workbench.recognition.serving, {
    source: { kind: 'run', runId: 1 },
    testAccuracy: run.testAccuracy,
  });

  t.test('the next one begins with what reads now', async (t) => {
    const form = await app.inject({ method: 'POST', url: '/fine-tunes', headers: BROWSER });
    t.equal(form.statusCode, 303);
    t.equal(form.headers.location, '/runs/2');
    t.match((await get(app, 2)).parent, { runId: 1, epoch: run.bestEpoch });
    t.match(
      (await app.inject({ url: '/runs/2', headers: BROWSER })).body,
      /<a href="\/runs\/1">run 1, epoch \d<\/a>/,
    );
    await app.inject({ method: 'POST', url: '/runs/2/stop', headers: JSON_ONLY });
    await until(async () => (await get(app, 2)).endedAt !== null);
  });
});

t.test('without corrections, or without a model, it says so', async (t) => {
  const app = await testApp(t);
  const answer = await app.inject({ method: 'POST', url: '/fine-tunes', headers: JSON_ONLY });
  t.equal(answer.statusCode, 409);
  t.match(answer.json(), { code: 'NO_CORRECTIONS', detail: /^There are no corrections yet/ });
  await app.workbench.recognition.close();
  t.match((await app.inject({ method: 'POST', url: '/fine-tunes', headers: JSON_ONLY })).json(), {
    code: 'NO_MODEL',
  });
});

t.test('one that is stopped while its corrections are read never begins', async (t) => {
  const app = await testApp(t);
  const { corrections, store, training } = app.workbench;
  const image = new Uint8Array(784).fill(255);
  const probabilities = new Array<number>(10).fill(0.1);
  for (let i = 0; i < 1500; i++) {
    await corrections.add({ truth: i % 10, answer: 0, probabilities, model: 'x', image, strokes: null });
  }
  const { images } = CorrectionStore.prototype;
  t.teardown(() => {
    CorrectionStore.prototype.images = images;
  });
  let stoppedAt = 0;
  // Stopped by the reading itself: a request of its own would be a race against it.
  CorrectionStore.prototype.images = async function* (...learnt) {
    let portions = 0;
    for await (const portion of images.apply(this, learnt)) {
      if (++portions === 2) {
        await training.stop(1);
        stoppedAt = portions;
      }
      yield portion;
    }
  };
  const created = await app.inject({ method: 'POST', url: '/fine-tunes', headers: JSON_ONLY });
  t.equal(created.statusCode, 201);
  await until(() => stoppedAt === 2);
  const next = await app.inject({ method: 'POST', url: '/runs', headers: JSON_ONLY, payload: { epochs: 1 } });
  await until(async () => (await get(app, next.json().id)).state === 'running');
  t.match(await store.get(1), { state: 'stopped', reason: 'Stopped by hand before it started.' });
  await app.inject({ method: 'POST', url: `/runs/${next.json().id}/stop`, headers: JSON_ONLY });
  await until(async () => (await get(app, next.json().id)).endedAt !== null);
});
