import type { FastifyInstance } from 'fastify';
import t from 'tap';
import { DEFAULT_SETTINGS } from '../../../src/training/settings.ts';
import { browserOf, CLASS, signedIn } from '../../help/cookie-jar.ts';
import { testApp } from '../../help/helper.ts';

const JSON_ONLY = { accept: 'application/json' };
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

type Browser = ReturnType<typeof browserOf>;

/** An app whose queue never begins: what is asked for waits. */
async function waitingApp(t: Parameters<typeof testApp>[0], config = {}) {
  const app = await testApp(t, config);
  await app.workbench.training.close();
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
  t.match((await app.workbench.store.get(1))!.owner, { name: 'Ada Löv«lace' });
  t.match((await ada.inject({ url: '/' })).body, 'value="Ada Löv«lace"');
  await train(ada, 'epochs=2');
  t.match((await app.workbench.store.get(2))!.owner, { name: 'Ada Löv«lace' }, 'without being said again');
  t.match((await bob.inject({ url: run })).body, /Ada Löv«lace(&#39;|')s/);
  t.notMatch((await ada.inject({ url: run })).body, /Ada Löv«lace(&#39;|')s/);
  await train(ada, 'who=&epochs=2');
  t.match((await app.workbench.store.get(3))!.owner, { name: '' }, 'and can be taken back');
  const long = await ada.inject({
    method: 'POST',
    url: '/runs',
    headers: FORM,
    payload: `who=${'x'.repeat(41)}`,
  });
  t.equal(long.statusCode, 422);
  t.match(long.body, /id="whoerror">Your name can have at most 40 characters\./);
  t.equal((await app.workbench.store.list()).count, 3, 'nothing was started');
});

t.test('in a class only the owner and an admin may stop it; what nobody owns anybody may', async (t) => {
  const app = await waitingApp(t, CLASS);
  const [ada, bob] = [await signedIn(app), await signedIn(app)];
  const url = await train(ada, 'who=Ada');
  await bob.inject({ url: '/' });
  const refused = await bob.inject({ method: 'POST', url: `${url}/stop`, headers: JSON_ONLY });
  t.equal(refused.statusCode, 403);
  t.match(refused.json(), { code: 'NOT_YOURS', detail: "Run 1 is Ada's: only Ada can stop it." });
  t.notMatch((await bob.inject({ url })).body, /id="stop"/, 'and has no button for it');
  t.match((await ada.inject({ url })).body, /id="stop"/);
  t.equal((await app.workbench.store.get(1))!.state, 'queued');
  const unnamed = await train(bob);
  t.match((await ada.inject({ method: 'POST', url: `${unnamed}/stop`, headers: JSON_ONLY })).json(), {
    detail: "Run 2 is someone else's: only they can stop it.",
  });
  t.equal(await stop(ada, url), 303);
  t.equal((await app.workbench.store.get(1))!.state, 'stopped');
  t.equal((await bob.inject({ method: 'POST', url: `${url}/resume`, headers: JSON_ONLY })).statusCode, 403);
  t.equal((await ada.inject({ method: 'POST', url: `${url}/resume`, headers: JSON_ONLY })).statusCode, 200);
  const { id } = await app.workbench.store.create(DEFAULT_SETTINGS);
  t.equal(await stop(bob, `/runs/${id}`), 303);
  t.equal(await stop(await signedIn(app, CLASS.adminToken), url), 303, 'an admin may');
});

t.test('alone, whoever reaches it may do everything, from any browser and by scripts', async (t) => {
  for (const config of [{}, { host: '0.0.0.0', token: 'for-everybody' }]) {
    const app = await waitingApp(t, config);
    const [here, privately] = [await signedIn(app, 'for-everybody'), await signedIn(app, 'for-everybody')];
    const bearer = 'token' in config ? { authorization: 'Bearer for-everybody' } : {};
    const script = (method: 'POST' | 'PATCH' | 'DELETE', url: string, payload = {}) =>
      app.inject({ method, url, headers: { ...JSON_ONLY, ...bearer }, payload });
    const page = async (url: string) => (await privately.inject({ url })).body;

    const url = await train(here, 'who=Ada');
    t.match(await page(url), /id="stop"/, 'has the button');
    t.match(await page(url), /Ada(&#39;|')s/, 'and says whose it is');
    t.equal(await stop(privately, url), 303);
    t.match(await page(url), /id="resume"/);
    t.equal((await privately.inject({ method: 'POST', url: `${url}/resume` })).statusCode, 303);
    t.equal(await stop(app, url, { ...JSON_ONLY, ...bearer }), 200, 'a script');
    const label = {
      method: 'POST',
      url: `${url}/label`,
      headers: FORM,
      payload: 'name=mine&pinned=true',
    } as const;
    t.equal((await privately.inject(label)).statusCode, 303);
    t.match((await script('PATCH', url, { name: 'ours' })).json(), { name: 'ours', pinned: true });
    t.equal((await privately.inject({ url: `${url}/delete` })).statusCode, 200, 'is asked');
    t.equal((await privately.inject({ method: 'POST', url: `${url}/delete` })).statusCode, 303);
    t.equal(await app.workbench.store.get(1), null);

    const sweep = { settings: {}, grid: { seed: [1, 2] } };
    const made = await here.inject({ method: 'POST', url: '/sweeps', headers: JSON_ONLY, payload: sweep });
    t.equal(made.statusCode, 201);
    t.match(await page('/sweeps/1'), /Stop all/);
    t.equal((await privately.inject({ method: 'POST', url: '/sweeps/1/stop' })).statusCode, 303);
    t.equal((await privately.inject({ method: 'POST', url: '/sweeps/1/delete' })).statusCode, 303);
  }
});

t.test('a script says who it is', async (t) => {
  const app = await waitingApp(t, CLASS);
  const as = (owner: string, token: string = CLASS.token) => ({
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
  t.equal(await stop(app, '/runs/2', as('', CLASS.adminToken)), 200, 'an admin may');
  t.equal((await app.inject({ method: 'POST', url: '/runs/2/stop', headers: JSON_ONLY })).statusCode, 401);
  const page = await app.inject({ url: '/runs/2', headers: { accept: 'text/html' } });
  t.notMatch(page.body, /id="(stop|resume|use)"/, 'a guest has no buttons');
});

t.test('names with other letters are told apart, in whichever encoding a client sends them', async (t) => {
  const app = await waitingApp(t, CLASS);
  // A header as the server reads it is Latin-1, whatever its bytes mean.
  const inUtf8 = (name: string) => Buffer.from(name).toString('latin1');
  const ownerOf = async (name: string) => {
    const headers = { ...JSON_ONLY, authorization: `Bearer ${CLASS.token}`, 'x-owner': name };
    return (await app.inject({ method: 'POST', url: '/runs', headers, payload: {} })).json().owner;
  };
  const oemer = await ownerOf(inUtf8('Ömer'));
  t.equal(oemer.name, 'Ömer', 'as a shell sends it');
  t.same(await ownerOf('Ömer'), oemer, 'as fetch and requests send it');
  t.same(await ownerOf(inUtf8('O\u0308mer')), oemer, 'as two letters');
  t.equal((await ownerOf('Ämer')).name, 'Ämer');
  t.equal((await ownerOf(inUtf8('李雷'))).name, '李雷');
});

t.test('an id that is shown opens nothing', async (t) => {
  const app = await waitingApp(t, CLASS);
  const ada = await signedIn(app);
  const url = await train(ada);
  const { id } = (await app.inject({ url, headers: JSON_ONLY })).json().owner;
  const bearer = { authorization: `Bearer ${CLASS.token}` };
  t.equal(await stop(app, url, { ...JSON_ONLY, ...bearer, 'x-owner': id }), 403);
  const forged = { ...JSON_ONLY, ...bearer, cookie: `workbench-owner=${id}` };
  t.equal(await stop(app, url, forged), 403);
  t.equal(await stop(app, url, { ...forged, cookie: `workbench-owner=${id.padEnd(22, '0')}` }), 403);
});
