/** What somebody who means harm sends; SECURITY.md lists it. Attacks on one plugin's subject are in its own tests. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { testApp } from '../../help/helper.ts';

type App = Awaited<ReturnType<typeof testApp>>;

/** Sent as it is: clients tidy addresses and headers up. */
async function raw(app: App, text: string): Promise<string> {
  const socket = connect((app.server.address() as { port: number }).port, '127.0.0.1');
  socket.on('error', () => {});
  let answer = '';
  socket.on('data', (piece) => {
    answer += piece;
  });
  socket.write(text);
  await once(socket, 'close');
  return answer;
}

async function listening(t: Parameters<typeof testApp>[0]): Promise<App> {
  const app = await testApp(t);
  await app.listen({ host: '127.0.0.1', port: 0 });
  return app;
}

t.test('no file outside static/ is read, however its path is written', async (t) => {
  const app = await listening(t);
  for (const path of [
    '/static/../package.json',
    '/static/..%2fpackage.json',
    '/static/%2e%2e/package.json',
    '/static/%2e%2e%2fpackage.json',
    '/static/..%5cpackage.json',
    '/static/css/../../package.json',
    '/static/css/%252e%252e/%252e%252e/package.json',
    '/static//etc/passwd',
    '/static/%2fetc%2fpasswd',
    '/static/css/workbench.css%00.png',
    '/static/.gitignore',
    '/static/',
    '/static/css',
    '/../package.json',
    '//package.json',
  ]) {
    const answer = await raw(app, `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    t.match(answer, /^HTTP\/1\.1 4\d\d/, path);
    t.notMatch(answer, /"dependencies"|root:/);
  }
});

t.test('JSON and forms cannot reach a prototype', async (t) => {
  const app = await testApp(t);
  const json = { 'content-type': 'application/json' };
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  for (const [url, payload, headers] of [
    ['/runs', '{"__proto__":{"polluted":1},"epochs":1}', json],
    ['/runs', '{"constructor":{"prototype":{"polluted":1}}}', json],
    ['/recognize', '{"__proto__":{"polluted":1}}', json],
    ['/recognize', '{"strokes":{"__proto__":{"polluted":1}}}', json],
    ['/recognize', '{"__proto__":{"polluted":1}}\n', { 'content-type': 'application/x-ndjson' }],
    ['/corrections', '{"__proto__":{"polluted":1}}', json],
    ['/runs', '__proto__[polluted]=1', form],
    ['/runs', '__proto__.polluted=1', form],
    ['/runs', 'constructor[prototype][polluted]=1', form],
    ['/v2/models/lenet5/infer', '{"__proto__":{"polluted":1},"inputs":[{"__proto__":{"polluted":1}}]}', json],
  ] as const) {
    const { statusCode } = await app.inject({ method: 'POST', url, payload, headers });
    t.ok(statusCode === 200 || (statusCode >= 400 && statusCode < 500), `${url} ${payload}: ${statusCode}`);
    t.notOk('polluted' in {}, 'objects stay as they are');
  }
  await app.inject('/?__proto__[polluted]=1&constructor[prototype][polluted]=1');
  t.notOk('polluted' in {});
  t.equal((await app.workbench.store.list()).count, 0, 'and nothing was trained');
});

t.test('long texts that a pattern might stumble over are answered, not pondered', async (t) => {
  const app = await testApp(t);
  const long = 15_000;
  const started = performance.now();
  for (const request of [
    { url: `/${'a/'.repeat(long / 2)}` },
    { url: `/runs/${'1'.repeat(long)}` },
    { url: `/now/${'A/'.repeat(long / 2)}` },
    { url: `/sign-in?to=${'/'.repeat(long)}x` },
    { url: `/?epochs=${'9'.repeat(long)}` },
    { url: '/', headers: { accept: `text/html;${'q=0;'.repeat(long / 4)}` } },
    { url: '/', headers: { accept: `${'text/html,'.repeat(long / 10)}` } },
    { url: '/', headers: { 'accept-encoding': `${'gzip,'.repeat(long / 5)}` } },
    { url: '/', headers: { cookie: `${'a=b;'.repeat(long / 4)}` } },
    { url: '/', headers: { authorization: `Bearer${' '.repeat(long)}!` } },
    { url: '/', headers: { host: `${'a.'.repeat(long / 2)}` } },
    { url: '/', headers: { host: `${':'.repeat(long)}8` } },
    { url: '/', headers: { 'hx-request': 'true', 'hx-current-url': `http://${'/'.repeat(long)}` } },
    { url: '/', headers: { 'x-owner': 'a'.repeat(long) } },
    { url: '/static/css/workbench.css', headers: { range: `bytes=${'0-1,'.repeat(long / 4)}` } },
    { url: '/static/css/workbench.css', headers: { 'if-none-match': `${'"a",'.repeat(long / 4)}` } },
  ]) {
    const { statusCode } = await app.inject(request);
    t.ok(statusCode < 500, `${JSON.stringify(request).slice(0, 40)}: ${statusCode}`);
  }
  for (const payload of [
    `matrix=${'['.repeat(500_000)}`,
    `matrix=${'[1,'.repeat(300_000)}`,
    `epochs=${'1'.repeat(900_000)}`,
    'a&'.repeat(500_000),
  ]) {
    for (const url of ['/recognize', '/runs']) {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      const { statusCode } = await app.inject({ method: 'POST', url, payload, headers });
      t.ok(statusCode >= 400 && statusCode < 500, `${url} ${payload.slice(0, 12)}: ${statusCode}`);
    }
  }
  t.comment(`${Math.round(performance.now() - started)} ms in all`);
});

t.test('multipart forms: too many parts, names without end, no end at all', async (t) => {
  const app = await testApp(t);
  const headers = { 'content-type': 'multipart/form-data; boundary=x' };
  const part = (name: string, value = '1', more = '') =>
    `--x\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`;
  for (const payload of [
    Array.from({ length: 500 }, (_, i) => part(`field${i}`)).join(''),
    Array.from({ length: 50 }, (_, i) => part('image', 'x', `; filename="${i}.png"`)).join(''),
    `${part('n'.repeat(100_000))}--x--\r\n`,
    `${part('matrix', '1'.repeat(2 * 2 ** 20))}--x--\r\n`,
    `${part('__proto__')}${part('constructor')}--x--\r\n`,
    `${part('image', 'x', '; filename="../../../etc/passwd"')}--x--\r\n`,
    `--x\r\n${'A: b\r\n'.repeat(50_000)}\r\n--x--\r\n`,
    part('matrix').slice(0, 20),
    '--x',
    '--x--',
    '',
  ]) {
    const { statusCode } = await app.inject({ method: 'POST', url: '/recognize', headers, payload });
    t.ok(statusCode >= 400 && statusCode < 500, `${payload.slice(0, 60)} … ${payload.length}: ${statusCode}`);
  }
  for (const type of [
    'multipart/form-data',
    'multipart/form-data; boundary=',
    `multipart/form-data; boundary=${'x'.repeat(9000)}`,
  ]) {
    const { statusCode } = await app.inject({
      method: 'POST',
      url: '/recognize',
      headers: { 'content-type': type },
      payload: 'x',
    });
    t.ok(statusCode >= 400 && statusCode < 500, `${type.slice(0, 40)}: ${statusCode}`);
  }
  t.equal((await app.inject('/now')).statusCode, 200, 'it goes on');
});

t.test('a compressed body that would unpack to much is refused, a damaged one too', async (t) => {
  const payload = gzipSync(Buffer.alloc(64 * 2 ** 20, 0x20));
  const app = await testApp(t);
  for (const url of ['/recognize', '/runs']) {
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    const bomb = await app.inject({ method: 'POST', url, headers, payload });
    t.equal(bomb.statusCode, 413, url);
    const damaged = await app.inject({ method: 'POST', url, headers, payload: 'no gzip' });
    t.equal(damaged.statusCode, 400);
  }
});

t.test('headers: too large, smuggled, split or without a host', async (t) => {
  const app = await listening(t);
  for (const [request, status] of [
    [`GET /now HTTP/1.1\r\nHost: localhost\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
    ['GET /now HTTP/1.1\r\n\r\n', 400],
    ['GET /now HTTP/1.0\r\n\r\n', 421],
    ['GET /livez HTTP/1.0\r\n\r\n', 200],
    [
      'GET /now HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['POST /runs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab', 400],
    [
      'POST /runs HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: x, chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['GET /now HTTP/1.1\r\nHost: localhost\r\nX : a\r\n\r\n', 400],
    ['GET /now HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\n\r\n', 400],
    ['GET http://rebound.example/now HTTP/1.1\r\nHost: rebound.example\r\nConnection: close\r\n\r\n', 421],
    ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400],
  ] as const) {
    t.match(await raw(app, request), new RegExp(`^HTTP/1\\.1 ${status}`), request.slice(0, 80));
  }
  const split = await app.inject('/sign-in?to=/x%0d%0aSet-Cookie:%20a=b');
  t.notOk(split.headers['set-cookie']?.includes('a=b'));
  const back = await app.inject({
    method: 'POST',
    url: '/runs',
    headers: { accept: 'text/html', referer: 'http://localhost/\u00e9?<script>' },
  });
  t.notMatch(back.body, /<script>(?!<)/);
});
