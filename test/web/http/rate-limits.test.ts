import t from 'tap';
import { testApp } from '../../help/helper.ts';

t.test('an address has so many requests a minute, then problem details with Retry-After', async (t) => {
  const app = await testApp(t, { rateLimit: 3 });
  const ask = (remoteAddress: string) => app.inject({ url: '/now', remoteAddress });
  for (let i = 0; i < 3; i++) t.equal((await ask('192.0.2.7')).statusCode, 200);
  const refused = await ask('192.0.2.7');
  t.equal(refused.statusCode, 429);
  t.match(refused.headers['content-type'], /^application\/problem\+json/);
  t.match(refused.json(), { status: 429, code: 'TOO_MANY_REQUESTS', detail: /Try again in \d+ s/ });
  const seconds = Number(refused.headers['retry-after']);
  t.ok(seconds > 0 && seconds <= 60, `${seconds}`);
  t.equal((await ask('192.0.2.8')).statusCode, 200, 'another address');
});

t.test('who signed in is counted alone, an IPv6 network as one, this machine not at all', async (t) => {
  const app = await testApp(t, { host: '0.0.0.0', token: 'chalk-and-slate', rateLimit: 3 });
  const ask = (remoteAddress: string, headers = {}) => app.inject({ url: '/now', remoteAddress, headers });
  const signedIn = await app.inject({
    method: 'POST',
    url: '/sign-in',
    payload: { token: 'chalk-and-slate' },
    remoteAddress: '192.0.2.7',
  });
  for (let i = 0; i < 3; i++) await ask('192.0.2.7');
  t.equal((await ask('192.0.2.7')).statusCode, 429);
  const cookie = signedIn.cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  t.equal((await ask('192.0.2.7', { cookie })).statusCode, 200);
  for (let i = 0; i < 3; i++) await ask(`2001:db8::${i}`);
  t.equal((await ask('2001:db8::9')).statusCode, 429);
  for (let i = 0; i < 9; i++) t.equal((await ask('127.0.0.1')).statusCode, 200);
});

t.test('behind a trusted proxy the address is the one that it tells', async (t) => {
  const app = await testApp(t, { rateLimit: 1, trustProxy: ['10.0.0.1'] });
  const ask = (remoteAddress: string, client: string) =>
    app.inject({ url: '/now', remoteAddress, headers: { 'x-forwarded-for': client } });
  t.equal((await ask('10.0.0.1', '192.0.2.7')).statusCode, 200);
  t.equal((await ask('10.0.0.1', '192.0.2.8')).statusCode, 200);
  t.equal((await ask('10.0.0.1', '192.0.2.7')).statusCode, 429);
  t.equal((await ask('10.0.0.2', '192.0.2.9')).statusCode, 200);
  t.equal((await ask('10.0.0.2', '192.0.2.1')).statusCode, 429, 'others are not believed');
});
