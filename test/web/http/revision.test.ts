import t from 'tap';
import { DEFAULT_SETTINGS } from '../../../src/training/settings.ts';
import { testApp } from '../../help/helper.ts';
import { storeRun } from '../../help/stored-run.ts';
import { begin, end } from '../../help/train.ts';

t.test('the revision stays while nothing happens, and is another one after each change', async (t) => {
  const app = await testApp(t);
  const { store } = app.workbench;
  const ask = (known = '') => app.inject({ url: '/revision', headers: { 'if-none-match': known } });

  const first = await ask();
  t.equal(first.statusCode, 200);
  t.equal(first.headers['cache-control'], 'no-store');
  t.equal(first.headers.etag, `"${first.body}"`);
  let tag = String(first.headers.etag);
  const unchanged = await ask(tag);
  t.equal(unchanged.statusCode, 304);
  t.equal(unchanged.body, '');
  t.equal((await ask(`W/${tag}`)).statusCode, 304, 'also behind a proxy that compresses');
  for (const page of ['/', '/runs', '/status']) {
    t.match(
      (await app.inject({ url: page, headers: { accept: 'text/html' } })).body,
      `data-revision="${first.body}"`,
      `${page} says what it shows`,
    );
  }

  const id = await storeRun(app, { epochs: 0, state: 'queued' });
  const changes: Record<string, () => unknown> = {
    'a run begins': () => begin(store, id),
    'a run ends': () => end(store, id, { state: 'stopped', reason: null }),
    'a run gets a name': () => store.setLabel(id, { name: 'Ada' }),
    'a run is deleted': () => store.delete(id),
    'another model reads': async () => app.workbench.choice.serve(await storeRun(app)),
    'the one that came with the workbench reads': () => app.workbench.choice.serve('shipped'),
    'a run is queued': () => store.create({ ...DEFAULT_SETTINGS }),
  };
  for (const [what, change] of Object.entries(changes)) {
    tag = String((await ask()).headers.etag);
    await change();
    t.equal((await ask(tag)).statusCode, 200, what);
  }
});

t.test('another server has other revisions, whatever it stores', async (t) => {
  const [one, other] = [await testApp(t), await testApp(t)];
  t.not(one.revision(one.workbench), other.revision(other.workbench));
});
