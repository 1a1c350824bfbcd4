import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import t from 'tap';
import { readTestLabels } from '../../../src/datasets/mnist.ts';
import type { Run } from '../../../src/runs/run.ts';
import type { RunStore } from '../../../src/store/run-store.ts';
import { browserOf } from '../../help/cookie-jar.ts';
import { testApp, until } from '../../help/helper.ts';
import { storeRun } from '../../help/stored-run.ts';

const JSON_ONLY = { accept: 'application/json' };
const BROWSER = { accept: 'text/html' };
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

const fork = (app: FastifyInstance, id: number, payload: object) =>
  app.inject({ method: 'POST', url: `/runs/${id}/fork`, headers: JSON_ONLY, payload });

const page = async (app: FastifyInstance, url: string) => (await app.inject({ url, headers: BROWSER })).body;

/** A digest of all that a run would go on with. */
async function stateAfter(store: RunStore, id: number, epoch: number): Promise<string> {
  const { weights, slots, step, random } = (await store.checkpoints.get(id, epoch))!;
  const hash = createHash('sha256').update(JSON.stringify([Object.keys(slots), step, random]));
  for (const array of [weights, ...Object.values(slots)]) hash.update(array);
  return hash.digest('hex');
}

t.test(
  'a fork with the same settings ends as its parent bit for bit; with another optimizer it trains',
  async (t) => {
    const app = await testApp(t);
    const { store } = app.workbench;
    const ended = async (id: number): Promise<Run> => {
      await until(async () => (await store.get(id))?.endedAt != null);
      return (await store.get(id))!;
    };
    const settings = { epochs: 2, batchsize: 128, seed: 3, schedule: 'cosine' };
    await app.inject({ method: 'POST', url: '/runs', headers: JSON_ONLY, payload: settings });
    const parent = await ended(1);
    const answer = await fork(app, 1, { epoch: 1 });
    t.equal(answer.statusCode, 201);
    t.equal(answer.headers.location, '/runs/2');
    t.match(answer.json(), { id: 2, parent: { runId: 1, epoch: 1, epochs: 1 }, settings });
    const other = (await fork(app, 1, { epoch: 1, optimizer: 'sgd' })).json();
    t.match(other.settings, { optimizer: 'sgd', learningrate: 0.1, seed: 3 });

    const same = await ended(2);
    const metrics = ({ epochs, testLoss, testAccuracy, bestEpoch }: Run) => ({
      epochs: epochs.map(({ seconds, ...epoch }) => epoch),
      testLoss,
      testAccuracy,
      bestEpoch,
    });
    t.equal(same.epochs.length, 2);
    t.same(metrics(same), metrics(parent));
    t.equal(await stateAfter(store, 2, 2), await stateAfter(store, 1, 2), 'weights, slots and random state');
    const labels = readTestLabels();
    t.ok(Buffer.from((await store.testHits(2, labels))!).equals((await store.testHits(1, labels))!));

    const sgd = await ended(3);
    t.match(sgd, { state: 'finished', epochs: { length: 2 } });
    t.same(sgd.epochs[0], parent.epochs[0]);
    t.not(await stateAfter(store, 3, 2), await stateAfter(store, 1, 2));
    t.ok(sgd.epochs[1].loss < parent.epochs[0].loss, 'it learns on');

    t.match(await page(app, '/runs/2'), /Forked from<\/dt><dd><a href="\/runs\/1">run 1, epoch 1</);
    t.match(await page(app, '/runs/2'), /data-inherited="1"/);
    t.match(await page(app, '/runs/2'), /1 <span class="inherited">run 1</);
    const parentPage = await page(app, '/runs/1');
    t.match(parentPage, /href="\/runs\/2">run 2<\/a> \(from epoch 1\), <a href="\/runs\/3">run 3/);
    t.match(parentPage, /data-inherited="0"/);
  },
);

t.test('an epoch that is not kept is refused with those that are', async (t) => {
  const app = await testApp(t);
  const id = await storeRun(app, { epochs: 3 });
  const refused = await fork(app, id, { epoch: 7 });
  t.equal(refused.statusCode, 409);
  t.match(refused.json(), {
    code: 'NOT_KEPT',
    detail: `Run ${id}'s state after epoch 7 is not kept: those after epochs 1, 2 and 3 are.`,
  });
  const queued = await storeRun(app, { state: 'queued' });
  t.match((await fork(app, queued, { epoch: 1 })).json().detail, /it has not finished an epoch yet/);
  t.notMatch(await page(app, `/runs/${queued}`), /id="fork"/);
  t.equal((await fork(app, 99, { epoch: 1 })).statusCode, 404);
});

t.test('a fork that learns as its parent did counts on its patience, another one begins anew', async (t) => {
  const app = await testApp(t);
  const id = await storeRun(app, { epochs: 3 });
  const patienceFrom = async (payload: object) =>
    app.workbench.store.patienceFrom((await fork(app, id, { epoch: 2, ...payload })).json().id);
  t.equal(await patienceFrom({}), 0);
  t.equal(await patienceFrom({ patience: 7, epochs: 20 }), 0);
  t.equal(await patienceFrom({ learningrate: 0.01 }), 2);
});

t.test('what cannot be used is said beside its field', async (t) => {
  const app = await testApp(t);
  const id = await storeRun(app, { epochs: 3 });
  const json = await fork(app, id, { epoch: 3, epochs: 3, activation: 'tanh' });
  t.equal(json.statusCode, 422);
  t.match(json.json(), {
    code: 'SETTINGS',
    errors: { epochs: 'A fork after epoch 3 needs more than 3 epochs.', activation: /keeps the activation/ },
  });
  t.match((await fork(app, id, {})).json().errors, { epoch: /number of the epoch/ });
  t.match((await fork(app, id, { epoch: 1, data: 'mnist+corrections' })).json().errors, {
    data: /no corrections yet/,
  });
  t.match((await fork(app, id, { epoch: 1, epoch2: 1 })).json(), { code: 'UNKNOWN_SETTING' });

  const browser = browserOf(app);
  const payload = 'epoch=2&optimizer=sgd&learningrate=fast&epochs=2';
  const form = await browser.inject({ method: 'POST', url: `/runs/${id}/fork`, headers: FORM, payload });
  t.equal(form.statusCode, 422);
  t.match(form.body, /<details id="fork" open>/);
  t.match(form.body, /id="learningrateerror">Learning rate must be a number above 0/);
  t.match(form.body, /value="fast"/, 'what was typed is kept');
  t.match(form.body, /<option value="2" selected>/);
  t.match(form.body, /<option value="sgd"[^>]* selected>/);
  t.equal((await app.workbench.store.list()).count, 1);
});

t.test('the form of the page makes a fork without a script', async (t) => {
  const app = await testApp(t);
  await app.workbench.training.close();
  const id = await storeRun(app, { epochs: 3, settings: { optimizer: 'nadam', learningrate: 0.002 } });
  const browser = browserOf(app);
  const chosen = (await browser.inject({ url: `/runs/${id}?fork=2` })).body;
  t.match(chosen, /<details id="fork" open>/);
  t.match(chosen, /<option value="2" selected>/);
  t.match(chosen, /placeholder="0.002, as before"/);
  const payload =
    'epoch=2&optimizer=nadam&learningrate=&epochs=20&batchsize=64&timebudget=&schedule=constant';
  const answer = await browser.inject({ method: 'POST', url: `/runs/${id}/fork`, headers: FORM, payload });
  t.equal(answer.statusCode, 303);
  t.equal(answer.headers.location, `/runs/${id + 1}`);
  const run = (await app.workbench.store.get(id + 1))!;
  t.match(run, {
    settings: { optimizer: 'nadam', learningrate: 0.002, epochs: 20, batchsize: 64, timebudget: 0 },
    epochs: { length: 2 },
    owner: { id: String },
  });
});
