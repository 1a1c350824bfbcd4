import type { FastifyInstance } from 'fastify';
import t from 'tap';
import { DEFAULT_SETTINGS } from '../../src/training/settings.ts';
import { browserOf } from '../cookie-jar.ts';
import { testApp } from '../helper.ts';

const JSON_ONLY = { accept: 'application/json' };
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

type Browser = ReturnType<typeof browserOf>;

/** An app whose queue never begins: what is asked for waits. */
async function waitingApp(t: Parameters<typeof testApp>[0], config = {}) {
  const app = await testApp(t, config);
  await app.parts.training.close();
  return app;
}

async function train(browser: Browser, payload = ''): Promise<string> {
  const answer = await browser.inject({ method: 'POST', url: '/runs', headers: FORM, payload });
  return answer.headers.location as string;
}

const stop = async (who: Pick<FastifyInstance, 'inject'> | Browser, url: string, headers = {}) =>
  (await who.inject({ method: 'POST', url: `${url}/stop`, headers })).statusCode;

t.test('a browser gets a cookie with its first page, once, and nobody sees it', async (t) => {
  const app = await waitingApp(t);
  const browser = browserOf(app);
  const first = await browser.inject({ url: '/' });
  const [cookie] = first.cookies;
  t.match(cookie, { name: 'workbench-owner', httpOnly: true, sameSite: 'Lax', path: '/' });
  t.equal(Buffer.from(cookie.value, 'base64url').length * 8, 128);
  t.ok(cookie.maxAge! >= 365 * 24 * 3600);
  t.same((await browser.inject({ url: '/' })).cookies, [], 'it has one');
  const location = await train(browser, 'epochs=3');
  const json = await app.inject({ url: location, headers: JSON_ONLY });
  t.match(json.json().owner, { id: /^[0-9a-f]{16}$/, name: '' });
  for (const url of ['/', '/runs', location, `${location}/progress`]) {
    t.notMatch((await browser.inject({ url })).body, cookie.value, url);
  }
  t.notMatch(json.body, cookie.value);
  for (const url of ['/health', '/css/workbench.css', '/nowhere']) {
    t.same((await app.inject({ url, headers: { accept: '*/*' } })).cookies, [], url);
  }
  const forged = await app.inject({
    url: '/',
    headers: { accept: 'text/html' },
    cookies: { 'workbench-owner': 'x' },
  });
  t.equal(forged.cookies.length, 1, 'a cookie that is none of ours is replaced');
});

t.test('what somebody calls themselves is remembered and shown to the others', async (t) => {
  const app = await waitingApp(t);
  const [ada, bob] = [browserOf(app), browserOf(app)];
  const run = await train(ada, 'who=+Ada%09L%C3%B6v%C2%ABlace+');
  t.match(app.parts.store.get(1)!.owner, { name: 'Ada Löv«lace' });
  t.match((await ada.inject({ url: '/' })).body, 'value="Ada Löv«lace"');
  await train(ada, 'epochs=2');
  t.match(app.parts.store.get(2)!.owner, { name: 'Ada Löv«lace' }, 'without being said again');
  t.match((await bob.inject({ url: run })).body, /Ada Löv«lace(&#39;|')s/);
  t.notMatch((await ada.inject({ url: run })).body, /Ada Löv«lace(&#39;|')s/);
  await train(ada, 'who=&epochs=2');
  t.match(app.parts.store.get(3)!.owner, { name: '' }, 'and can be taken back');
  const long = await ada.inject({
    method: 'POST',
    url: '/runs',
    headers: FORM,
    payload: `who=${'x'.repeat(41)}`,
  });
  t.equal(long.statusCode, 422);
  t.match(long.body, /id="whoerror">Your name can have 40 letters at most\./);
  t.equal(app.parts.store.list().count, 3, 'nothing was started');
});

t.test('only the owner may stop it; what nobody owns anybody may', async (t) => {
  const app = await waitingApp(t);
  const [ada, bob] = [browserOf(app), browserOf(app)];
  const url = await train(ada, 'who=Ada');
  await bob.inject({ url: '/' });
  const refused = await bob.inject({ method: 'POST', url: `${url}/stop`, headers: JSON_ONLY });
  t.equal(refused.statusCode, 403);
  t.match(refused.json(), { code: 'NOT_YOURS', detail: "Run 1 is Ada's: only Ada can stop it." });
  t.notMatch((await bob.inject({ url })).body, /id="stop"/, 'and has no button for it');
  t.match((await ada.inject({ url })).body, /id="stop"/);
  t.equal(app.parts.store.get(1)!.state, 'queued');
  const unnamed = await train(bob);
  t.match((await ada.inject({ method: 'POST', url: `${unnamed}/stop`, headers: JSON_ONLY })).json(), {
    detail: "Run 2 is somebody else's: only they can stop it.",
  });
  t.equal(await stop(ada, url), 303);
  t.equal(app.parts.store.get(1)!.state, 'stopped');
  t.equal((await bob.inject({ method: 'POST', url: `${url}/resume`, headers: JSON_ONLY })).statusCode, 403);
  t.equal((await ada.inject({ method: 'POST', url: `${url}/resume`, headers: JSON_ONLY })).statusCode, 200);
  const { id } = app.parts.store.create(DEFAULT_SETTINGS);
  t.equal(await stop(bob, `/runs/${id}`), 303);
});

t.test(
  'on an open server a script may stop everything, a browser that hides its cookie nothing',
  async (t) => {
    const app = await waitingApp(t);
    const url = await train(browserOf(app));
    for (const headers of [
      { accept: 'text/html' },
      { accept: '*/*', 'sec-fetch-site': 'same-origin' },
      { accept: 'text/html', 'hx-request': 'true' },
    ]) {
      t.equal(await stop(app, url, headers), 403, JSON.stringify(headers));
    }
    t.equal(await stop(app, url, { accept: '*/*' }), 200);
  },
);

t.test('a script says who it is', async (t) => {
  const app = await waitingApp(t, { host: '0.0.0.0', token: 'for-the-class', adminToken: 'for-the-teacher' });
  const as = (owner: string, token = 'for-the-class') => ({
    ...JSON_ONLY,
    authorization: `Bearer ${token}`,
    ...(owner && { 'x-owner': owner }),
  });
  const post = (headers: Record<string, string>) =>
    app.inject({ method: 'POST', url: '/runs', headers, payload: {} });
  const run = (await post(as('Ada'))).json();
  t.match(run.owner, { id: /^[0-9a-f]{16}$/, name: 'Ada' });
  t.not((await post(as('Bob'))).json().owner.id, run.owner.id);
  t.equal((await post(as(''))).json().owner, null);
  t.equal(await stop(app, '/runs/1', as('Bob')), 403);
  t.equal(await stop(app, '/runs/1', as('')), 403);
  t.equal(await stop(app, '/runs/3', as('Bob')), 200, "nobody's");
  t.equal(await stop(app, '/runs/1', as('Ada')), 200);
  t.equal(await stop(app, '/runs/2', as('', 'for-the-teacher')), 200, 'an admin may');
  t.equal((await app.inject({ method: 'POST', url: '/runs/2/stop', headers: JSON_ONLY })).statusCode, 401);
  const page = await app.inject({ url: '/runs/2', headers: { accept: 'text/html' } });
  t.notMatch(page.body, /id="(stop|resume|use)"/, 'a guest has no buttons');
});
