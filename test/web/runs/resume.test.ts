import path from 'node:path';
import t, { type Test } from 'tap';
import { DEFAULT_SETTINGS } from '../../../src/training/settings.ts';
import { CLASS } from '../../help/cookie-jar.ts';
import { testApp, until } from '../../help/helper.ts';
import { storeRun } from '../../help/stored-run.ts';
import { addEpoch, begin, end } from '../../help/train.ts';

const JSON_ONLY = { accept: 'application/json' };
const BROWSER = { accept: 'text/html,*/*;q=0.8' };
const HTMX = { 'hx-request': 'true', 'hx-request-type': 'partial', accept: 'text/html' };

/** One epoch of it is done; somebody stopped it. */
async function stoppedApp(t: Test) {
  const app = await testApp(t);
  const { store } = app.workbench;
  const { id } = await store.create({
    ...DEFAULT_SETTINGS,
    optimizer: 'sgd',
    epochs: 1,
  });
  await begin(store, id);
  const epoch = { epoch: 1, loss: 0.25, accuracy: 0.92, val_loss: 0.125, val_accuracy: 0.96, seconds: 1.5 };
  const checkpoint = { weights: new Float32Array(61_706), slots: {}, step: 1719, random: [1, 2, 3, 4] };
  await addEpoch(store, id, epoch, checkpoint, true);
  await end(store, id, { state: 'stopped', reason: 'Stopped by hand.' });
  return { app, id, store };
}

t.test('a stopped run goes on when somebody presses Resume', async (t) => {
  const { app, id } = await stoppedApp(t);
  const page = await app.inject({ url: `/runs/${id}`, headers: BROWSER });
  t.match(page.body, `action="/runs/${id}/resume"`);
  const resumed = await app.inject({ method: 'POST', url: `/runs/${id}/resume`, headers: BROWSER });
  t.equal(resumed.statusCode, 303);
  t.equal(resumed.headers.location, `/runs/${id}`);
  const get = async () => (await app.inject({ url: `/runs/${id}`, headers: JSON_ONLY })).json();
  await until(async () => (await get()).endedAt !== null);
  t.match(await get(), { state: 'finished', reason: null, epochs: [{ epoch: 1 }], testAccuracy: Number });
  t.equal((await get()).epochs.length, 1, 'all its epochs were done: it was only tested');
  const again = await app.inject({ method: 'POST', url: `/runs/${id}/resume`, headers: JSON_ONLY });
  t.equal(again.statusCode, 409);
  t.match(again.json(), {
    code: 'RUN_ENDED',
    detail: `Run ${id} has finished: there is nothing to resume.`,
  });
  t.notMatch((await app.inject({ url: `/runs/${id}`, headers: BROWSER })).body, /id="resume"/);
});

t.test('htmx gets the fragment, a script the run', async (t) => {
  const { app, id } = await stoppedApp(t);
  const fragment = await app.inject({ method: 'POST', url: `/runs/${id}/resume`, headers: HTMX });
  t.match(fragment.body, /id="progressdisplay"/);
  t.match(fragment.body, /hx-trigger="[^"]*every 1s/);
  const running = await app.inject({ method: 'POST', url: `/runs/${id}/resume`, headers: JSON_ONLY });
  t.match(running.json(), { id, state: 'running' }, 'a second time changes nothing');
  const nothing = await app.inject({ method: 'POST', url: '/runs/99/resume', headers: JSON_ONLY });
  t.equal(nothing.statusCode, 404);
});

t.test('an interrupted run says whether it goes on by itself', async (t) => {
  const { app, id, store } = await stoppedApp(t);
  const reason = 'The server was stopped during this run. It resumes by itself when the server starts.';
  const show = async () => (await app.inject({ url: `/runs/${id}/progress`, headers: HTMX })).body;
  await end(store, id, { state: 'interrupted', reason, resumes: true });
  const waiting = await show();
  t.match(waiting, /<span class="badge interrupted">interrupted</);
  t.match(waiting, reason);
  t.match(waiting, /hx-trigger="[^"]*every 1s/, 'until it goes on');
  t.match(waiting, />Cancel</);
  t.notMatch(waiting, /id="resume"/);
  await end(store, id, { state: 'interrupted', reason: 'Again and again.' });
  t.match(await show(), /id="resume"/);
});

t.test('a server that comes back goes on with its run by itself', async (t) => {
  const dataDir = path.join(t.testdir(), 'data');
  const first = await testApp(t, { dataDir });
  const payload = { epochs: 2, batchsize: 128, optimizer: 'sgd', seed: 5 };
  await first.inject({ method: 'POST', url: '/runs', headers: JSON_ONLY, payload });
  await until(async () => (await first.workbench.store.get(1))!.epochs.length === 1);
  await first.close();
  const second = await testApp(t, { dataDir });
  const run = (await second.workbench.store.get(1))!;
  t.match(run, { state: 'running', epochs: { length: 1 } });
  await until(async () => (await second.workbench.store.get(1))!.state === 'finished');
  t.equal((await second.workbench.store.get(1))!.epochs.length, 2);
});

t.test('a run that is stopping cannot be resumed before it has', async (t) => {
  const app = await testApp(t);
  await app.inject({ method: 'POST', url: '/runs', payload: { epochs: 5 } });
  const post = (verb: string) => app.inject({ method: 'POST', url: `/runs/1/${verb}`, headers: JSON_ONLY });
  t.equal((await post('resume')).statusCode, 200, 'it goes on');
  await post('stop');
  t.match((await post('resume')).json(), {
    status: 409,
    detail: 'Run 1 is stopping: resume it once it has stopped.',
  });
  await until(
    async () => (await app.inject({ url: '/runs/1', headers: JSON_ONLY })).json().state === 'stopped',
  );
  t.equal((await post('resume')).statusCode, 200);
  await post('stop');
});

t.test('of a class, only an admin goes on with the run in service', async (t) => {
  const app = await testApp(t, CLASS);
  await app.workbench.training.close();
  const [id, other] = [await storeRun(app, { state: 'stopped' }), await storeRun(app, { state: 'stopped' })];
  await app.workbench.choice.serve(id);
  const resume = (run: number, token: string) => {
    const headers = { ...JSON_ONLY, authorization: `Bearer ${token}` };
    return app.inject({ method: 'POST', url: `/runs/${run}/resume`, headers });
  };
  t.match((await resume(id, CLASS.token)).json(), {
    status: 409,
    code: 'SERVING',
    detail: `Run ${id} is in use: only an admin can resume it. Fork it instead.`,
  });
  t.match(await app.workbench.store.get(id), { state: 'stopped' });
  t.match((await resume(other, CLASS.token)).json(), { state: 'queued' });
  t.match((await resume(id, CLASS.adminToken)).json(), { state: 'queued' });
});
