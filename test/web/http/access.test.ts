import t, { type Test } from 'tap';
import type { Config } from '../../../src/config.ts';
import { DEFAULT_SETTINGS } from '../../../src/training/settings.ts';
import { FAILURES_MS, MOST_FAILURES } from '../../../src/web/http/rate-limits.ts';
import { testApp } from '../../help/helper.ts';

const TOKEN = 'chalk-and-slate';
const ADMIN_TOKEN = 'red-pencil-case';
/** A one. */
const DRAWING = {
  matrix: Array.from({ length: 784 }, (_, i) => (i % 28 === 14 && i > 112 && i < 672 ? 255 : 0)),
};

/** As on 0.0.0.0, where other machines reach it. */
const guarded = (t: Test, config: Partial<Config> = {}) => testApp(t, { host: '0.0.0.0', ...config });

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

type App = Awaited<ReturnType<typeof testApp>>;

async function signIn(app: App, token: string): Promise<string> {
  const answer = await app.inject({ method: 'POST', url: '/sign-in', payload: { token } });
  return answer.cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
}

/** Deleting what is not there: 404 tells that it was allowed. */
const change = (app: App, headers: Record<string, string> = {}) =>
  app.inject({ method: 'DELETE', url: '/corrections/1', headers });

const adminChange = (app: App, headers: Record<string, string> = {}) =>
  app.inject({ method: 'POST', url: '/model', payload: { run: 'shipped' }, headers });

t.test('on a loopback address without a token everybody may do everything', async (t) => {
  for (const host of ['127.0.0.1', '::1', 'localhost', '127.8.9.1']) {
    const app = await testApp(t, { host });
    t.equal(app.access.madeToken, null);
    t.equal((await change(app)).statusCode, 404, host);
    t.equal((await adminChange(app)).statusCode, 200);
    t.equal((await app.inject('/sign-in')).statusCode, 303, 'there is nothing to sign in for');
  }
});

t.test('behind a proxy on the same machine, tokens that are set are asked for', async (t) => {
  const app = await testApp(t, { host: '127.0.0.1', token: TOKEN });
  t.equal((await change(app)).statusCode, 401);
  t.equal((await change(app, bearer(TOKEN))).statusCode, 404);
});

t.test('elsewhere a token is made at each start, and is all that is needed', async (t) => {
  const [app, other] = [await guarded(t), await guarded(t)];
  const token = app.access.madeToken as string;
  t.match(token, /^[\w-]{16}$/);
  t.not(token, other.access.madeToken);
  t.equal((await change(app)).statusCode, 401);
  t.equal((await change(app, bearer(token))).statusCode, 404);
  t.equal((await adminChange(app, bearer(token))).statusCode, 200);
  t.equal((await change(app, bearer(other.access.madeToken as string))).statusCode, 401);
});

t.test('every route that changes something asks, but for drawing and signing in', async (t) => {
  const app = await guarded(t, { token: TOKEN });
  t.equal((await app.inject({ method: 'POST', url: '/recognize', payload: DRAWING })).statusCode, 200);
  for (const [method, url] of [
    ['POST', '/runs'],
    ['POST', '/runs/1/stop'],
    ['POST', '/runs/1/resume'],
    ['POST', '/model'],
    ['POST', '/corrections'],
    ['POST', '/corrections/delete'],
    ['POST', '/corrections/1/delete'],
    ['DELETE', '/corrections/1'],
    ['POST', '/fine-tunes'],
  ] as const) {
    const answer = await app.inject({ method, url });
    t.equal(answer.statusCode, 401, `${method} ${url}`);
    t.equal(answer.headers['www-authenticate'], 'Bearer');
    t.match(answer.json(), { status: 401, code: 'SIGN_IN', detail: /Sign in/ });
  }
  for (const url of ['/', '/runs', '/corrections', '/model', '/now']) {
    t.equal((await app.inject(url)).statusCode, 200, url);
  }
});

t.test('of two tokens one is for a class: it may train, not choose what reads', async (t) => {
  const app = await guarded(t, { token: TOKEN, adminToken: ADMIN_TOKEN });
  t.equal((await change(app, bearer(TOKEN))).statusCode, 404);
  const refused = await adminChange(app, bearer(TOKEN));
  t.equal(refused.statusCode, 403);
  t.match(refused.json(), { code: 'ADMIN_ONLY' });
  t.equal((await adminChange(app, bearer(ADMIN_TOKEN))).statusCode, 200);
});

t.test('RECOGNIZE_TOKEN is asked for to have a drawing read', async (t) => {
  const app = await guarded(t, { recognizeToken: 'look-and-read', token: TOKEN });
  const recognize = (headers = {}) =>
    app.inject({ method: 'POST', url: '/recognize', payload: DRAWING, headers });
  t.equal((await recognize()).statusCode, 401);
  t.equal((await recognize(bearer('look-and-read'))).statusCode, 200);
  t.equal((await recognize(bearer(TOKEN))).statusCode, 200);
  t.equal((await change(app, bearer('look-and-read'))).statusCode, 401, 'it allows nothing else');
  const cookie = await signIn(app, 'look-and-read');
  t.equal((await recognize({ cookie })).statusCode, 200);
});

t.test('a session: a cookie that says nothing of the token, until one signs out', async (t) => {
  const app = await guarded(t, { token: TOKEN, adminToken: ADMIN_TOKEN });
  const answer = await app.inject({
    method: 'POST',
    url: '/sign-in',
    payload: { token: ` ${ADMIN_TOKEN} `, to: '/runs?page=2' },
  });
  t.equal(answer.statusCode, 303);
  t.equal(answer.headers.location, '/runs?page=2');
  const cookie = answer.cookies.find(({ name }) => name === 'workbench-session')!;
  t.match(cookie, { httpOnly: true, sameSite: 'Strict', path: '/' });
  t.notMatch(cookie.value, ADMIN_TOKEN);
  const headers = { cookie: `${cookie.name}=${cookie.value}` };
  t.equal((await adminChange(app, headers)).statusCode, 200);
  t.match(
    (await app.inject({ url: '/', headers: { ...headers, accept: 'text/html' } })).body,
    /Sign out \(admin\)/,
  );
  const out = await app.inject({ method: 'POST', url: '/sign-out', headers });
  t.equal(out.statusCode, 303);
  t.equal(out.cookies.find(({ name }) => name === cookie.name)?.value, '');
  t.equal((await adminChange(app, headers)).statusCode, 401, 'also for who kept the cookie');
});

t.test('a restart signs nobody out, unless the token is another one; who signed out stays out', async (t) => {
  const dataDir = t.testdir({});
  const config = { dataDir, token: TOKEN, adminToken: ADMIN_TOKEN };
  const first = await guarded(t, config);
  const [pupil, teacher, left] = [
    await signIn(first, TOKEN),
    await signIn(first, ADMIN_TOKEN),
    await signIn(first, ADMIN_TOKEN),
  ];
  await first.inject({ method: 'POST', url: '/sign-out', headers: { cookie: left } });
  await first.close();

  const again = await guarded(t, config);
  t.equal((await change(again, { cookie: pupil })).statusCode, 404);
  t.equal((await adminChange(again, { cookie: pupil })).statusCode, 403);
  t.equal((await adminChange(again, { cookie: teacher })).statusCode, 200);
  t.equal((await adminChange(again, { cookie: left })).statusCode, 401);
  await again.close();

  for (const [changed, sentence] of [
    [
      { token: 'another-one' },
      /^You have been signed out: the server was restarted with another token; sign in again\.$/,
    ],
    [{ adminToken: 'another-one' }, /another token/],
    [{ adminToken: null }, /another token/],
    [{ recognizeToken: 'look-and-read' }, /another token/],
  ] as const) {
    const other = await guarded(t, { ...config, ...changed });
    for (const cookie of [pupil, teacher]) {
      const refused = await change(other, { cookie });
      t.equal(refused.statusCode, 401, JSON.stringify(changed));
      t.match(refused.json(), { code: 'SIGN_IN', detail: sentence });
    }
    await other.close();
  }
});

t.test(
  'a token that was made is another one after a restart: each page says that one is signed out',
  async (t) => {
    const dataDir = t.testdir({});
    const first = await guarded(t, { dataDir });
    const cookie = await signIn(first, first.access.madeToken!);
    await first.close();
    const app = await guarded(t, { dataDir });
    const page = async (url: string, headers = {}) =>
      (await app.inject({ url, headers: { accept: 'text/html', cookie, ...headers } })).body;
    const told =
      /<p id="signedout"[^>]*>You have been signed out: the server was restarted; sign in again with the token it printed\./;
    for (const url of ['/', '/runs', '/corrections', '/sign-in', '/nowhere'])
      t.match(await page(url), told, url);
    t.match(await page('/runs'), 'href="/sign-in?to=%2Fruns"');
    const { id } = await app.workbench.store.create(DEFAULT_SETTINGS);
    const poll = await page(`/runs/${id}/progress?epochs=0`, {
      'hx-request': 'true',
      'hx-current-url': 'http://localhost/runs/1',
    });
    t.match(poll, told, 'what a page polls brings it too');
    t.match(poll, 'href="/sign-in?to=%2Fruns%2F1"');
    t.match(poll, /id="signedout"[^>]*hx-swap-oob/);
    t.equal((await app.inject({ url: '/', headers: { cookie } })).statusCode, 200, 'looking goes on');

    const answer = await app.inject({
      method: 'POST',
      url: '/sign-in',
      headers: { cookie },
      payload: { token: app.access.madeToken },
    });
    const anew = answer.cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
    t.not(anew, cookie, 'a session of its own');
    t.match(await page('/', { cookie: anew }), /<p id="signedout"[^>]*><\/p>/);
    t.match(await page('/', { cookie: 'workbench-session=nonsense' }), /<p id="signedout"[^>]*><\/p>/);
  },
);

t.test('after twelve hours one is told so; who signed out is not', async (t) => {
  const app = await guarded(t, { token: TOKEN });
  const cookie = await signIn(app, TOKEN);
  const hint = cookie
    .split('; ')
    .filter((part) => !part.startsWith('workbench-session='))
    .join('; ');
  const page = async (headers: object) =>
    (await app.inject({ url: '/', headers: { accept: 'text/html', ...headers } })).body;
  t.match(await page({ cookie: hint }), /You have been signed out after 12 hours; sign in again\./);
  t.match(await page({ cookie }), /id="signedout"[^>]*><\/p>/);
  const out = await app.inject({ method: 'POST', url: '/sign-out', headers: { cookie } });
  t.same(
    out.cookies.map(({ name, value }) => [name, value]),
    [
      ['workbench-session', ''],
      ['workbench-signed-in', ''],
    ],
    'nothing of it is left',
  );
  t.match(await page({ cookie }), /id="signedout"[^>]*><\/p>/);
});

t.test('signing in takes over no session that was there, and ends it', async (t) => {
  const app = await guarded(t, { token: TOKEN, adminToken: ADMIN_TOKEN });
  const planted = await signIn(app, TOKEN);
  const answer = await app.inject({
    method: 'POST',
    url: '/sign-in',
    headers: { cookie: planted },
    payload: { token: ADMIN_TOKEN },
  });
  const own = answer.cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  t.equal((await adminChange(app, { cookie: own })).statusCode, 200);
  t.equal((await change(app, { cookie: planted })).statusCode, 401);
});

t.test('a wrong token is told beside its field, and to scripts', async (t) => {
  const app = await guarded(t, { token: TOKEN });
  const page = await app.inject({
    method: 'POST',
    url: '/sign-in',
    headers: { accept: 'text/html' },
    payload: { token: 'guess', to: '/runs' },
  });
  t.equal(page.statusCode, 401);
  t.match(page.body, /aria-describedby="tokenerror"[\s\S]*Wrong token/);
  t.match(page.body, /name="to" value="\/runs"/);
  t.notOk(page.cookies.some(({ name }) => name === 'workbench-session'));
  const script = await change(app, bearer('guess'));
  t.equal(script.statusCode, 401);
  t.match(script.json(), { code: 'WRONG_TOKEN', field: 'token' });
  t.equal(
    (await app.inject({ url: '/', headers: bearer('guess') })).statusCode,
    401,
    'also where none is needed',
  );
});

t.test('nobody is led to another site', async (t) => {
  const app = await guarded(t, { token: TOKEN });
  for (const to of [
    'https://elsewhere.example/x',
    '//elsewhere.example/x',
    '/\\elsewhere.example/x',
    'javascript:x',
    7,
  ]) {
    const { headers } = await app.inject({ method: 'POST', url: '/sign-in', payload: { token: TOKEN, to } });
    t.match(headers.location, /^\/(?![/\\])/, String(to));
    t.notMatch(new URL(headers.location as string, 'http://own.example').host, /elsewhere/);
  }
});

t.test('who presses a button that is refused is led to the page for signing in, and back', async (t) => {
  const app = await guarded(t, { token: TOKEN, adminToken: ADMIN_TOKEN });
  const page = await app.inject({
    method: 'POST',
    url: '/runs',
    headers: { accept: 'text/html', referer: 'http://localhost/?epochs=3' },
  });
  t.equal(page.statusCode, 303);
  t.equal(page.headers.location, '/sign-in?to=%2F%3Fepochs%3D3');
  const asked = await app.inject(page.headers.location as string);
  t.match(asked.body, /name="to" value="\/\?epochs=3"/);
  const fragment = await app.inject({
    method: 'POST',
    url: '/runs',
    headers: { 'hx-request': 'true', 'hx-current-url': 'http://localhost/runs/3' },
  });
  t.equal(fragment.statusCode, 401);
  t.match(
    fragment.body,
    /Sign in to train or change anything\. <a href="\/sign-in\?to=%2Fruns%2F3">Sign in<\/a>/,
  );
  const adminOnly = await app.inject({
    method: 'POST',
    url: '/model',
    headers: { ...bearer(TOKEN), accept: 'text/html', referer: 'http://localhost/runs/3' },
  });
  t.equal(adminOnly.statusCode, 403);
  t.match(adminOnly.body, /href="\/sign-in\?to=%2Fruns%2F3"/);
});

t.test('tokens cannot be guessed by trying: after some wrong ones even the right one waits', async (t) => {
  const app = await guarded(t, { token: TOKEN });
  const attempt = (token: string, remoteAddress = '192.0.2.7') =>
    app.inject({ method: 'POST', url: '/sign-in', payload: { token }, remoteAddress });
  for (let i = 0; i < MOST_FAILURES; i++) t.equal((await attempt(`guess ${i}`)).statusCode, 401);
  const refused = await attempt(TOKEN);
  t.equal(refused.statusCode, 429);
  const seconds = Number(refused.headers['retry-after']);
  t.ok(seconds > 0 && seconds <= FAILURES_MS / 1000, `${seconds}`);
  const script = await app.inject({
    method: 'POST',
    url: '/runs',
    headers: bearer(TOKEN),
    remoteAddress: '192.0.2.7',
  });
  t.equal(script.statusCode, 429, 'nor by bearer tokens');
  t.match(script.json(), { status: 429, title: 'Too many requests', code: 'TOO_MANY_REQUESTS' });
  t.equal((await attempt(TOKEN, '192.0.2.8')).statusCode, 303, 'others are not held up');
  t.equal((await app.inject({ url: '/', remoteAddress: '192.0.2.7' })).statusCode, 200, 'looking goes on');
});

t.test('right tokens are never too many', async (t) => {
  const app = await guarded(t, { token: TOKEN });
  for (let i = 0; i < 3 * MOST_FAILURES; i++) t.equal((await change(app, bearer(TOKEN))).statusCode, 404);
});

t.test('the role is known to the routes', async (t) => {
  const app = await guarded(t, { token: TOKEN, adminToken: ADMIN_TOKEN });
  const roles: string[] = [];
  app.addHook('onResponse', async (request) => {
    roles.push(request.role);
  });
  for (const headers of [{}, bearer(TOKEN), bearer(ADMIN_TOKEN)]) await app.inject({ url: '/now', headers });
  t.same(roles, ['guest', 'user', 'admin']);
});
