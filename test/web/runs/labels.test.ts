import t from 'tap';
import { CLASS, signedIn } from '../../help/cookie-jar.ts';
import { testApp } from '../../help/helper.ts';
import { storeRun } from '../../help/stored-run.ts';

const JSON_ONLY = { accept: 'application/json' };
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

t.test('a script names, notes and pins a run', async (t) => {
  const app = await testApp(t);
  const id = await storeRun(app);
  const patch = (payload: object) =>
    app.inject({ method: 'PATCH', url: `/runs/${id}`, headers: JSON_ONLY, payload });
  const named = await patch({ name: ' first\ttry ', note: 'one\r\ntwo\u0007' });
  t.equal(named.statusCode, 200);
  t.match(named.json(), { name: 'first try', note: 'one\ntwo', pinned: false });
  t.match((await patch({ pinned: true })).json(), { name: 'first try', note: 'one\ntwo', pinned: true });
  t.match((await patch({ name: '' })).json(), { name: '', pinned: true });
  for (const [payload, field, detail] of [
    [{ name: 'x'.repeat(81) }, 'name', 'The name can have at most 80 characters.'],
    [{ note: 'x'.repeat(2001) }, 'note', 'The note can have at most 2000 characters.'],
    [{ name: 7 }, 'name', 'The name must be text.'],
    [{ pinned: 'yes' }, 'pinned', 'Pinned must be true or false.'],
    [{ title: 'x' }, 'title', `A run's label has no "title"; it has name, note, pinned.`],
  ] as const) {
    const answer = await patch(payload);
    t.equal(answer.statusCode, 422, detail);
    t.match(answer.json(), { field, detail });
  }
  t.match(
    await app.workbench.store.get(id),
    { name: '', note: 'one\ntwo', pinned: true },
    'nothing of these was kept',
  );
});

t.test('the form of the page does so without a script, for the owner alone', async (t) => {
  const app = await testApp(t, CLASS);
  const [ada, bob] = [await signedIn(app), await signedIn(app)];
  await app.workbench.training.close();
  await ada.inject({ method: 'POST', url: '/runs', headers: FORM, payload: '' });
  const label = (browser: typeof ada, payload: string) =>
    browser.inject({ method: 'POST', url: '/runs/1/label', headers: FORM, payload });
  const saved = await label(ada, 'name=%3Cb%3Ebold&note=a+note&pinned=true');
  t.equal(saved.headers.location, '/runs/1');
  t.match(await app.workbench.store.get(1), { name: '<b>bold', note: 'a note', pinned: true });
  const page = (await ada.inject({ url: '/runs/1' })).body;
  t.match(page, '&lt;b&gt;bold');
  t.notMatch(page, '<b>bold');
  t.match(page, /<p class="note">a note</);
  await label(ada, 'name=plain&note=');
  t.match(
    await app.workbench.store.get(1),
    { name: 'plain', note: '', pinned: false },
    'a box that is not ticked',
  );
  const wrong = await label(ada, `name=${'x'.repeat(81)}&note=kept`);
  t.equal(wrong.statusCode, 422);
  t.match(wrong.body, /<details id="label" open>/);
  t.match(wrong.body, /id="nameerror">The name can have at most 80 characters\./);
  t.match(wrong.body, />kept<\/textarea>/);
  t.equal((await label(bob, 'name=mine')).statusCode, 403);
  t.equal((await app.workbench.store.get(1))!.name, 'plain');
  t.notMatch((await bob.inject({ url: '/runs/1' })).body, /id="label"/);
});
