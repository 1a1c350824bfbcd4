import t from 'tap';
import { assetUrls } from '../../../src/web/http/static-files.ts';
import { testApp } from '../../help/helper.ts';

t.test('files have validators, ranges and compressed copies', async (t) => {
  const app = await testApp(t);
  const plain = await app.inject('/static/css/workbench.css');
  t.equal(plain.statusCode, 200);
  t.match(plain.headers['content-type'], /^text\/css/);
  t.equal(plain.headers['cache-control'], 'public, no-cache');
  const again = await app.inject({
    url: '/static/css/workbench.css',
    headers: { 'if-none-match': plain.headers.etag as string },
  });
  t.equal(again.statusCode, 304);
  const part = await app.inject({ url: '/static/css/workbench.css', headers: { range: 'bytes=0-9' } });
  t.equal(part.statusCode, 206);
  t.equal(part.body, plain.body.slice(0, 10));
  const small = await app.inject({
    url: '/static/vendor/chart.umd.min.js',
    headers: { 'accept-encoding': 'br, gzip' },
  });
  t.equal(small.headers['content-encoding'], 'br');
  t.ok(small.rawPayload.length < 80_000);
  t.equal((await app.inject('/static/nothing.js')).statusCode, 404);
  t.equal((await app.inject('/static/%2e%2e/package.json')).statusCode, 404);
});

t.test("an address with the content's hash may be kept for good", async (t) => {
  const app = await testApp(t);
  const { address } = app;
  const asset = assetUrls({ fresh: false, address });
  const url = asset('css/workbench.css');
  t.match(url, /^\/static\/css\/workbench\.css\?v=[0-9a-f]{10}$/);
  t.equal(asset('css/workbench.css'), url);
  t.equal(assetUrls({ fresh: true, address })('css/workbench.css'), url);
  t.match((await app.inject(url)).headers['cache-control'], /immutable/);
});

t.test('the first page is light: few requests, nothing from another host', async (t) => {
  const app = await testApp(t);
  const page = await app.inject({
    url: '/',
    headers: { accept: 'text/html', 'accept-encoding': 'br, gzip' },
  });
  t.equal(page.headers['content-encoding'], 'br');
  const html = (await app.inject({ url: '/', headers: { accept: 'text/html' } })).body;
  t.notMatch(html, /(?:src|href)="(?:https?:)?\/\//);
  const files = [...html.matchAll(/(?:src|href)="(\/static\/[^"]+)"/g)].map((match) => match[1]);
  t.ok(files.length <= 9, `${files.length} files`);
  let bytes = page.rawPayload.length;
  for (const url of new Set([...files, '/static/vendor/chart.umd.min.js'])) {
    const file = await app.inject({ url, headers: { 'accept-encoding': 'br, gzip' } });
    t.equal(file.statusCode, 200, url);
    bytes += file.rawPayload.length;
  }
  t.ok(bytes <= 150_000, `${bytes} bytes, the chart included`);
});
