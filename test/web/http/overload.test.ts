import Fastify from 'fastify';
import t from 'tap';
import { DEFAULT_SETTINGS } from '../../../src/training/settings.ts';
import { registerErrorPages } from '../../../src/web/http/error-pages.ts';
import { registerKnownMethods } from '../../../src/web/http/known-methods.ts';
import {
  MOST_READINGS,
  MOST_READINGS_OF_ADDRESS,
  MOST_READINGS_OF_GUESTS,
  MOST_READINGS_OF_ONE,
  MOST_WAITING_RUNS,
  MOST_WAITING_RUNS_OF_ONE,
  registerOverload,
  Weights,
} from '../../../src/web/http/overload.ts';
import { CLASS, signedIn } from '../../help/cookie-jar.ts';
import { testApp, until } from '../../help/helper.ts';

t.test('a late event loop is told at once, health is answered', async (t) => {
  const app = Fastify();
  t.teardown(() => app.close());
  let late = 0;
  registerKnownMethods(app);
  registerErrorPages(app);
  registerOverload(app, { delay: () => late });
  app.get('/now', async () => 'now');
  app.get('/livez', async () => 'live');
  t.equal((await app.inject('/now')).statusCode, 200);
  late = 501;
  const refused = await app.inject('/now');
  t.equal(refused.statusCode, 503);
  t.equal(refused.headers['retry-after'], '2');
  t.match(refused.json(), { code: 'OVERLOADED', detail: /overloaded/ });
  t.equal((await app.inject('/livez')).statusCode, 200);
  late = 0;
  t.equal((await app.inject('/now')).statusCode, 200, 'and it goes on by itself');
});

t.test('the delay is measured', async (t) => {
  const app = await testApp(t);
  await app.ready();
  await new Promise((resolve) => setTimeout(resolve, 1100));
  t.equal((await app.inject('/now')).statusCode, 200);
  for (let turn = 0; turn < 5; turn++) {
    const until = Date.now() + 1200;
    while (Date.now() < until);
    await new Promise(setImmediate);
  }
  t.equal((await app.inject('/now')).statusCode, 503, 'after 6 s in which hardly anything was answered');
});

t.test('so many drawings at once, and of one address no more than half of them', async (t) => {
  const weights = new Weights();
  const one = weights.take('192.0.2.7', MOST_READINGS_OF_ONE) as () => void;
  t.ok(one);
  t.equal(weights.take('192.0.2.7', 1), null);
  const proxy = weights.take(null, MOST_READINGS - MOST_READINGS_OF_ONE) as () => void;
  t.ok(proxy, 'this machine has no share of its own');
  t.equal(weights.take('192.0.2.8', 1), null, 'there is no room');
  one();
  t.ok(weights.take('192.0.2.8', 1));
  proxy();
  t.ok(weights.take('192.0.2.7', MOST_READINGS_OF_ONE));
});

t.test(
  'beyond that a drawing is answered 503 at once, and its room is given back after each answer',
  async (t) => {
    const app = Fastify();
    t.teardown(() => app.close());
    registerKnownMethods(app);
    registerErrorPages(app);
    registerOverload(app, { delay: () => 0 });
    const waiting: ((answer: string) => void)[] = [];
    app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
    app.post('/recognize', { bodyLimit: 8 * 2 ** 20 }, () => new Promise((resolve) => waiting.push(resolve)));
    const url = await app.listen({ host: '127.0.0.1', port: 0 });
    /** Without a length it counts as the eight megabytes that it may become. */
    const ask = () =>
      fetch(`${url}/recognize`, {
        method: 'POST',
        body: new Blob(['x']).stream(),
        duplex: 'half',
      } as RequestInit);
    const asked = Array.from({ length: MOST_READINGS / 8 }, ask);
    while (waiting.length < asked.length) await new Promise((resolve) => setTimeout(resolve, 10));
    const refused = await ask();
    t.equal(refused.status, 503);
    t.equal(refused.headers.get('retry-after'), '1');
    for (const answer of waiting) answer('7');
    for (const answer of await Promise.all(asked)) t.equal(answer.status, 200);
    const again = ask();
    while (waiting.length <= asked.length) await new Promise((resolve) => setTimeout(resolve, 10));
    waiting.at(-1)!('7');
    t.equal((await again).status, 200);
  },
);

t.test('so many runs may wait', async (t) => {
  const app = await testApp(t);
  let waiting = MOST_WAITING_RUNS;
  app.workbench.store.waitingCounts = async () => ({ all: waiting, room: waiting, own: 0 });
  for (const url of ['/runs', '/fine-tunes', '/runs/1/resume']) {
    const refused = await app.inject({ method: 'POST', url });
    t.equal(refused.statusCode, 503, url);
    t.ok(Number(refused.headers['retry-after']) >= 60);
    t.match(refused.json(), { detail: /200 runs are waiting/ });
  }
  t.equal((await app.inject('/runs')).statusCode, 200, 'looking at them goes on');
  waiting--;
  t.equal((await app.inject({ method: 'POST', url: '/runs/1/resume' })).statusCode, 404);
});

t.test('of the runs that may wait one pupil has half', async (t) => {
  const app = await testApp(t, CLASS);
  await app.workbench.training.close();
  const [ada, bob, teacher] = [
    await signedIn(app),
    await signedIn(app),
    await signedIn(app, CLASS.adminToken),
  ];
  const train = (browser: typeof ada) =>
    browser.inject({ method: 'POST', url: '/runs', headers: { accept: 'application/json' } });
  const { owner } = (await train(ada)).json();
  for (let i = 1; i < MOST_WAITING_RUNS_OF_ONE; i++)
    await app.workbench.store.create(DEFAULT_SETTINGS, { owner });
  const refused = await train(ada);
  t.equal(refused.statusCode, 429);
  t.equal(refused.headers['retry-after'], '60');
  t.match(refused.json(), {
    code: 'TOO_MANY_RUNS',
    detail: /^You have 100 runs waiting, the maximum\./,
  });
  t.equal((await train(bob)).statusCode, 201);
  t.equal((await train(teacher)).statusCode, 201);
});

t.test('guests leave room for drawings of those who signed in', async (t) => {
  const app = await testApp(t, CLASS);
  const waiting: ((value?: unknown) => void)[] = [];
  app.addHook('preHandler', async (request) => {
    if (request.headers['x-wait']) await new Promise((resolve) => waiting.push(resolve));
  });
  const read = (remoteAddress: string, headers: Record<string, string> = {}) =>
    app.inject({
      method: 'POST',
      url: '/recognize',
      headers: { 'content-type': 'application/json', ...headers },
      payload: '{}',
      remoteAddress,
    });
  const asked = Array.from({ length: 3 * MOST_READINGS_OF_ONE }, (_, i) =>
    read(`192.0.2.${1 + (i % 3)}`, { 'x-wait': '1' }),
  );
  await until(() => waiting.length === MOST_READINGS_OF_GUESTS);
  t.equal((await read('192.0.2.9')).statusCode, 503);
  t.equal(
    (await read('192.0.2.9', { authorization: `Bearer ${CLASS.token}` })).statusCode,
    422,
    'it is read',
  );
  for (const go of waiting) go();
  const refused = (await Promise.all(asked)).filter(({ statusCode }) => statusCode === 503);
  t.equal(refused.length, 3 * MOST_READINGS_OF_ONE - MOST_READINGS_OF_GUESTS);
});

t.test('one address takes no more than three quarters, however often somebody signs in there', async (t) => {
  const app = await testApp(t, CLASS);
  const waiting: ((value?: unknown) => void)[] = [];
  app.addHook('preHandler', async (request) => {
    if (request.headers['x-wait']) await new Promise((resolve) => waiting.push(resolve));
  });
  const read = (remoteAddress: string, token: string, headers: Record<string, string> = {}) =>
    app.inject({
      method: 'POST',
      url: '/recognize',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...headers },
      payload: '{}',
      remoteAddress,
    });
  const asked = Array.from({ length: MOST_READINGS }, (_, i) =>
    read('192.0.2.7', CLASS.token, { 'x-wait': '1', 'x-owner': `script ${i % 4}` }),
  );
  await until(() => waiting.length === MOST_READINGS_OF_ADDRESS);
  t.equal((await read('192.0.2.7', CLASS.token, { 'x-owner': 'another' })).statusCode, 503);
  t.equal((await read('192.0.2.7', CLASS.adminToken)).statusCode, 422, 'it is read: an admin has all');
  t.equal((await read('192.0.2.8', CLASS.token)).statusCode, 422, 'and so has another address its share');
  for (const go of waiting) go();
  const refused = (await Promise.all(asked)).filter(({ statusCode }) => statusCode === 503);
  t.equal(refused.length, MOST_READINGS - MOST_READINGS_OF_ADDRESS);
  const after = Array.from({ length: 100 }, () => read('192.0.2.7', CLASS.token));
  t.ok(
    (await Promise.all(after)).every(({ statusCode }) => statusCode === 422),
    'it has its room again',
  );
});
