import t, { type Test } from 'tap';
import { DEFAULT_SETTINGS } from '../../../src/training/settings.ts';
import { testApp } from '../../help/helper.ts';
import { end } from '../../help/train.ts';

const JSON_ONLY = { accept: 'application/json' };
const BROWSER = { accept: 'text/html,*/*;q=0.8' };

/** Sixty runs that have ended, adam and sgd in turn; accuracies fall from 0.99; the first five are Ada's and pinned. */
async function build(t: Test) {
  const app = await testApp(t);
  const { store } = app.workbench;
  for (let i = 0; i < 60; i++) {
    const optimizer = i % 2 === 0 ? 'adam' : 'sgd';
    const owner = i < 5 ? { id: 'ada', name: 'Ada <3' } : null;
    const { id } = await store.create({ ...DEFAULT_SETTINGS, optimizer }, { owner });
    const test = { loss: 1, accuracy: 0.99 - i / 1000, answers: new Uint8Array(10_000) };
    await end(store, id, { state: 'finished', reason: null, test });
    if (i < 5) await store.setLabel(id, { name: `Lesson ${i}`, pinned: true });
  }
  const get = (url: string, accept = JSON_ONLY) => app.inject({ url, headers: accept });
  return { app, get };
}

const ids = ({ runs }: { runs: { id: number }[] }) => runs.map(({ id }) => id);

t.test('a page at a time, each naming the next', async (t) => {
  const { get } = await build(t);
  const first = (await get('/runs')).json();
  t.equal(first.count, 60);
  t.same([ids(first)[0], first.runs.length], [60, 50]);
  t.equal(first.next, '/runs?page=2');
  const second = (await get(first.next)).json();
  t.same(ids(second), [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
  t.equal(second.next, null);
  t.same((await get('/runs?page=3')).json().runs, []);

  const page = (await get('/runs?page=2', BROWSER)).body;
  t.match(page, '51–60 of 60 runs');
  t.match(page, 'rel="prev" href="/runs"');
  t.notMatch(page, 'rel="next"');
  t.match((await get('/runs?page=3', BROWSER)).body, 'There are no runs on this page.');
});

t.test('filtered and sorted by the address', async (t) => {
  const { get } = await build(t);
  const list = async (query: string) => ids((await get(`/runs?${query}`)).json());
  t.same(await list('pinned=1&optimizer=sgd'), [4, 2]);
  t.same(await list('pinned=1&sort=test&order=asc'), [5, 4, 3, 2, 1]);
  t.same(await list('pinned=1&sort=test'), [1, 2, 3, 4, 5], 'the best first');
  t.same(await list('text=lesson 3&state=&optimizer='), [4], 'empty fields of the form say nothing');
  t.same(await list('state=failed'), []);
  t.same(await list('sweep=1'), []);
});

t.test('mine are those of the one who asks', async (t) => {
  const { app, get } = await build(t);
  t.same(ids((await get('/runs?mine=1')).json()), [], 'nobody has none');
  const headers = { ...JSON_ONLY, 'x-owner': 'Ada' };
  const owned = await app.inject({ method: 'POST', url: '/runs', headers, payload: { epochs: 1 } });
  t.same(ids((await app.inject({ url: '/runs?mine=1', headers })).json()), [owned.json().id]);
});

t.test('what cannot be asked for is refused with what can', async (t) => {
  const { get } = await build(t);
  for (const [query, sentence] of [
    ['state=done', 'State must be one of queued, running, finished, stopped, failed, interrupted.'],
    ['optimizer=adamw', /^Optimizer must be one of adam, .*ftrl\.$/],
    ['sort=colour', 'Sort must be one of id, state, optimizer, epochs, val_loss, test, seconds.'],
    ['order=up', 'Order must be one of asc, desc.'],
    ['mine=yes', 'Mine must be 1 or omitted.'],
    ['page=0', /^Page must be a whole number/],
    ['sweep=-1', /^Sweep must be a whole number/],
    ['sate=queued', /^Runs have no query parameter "sate"; they have state, optimizer,/],
    ['state=queued&state=running', 'Give state only once.'],
    [`text=${'x'.repeat(101)}`, 'Text must have at most 100 characters.'],
  ] as const) {
    const answer = await get(`/runs?${query}`);
    t.equal(answer.statusCode, 422, query);
    t.match(answer.json().detail, sentence);
  }
  t.equal((await get('/runs?state=done', BROWSER)).statusCode, 422);
});

t.test('the page says how sure an accuracy is, and who asked', async (t) => {
  const { get } = await build(t);
  const { body } = await get('/runs?pinned=1&sort=test', BROWSER);
  // Wilson's interval of 9,900 of 10,000.
  t.match(body, '98.79–99.18\u00a0%');
  t.match(body, 'by Ada &lt;3');
  t.match(body, 'aria-label="pinned"');
  t.match(body, /aria-sort="descending"[^>]*><a href="[^"]*order=asc[^"]*">test accuracy/);
  t.match(body, /href="\/runs\?pinned=1">run</, 'another column in its own order');
  t.match(body, /name="pinned" value="1" checked/);
  t.match(body, /<input type="hidden" name="sort" value="test">/, 'filtering keeps the order');
  t.notMatch(body, /undefined|NaN|\[object/);
  t.match((await get('/runs?pinned=1')).json().runs[0].testInterval, { low: Number, high: Number });
});

t.test('nothing to list', async (t) => {
  const app = await testApp(t);
  t.match((await app.inject({ url: '/runs', headers: BROWSER })).body, 'No runs yet.');
  t.match((await app.inject({ url: '/runs?state=failed', headers: BROWSER })).body, 'No runs match.');
});
