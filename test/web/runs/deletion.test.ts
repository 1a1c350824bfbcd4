import t from 'tap';
import { CLASS, signedIn } from '../../help/cookie-jar.ts';
import { testApp } from '../../help/helper.ts';
import { storeRun } from '../../help/stored-run.ts';
import { end } from '../../help/train.ts';

const JSON_ONLY = { accept: 'application/json' };

t.test('a run is deleted with its epochs; what was forked from it stays', async (t) => {
  const app = await testApp(t);
  const id = await storeRun(app);
  const keeps = { slots: true, random: true };
  const child = await storeRun(app, { start: { fork: { runId: id, epoch: 2, keeps } }, state: 'queued' });
  await end(app.workbench.store, child, { state: 'stopped', reason: null });
  const answer = await app.inject({ method: 'DELETE', url: `/runs/${id}`, headers: JSON_ONLY });
  t.equal(answer.statusCode, 204);
  t.equal((await app.inject({ url: `/runs/${id}`, headers: JSON_ONLY })).statusCode, 404);
  t.equal((await app.inject({ method: 'DELETE', url: `/runs/${id}`, headers: JSON_ONLY })).statusCode, 404);
  t.same(await app.workbench.store.checkpoints.list(id), []);
  t.match(await app.workbench.store.get(child), {
    parent: { runId: null, epochs: 2 },
    epochs: { length: 2 },
  });
  const page = (await app.inject({ url: `/runs/${child}`, headers: { accept: 'text/html' } })).body;
  t.match(page, `Forked from</dt><dd>run ${id}, epoch 2`);
  t.notMatch(page, /undefined|NaN|\[object/);
});

t.test('not while it is being put into service', async (t) => {
  const app = await testApp(t);
  const id = await storeRun(app);
  const serving = app.workbench.choice.serve(id);
  const deleted = await app.inject({ method: 'DELETE', url: `/runs/${id}`, headers: JSON_ONLY });
  t.equal((await serving)?.source.kind, 'run');
  t.match(deleted.json(), { status: 409, code: 'SERVING' });
  t.match(app.workbench.choice.service, { model: { runId: id } });
});

t.test('not while it waits, runs or reads', async (t) => {
  const app = await testApp(t);
  await app.workbench.training.close();
  const [queued, running, reading] = [
    await storeRun(app, { state: 'queued' }),
    await storeRun(app, { state: 'running' }),
    await storeRun(app),
  ];
  await app.workbench.choice.serve(reading);
  for (const [id, detail] of [
    [queued, `Run ${queued} is under way. Stop it first.`],
    [running, `Run ${running} is under way. Stop it first.`],
    [reading, `Run ${reading} is in use: switch to another model first.`],
  ] as const) {
    const answer = await app.inject({ method: 'DELETE', url: `/runs/${id}`, headers: JSON_ONLY });
    t.equal(answer.statusCode, 409);
    t.equal(answer.json().detail, detail);
    const page = await app.inject({ url: `/runs/${id}`, headers: { accept: 'text/html' } });
    t.notMatch(page.body, /Delete this run/);
  }
  t.equal((await app.workbench.store.list()).count, 3);
});

t.test('a page asks first', async (t) => {
  const app = await testApp(t, CLASS);
  const [ada, bob] = [await signedIn(app), await signedIn(app)];
  const id = await storeRun(app, { start: { owner: { id: 'somebody', name: 'Cyd' } } });
  const own = await storeRun(app);
  t.match((await ada.inject({ url: `/runs/${own}` })).body, `href="/runs/${own}/delete"`);
  const asked = await ada.inject({ url: `/runs/${own}/delete` });
  t.match(asked.body, new RegExp(`Delete run ${own}.*3.epochs`, 's'));
  t.not(await app.workbench.store.get(own), null);
  const answer = await ada.inject({ method: 'POST', url: `/runs/${own}/delete` });
  t.equal(answer.statusCode, 303);
  t.equal(answer.headers.location, '/runs');
  t.equal(await app.workbench.store.get(own), null);
  const refused = await bob.inject({ method: 'POST', url: `/runs/${id}/delete` });
  t.equal(refused.statusCode, 403);
  t.match(refused.body, /Run 1 is Cyd(&#39;|')s: only Cyd can delete it\./);
});
