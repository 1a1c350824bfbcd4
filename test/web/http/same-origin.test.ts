import t from 'tap';
import { testApp } from '../../help/helper.ts';

const post = (headers: Record<string, string>) => ({
  method: 'POST' as const,
  url: '/recognize',
  headers: { host: '192.168.1.5:8000', ...headers },
  payload: { matrix: Array.from({ length: 784 }, (_, i) => (i % 28 === 14 && i > 112 && i < 672 ? 255 : 0)) },
});

t.test('what a page of another site sends is refused', async (t) => {
  const app = await testApp(t);
  for (const headers of [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site', origin: 'http://192.168.1.5:8000' },
    { origin: 'http://elsewhere.example' },
    { origin: 'http://192.168.1.5:9000' },
    { origin: 'http://192.168.1.5' },
    { origin: 'null' },
    { origin: 'not an origin' },
  ] as Record<string, string>[]) {
    const answer = await app.inject(post(headers));
    t.equal(answer.statusCode, 403, JSON.stringify(headers));
    t.match(answer.json(), { code: 'CROSS_SITE' });
  }
  const signIn = await app.inject({ ...post({ origin: 'http://elsewhere.example' }), url: '/sign-in' });
  t.equal(signIn.statusCode, 403, 'nor is anybody signed in from there');
});

t.test('the own pages, typed addresses and scripts pass; so does a proxy that ends TLS', async (t) => {
  const app = await testApp(t, { allowedHosts: ['lab.example'] });
  for (const headers of [
    {},
    { 'sec-fetch-site': 'same-origin', origin: 'http://192.168.1.5:8000' },
    { 'sec-fetch-site': 'none' },
    { origin: 'http://192.168.1.5:8000' },
    { origin: 'https://lab.example', host: 'lab.example' },
    { origin: 'https://lab.example', host: 'Lab.example:443' },
  ] as Record<string, string>[]) {
    t.equal((await app.inject(post(headers))).statusCode, 200, JSON.stringify(headers));
  }
});

t.test('links from other sites work, but nothing is shared with their scripts', async (t) => {
  const app = await testApp(t);
  const answer = await app.inject({
    url: '/runs',
    headers: { 'sec-fetch-site': 'cross-site', origin: 'http://elsewhere.example' },
  });
  t.equal(answer.statusCode, 200);
  t.equal(answer.headers['access-control-allow-origin'], undefined);
  t.equal(answer.headers['cross-origin-resource-policy'], 'same-origin');
});
