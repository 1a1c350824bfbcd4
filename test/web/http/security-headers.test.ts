import t from 'tap';
import { testApp } from '../../help/helper.ts';

t.test('every answer, of whatever kind, carries the strict headers and no banner', async (t) => {
  const app = await testApp(t);
  for (const [url, status] of [
    ['/', 200],
    ['/sign-in', 303],
    ['/nowhere', 404],
    ['/recognize', 405],
    ['/static/css/workbench.css', 200],
    ['/livez', 200],
    ['/now', 200],
  ] as const) {
    const { headers, statusCode } = await app.inject({ url, headers: { accept: 'text/html' } });
    t.equal(statusCode, status, url);
    const policy = String(headers['content-security-policy']);
    t.match(policy, /^default-src 'none';/);
    t.match(policy, /frame-ancestors 'none'/);
    t.match(policy, /base-uri 'none'/);
    t.match(policy, /form-action 'self'/);
    t.match(policy, /script-src 'self';style-src 'self';/);
    t.notMatch(policy, /unsafe|nonce|https?:|\*/);
    t.equal(headers['x-content-type-options'], 'nosniff');
    t.equal(headers['x-frame-options'], 'DENY');
    t.equal(headers['referrer-policy'], 'same-origin');
    t.equal(headers['cross-origin-opener-policy'], 'same-origin');
    t.equal(headers['cross-origin-resource-policy'], 'same-origin');
    t.match(headers['permissions-policy'], /camera=\(\)[\s\S]*microphone=\(\)/);
    for (const banner of ['server', 'x-powered-by', 'access-control-allow-origin'])
      t.notOk(headers[banner], banner);
  }
});

t.test(
  'over plain HTTP from another machine, where browsers complain of it, no opener policy is sent',
  async (t) => {
    const app = await testApp(t, { trustProxy: ['10.0.0.1'] });
    const plain = await app.inject({ url: '/now', headers: { host: '192.168.1.5:8000' } });
    t.equal(plain.headers['cross-origin-opener-policy'], undefined);
    const tls = await app.inject({
      url: '/now',
      remoteAddress: '10.0.0.1',
      headers: { host: '192.168.1.5', 'x-forwarded-proto': 'https' },
    });
    t.equal(tls.headers['cross-origin-opener-policy'], 'same-origin');
  },
);
