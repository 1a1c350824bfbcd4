/** What a browser was asked for, and what a proxy made of it. */
import type { FastifyInstance } from 'fastify';
import t, { type Test } from 'tap';
import { testApp } from '../../help/helper.ts';

const PROXY = '10.0.0.1';
const MATRIX = Array.from({ length: 784 }, (_, i) => (i % 28 === 14 && i > 112 && i < 672 ? 255 : 0));

const post = (app: FastifyInstance, headers: Record<string, string>, remoteAddress = PROXY) =>
  app.inject({ method: 'POST', url: '/recognize', remoteAddress, headers, payload: { matrix: MATRIX } });

const behindProxy = (t: Test) =>
  testApp(t, { trustProxy: [PROXY], allowedHosts: ['lab.example', '.school.example'] });

t.test('a page passes through a trusted proxy that says what it was asked for', async (t) => {
  const app = await behindProxy(t);
  for (const headers of [
    { host: 'lab.example:8311', origin: 'http://lab.example:8311' },
    { host: 'lab.example', 'x-forwarded-host': 'lab.example:8311', origin: 'http://lab.example:8311' },
    { host: 'workbench', 'x-forwarded-host': 'lab.example:8311', origin: 'http://lab.example:8311' },
    { host: '127.0.0.1:8000', 'x-forwarded-host': 'lab.example', origin: 'http://lab.example' },
    { host: 'lab.example', 'x-forwarded-port': '8311', origin: 'http://lab.example:8311' },
    {
      host: 'workbench',
      'x-forwarded-host': 'lab.example',
      'x-forwarded-port': '8311',
      origin: 'http://lab.example:8311',
    },
    // The port that the browser named goes before the one that the proxy listens on, as in a container.
    {
      host: 'workbench',
      'x-forwarded-host': 'lab.example:8311',
      'x-forwarded-port': '80',
      origin: 'http://lab.example:8311',
    },
    { host: 'lab.example:8311', 'x-forwarded-host': 'lab.example', origin: 'http://lab.example:8311' },
    // A scheme's own port, said or not, and TLS that ends at the proxy.
    { host: 'w', 'x-forwarded-host': 'lab.example:80', origin: 'http://lab.example' },
    {
      host: 'w',
      'x-forwarded-host': 'lab.example:443',
      'x-forwarded-proto': 'https',
      origin: 'https://lab.example',
    },
    { host: 'lab.example', 'x-forwarded-port': '443', origin: 'https://lab.example' },
    { host: 'lab.example', 'x-forwarded-port': '80', origin: 'http://lab.example' },
    // The same host, written otherwise.
    { host: 'w', 'x-forwarded-host': 'LAB.Example:8311', origin: 'http://lab.example:8311' },
    { host: '[2001:DB8:0:0::1]:8311', origin: 'http://[2001:db8::1]:8311' },
    { host: 'w', 'x-forwarded-host': '[2001:db8::1]:8311', origin: 'http://[2001:db8::1]:8311' },
    { host: '[2001:db8::1]', 'x-forwarded-port': '8311', origin: 'http://[2001:db8::1]:8311' },
    {
      host: 'w',
      'x-forwarded-host': '2001:db8::1',
      'x-forwarded-port': '8311',
      origin: 'http://[2001:db8::1]:8311',
    },
    // Two proxies that each add what they were asked for.
    {
      host: 'w',
      'x-forwarded-host': 'lab.example:8311, 10.0.0.7:8000',
      origin: 'http://lab.example:8311',
    },
    { host: 'w', 'x-forwarded-host': ' , lab.example:8311,', origin: 'http://lab.example:8311' },
  ] as Record<string, string>[]) {
    const answer = await post(app, headers);
    t.equal(answer.statusCode, 200, `${JSON.stringify(headers)} ${answer.body}`);
  }
});

t.test(
  'of several proxies the outermost trusted one says the name; what is before it is the client’s',
  async (t) => {
    const app = await testApp(t, { trustProxy: [PROXY, '10.0.0.2'], allowedHosts: ['lab.example'] });
    const headers = {
      host: 'w',
      'x-forwarded-for': '192.0.2.7, 10.0.0.2',
      origin: 'http://lab.example:8311',
    };
    const through = (hosts: string) => post(app, { ...headers, 'x-forwarded-host': hosts });
    t.equal((await through('lab.example:8311, inner:8000')).statusCode, 200);
    t.equal((await through('lab.example:8311')).statusCode, 200, 'where the inner one replaces it');
    t.equal((await through('made-up.example, lab.example:8311, inner:8000')).statusCode, 200);
    t.equal((await through('lab.example:8311, rebound.example, inner:8000')).statusCode, 421);
  },
);

t.test('no header of anybody else changes what the host is', async (t) => {
  const app = await behindProxy(t);
  const forwarded = {
    'x-forwarded-host': 'lab.example:8311',
    'x-forwarded-port': '8311',
    forwarded: 'host="lab.example:8311"',
    origin: 'http://lab.example:8311',
  };
  const untrusted = await post(app, { host: 'lab.example', ...forwarded }, '192.0.2.7');
  t.equal(untrusted.statusCode, 403);
  t.match(untrusted.json().detail, /add the proxy's address to TRUST_PROXY/);
  t.equal((await post(app, { host: 'rebound.example', ...forwarded }, '192.0.2.7')).statusCode, 421);
  const alone = await testApp(t, { allowedHosts: ['lab.example'] });
  t.equal((await post(alone, { host: 'lab.example', ...forwarded }, '127.0.0.1')).statusCode, 403);
});

t.test('behind a trusted proxy, too, other sites are refused and other names unknown', async (t) => {
  const app = await behindProxy(t);
  const host = 'lab.example:8311';
  for (const headers of [
    { host, 'x-forwarded-host': host, 'sec-fetch-site': 'cross-site', origin: `http://${host}` },
    { host, 'x-forwarded-host': host, 'sec-fetch-site': 'same-site', origin: `http://${host}` },
    { host, 'x-forwarded-host': host, origin: 'http://elsewhere.example:8311' },
    { host, 'x-forwarded-host': host, origin: 'http://lab.example:9000' },
    { host, 'x-forwarded-host': host, origin: 'http://lab.example' },
    { host, 'x-forwarded-host': host, origin: 'null' },
    // What a client adds is not ours; nor does the upstream's name stand for it.
    { host, 'x-forwarded-host': `elsewhere.example, ${host}`, origin: 'http://elsewhere.example' },
    { host: '127.0.0.1:8000', 'x-forwarded-host': host, origin: 'http://127.0.0.1:8000' },
    { host: 'lab.example', 'x-forwarded-port': '8311', origin: 'http://lab.example' },
    { host: 'lab.example', 'x-forwarded-port': '8311x', origin: 'http://lab.example:8311' },
  ]) {
    const answer = await post(app, headers as Record<string, string>);
    t.equal(answer.statusCode, 403, JSON.stringify(headers));
  }
  for (const forwarded of ['elsewhere.example', 'user@lab.example', 'lab.example/x', 'lab.example#:8311']) {
    const answer = await post(app, { host, 'x-forwarded-host': forwarded });
    t.equal(answer.statusCode, 421, forwarded);
    t.match(answer.json().detail, /\(X-Forwarded-Host\).*ALLOWED_HOSTS/);
  }
});

t.test('the sentence names the header, both values and what to set', async (t) => {
  const app = await behindProxy(t);
  const detail = async (headers: Record<string, string>) => (await post(app, headers)).json().detail;
  const origin = 'http://lab.example:8311';
  t.equal(
    await detail({ host: 'lab.example', origin }),
    'This was sent by a page of another site: Origin is "http://lab.example:8311", but Host is "lab.example". Open ' +
      'the workbench itself and do it there. If you did, have the proxy pass on the host and port it was asked for, ' +
      'in nginx "proxy_set_header Host $http_host;".',
  );
  t.match(
    await detail({ host: 'w', 'x-forwarded-host': 'lab.example', origin }),
    /but X-Forwarded-Host is "lab\.example"\..*"proxy_set_header X-Forwarded-Host \$http_host;"/,
  );
  t.equal(
    await detail({ host: 'lab.example', origin, 'sec-fetch-site': 'cross-site' }),
    'This was sent by a page of another site: Sec-Fetch-Site is "cross-site". Open the workbench itself and do it there.',
  );
  t.match(await detail({ host: 'workbench', origin }), /not known as "workbench" \(Host\)/);
});

t.test('links that can be copied, and headers for the loopback address alone, go by it', async (t) => {
  const app = await behindProxy(t);
  const headers = { host: '127.0.0.1:8000', 'x-forwarded-host': 'lab.example:8311' };
  const { id } = (
    await app.inject({
      method: 'POST',
      url: '/runs',
      headers: { accept: 'application/json' },
      payload: { epochs: 1 },
    })
  ).json();
  const page = await app.inject({
    url: `/runs/${id}`,
    remoteAddress: PROXY,
    headers: { accept: 'text/html', ...headers },
  });
  t.match(page.body, `http://lab.example:8311/runs/${id}`);
  t.equal(page.headers['cross-origin-opener-policy'], undefined);
});
