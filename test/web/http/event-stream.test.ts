/** Who may follow how many runs at once. */
import t, { type Test } from 'tap';
import { DEFAULT_SETTINGS } from '../../../src/training/settings.ts';
import { CLASS, signedIn } from '../../help/cookie-jar.ts';
import { testApp, until } from '../../help/helper.ts';

/** A run that nobody trains, and how to follow it: from an address that a proxy tells. */
async function build(t: Test, config = {}) {
  const app = await testApp(t, { ...CLASS, trustProxy: ['127.0.0.1'], ...config });
  await app.workbench.training.close();
  const { id } = await app.workbench.store.create(DEFAULT_SETTINGS);
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const following = new AbortController();
  const follow = (ip: string, headers: Record<string, string> = {}, signal = following.signal) =>
    fetch(`${url}/runs/${id}/events`, { headers: { 'x-forwarded-for': ip, ...headers }, signal });
  /** How many of so many are let in. */
  async function letIn(count: number, ip: string, headers = {}) {
    const answers = await Promise.all(Array.from({ length: count }, () => follow(ip, headers)));
    return answers.filter(({ status }) => status === 200).length;
  }
  t.teardown(() => following.abort());
  return { app, follow, letIn };
}

t.test('one address that did not sign in follows twenty; then it hears when to come again', async (t) => {
  const { app, follow, letIn } = await build(t);
  t.equal(await letIn(40, '192.0.2.7'), 20);
  const refused = await follow('192.0.2.7');
  t.equal(refused.status, 429);
  t.equal(refused.headers.get('retry-after'), '10');
  t.match(await refused.json(), {
    code: 'TOO_MANY_STREAMS',
    detail: /following 20 runs, the maximum/,
  });
  t.equal((await follow('192.0.2.8')).status, 200, 'others are let in');
  const before = app.eventStreams.count;
  const one = new AbortController();
  t.equal((await follow('192.0.2.8', {}, one.signal)).status, 200);
  one.abort();
  await until(() => app.eventStreams.count === before);
  t.equal(await letIn(40, '192.0.2.8'), 19, 'and what was closed is free again');
  t.equal(await letIn(30, '2001:db8::1'), 20);
  t.equal(await letIn(1, '2001:db8::2'), 0, 'an IPv6 network is one');
});

t.test('guests of many addresses leave room to those who signed in, and these to an admin', async (t) => {
  const { letIn, app } = await build(t);
  let guests = 0;
  for (let i = 1; i <= 10; i++) guests += await letIn(20, `192.0.2.${i}`);
  t.equal(guests, 125);
  const as = (owner: string, token: string = CLASS.token) => ({
    authorization: `Bearer ${token}`,
    'x-owner': owner,
  });
  t.equal(await letIn(30, '198.51.100.1', as('Ada')), 20);
  t.equal(await letIn(30, '198.51.100.1', as('Bob')), 20, 'of one address each has a share');
  t.equal(await letIn(70, '198.51.100.2', { authorization: `Bearer ${CLASS.token}` }), 20);
  for (let i = 0; i < 10; i++) await letIn(20, '198.51.100.3', as(`pupil ${i}`));
  t.equal(app.eventStreams.count, 225);
  t.equal(await letIn(40, '198.51.100.1', as('', CLASS.adminToken)), 25);
});

t.test('who signs in again and again gets no more than half', async (t) => {
  const { app, letIn } = await build(t);
  let got = 0;
  for (let i = 0; i < 10; i++) {
    const { cookies } = await signedIn(app);
    const cookie = Object.entries(cookies)
      .map((pair) => pair.join('='))
      .join('; ');
    got += await letIn(20, '192.0.2.7', { cookie });
  }
  t.equal(got, 125);
});

t.test('alone one may follow as many as there are', async (t) => {
  const { app, follow, letIn } = await build(t, { host: '127.0.0.1', token: null, adminToken: null });
  t.equal(await letIn(250, '127.0.0.1'), 250);
  const refused = await follow('127.0.0.1');
  t.equal(refused.status, 503);
  t.match(await refused.json(), {
    code: 'TOO_MANY_STREAMS',
    detail: /^Too many clients are following runs already/,
  });
  t.equal(app.eventStreams.count, 250);
});
