import { Readable } from 'node:stream';
import t from 'tap';
import { isDeeper } from '../../../src/recognition/body.ts';
import { testApp } from '../../help/helper.ts';

const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);

t.test('levels are counted, and no deeper than asked', async (t) => {
  t.equal(isDeeper(7, 0), false);
  t.equal(isDeeper([], 0), true);
  t.equal(isDeeper(JSON.parse(nested(16)), 16), false);
  t.equal(isDeeper(JSON.parse(nested(17)), 16), true);
  t.equal(isDeeper({ a: [1, { b: [{}] }] }, 5), false);
  t.equal(isDeeper({ a: [1, { b: [{}] }] }, 4), true);
  t.equal(isDeeper(Buffer.alloc(8), 0), false);
  t.equal(isDeeper(Readable.from([]), 0), false, 'a stream is read by its route');
  t.equal(isDeeper(JSON.parse(nested(100_000)), 16), true, 'without running out of stack');
});

t.test('nesting by the hundred thousand is refused wherever JSON is read', async (t) => {
  const app = await testApp(t);
  const deep = nested(100_000);
  const json = { 'content-type': 'application/json' };
  for (const [url, payload, headers] of [
    ['/recognize', `{"matrix":${deep}}`, json],
    ['/recognize', `{"strokes":${deep}}`, json],
    ['/recognize', `{"inputs":${deep}}`, json],
    ['/recognize', deep, json],
    ['/recognize', `matrix=${deep}`, { 'content-type': 'application/x-www-form-urlencoded' }],
    ['/recognize', `strokes=${deep}`, { 'content-type': 'application/x-www-form-urlencoded' }],
    ['/runs', `{"epochs":${deep}}`, json],
    ['/corrections', `{"truth":7,"matrix":${deep}}`, json],
    ['/corrections', `{"truth":7,"strokes":${deep}}`, json],
    ['/model', `{"run":${deep}}`, json],
  ] as const) {
    const { statusCode } = await app.inject({ method: 'POST', url, payload, headers });
    t.ok(statusCode >= 400 && statusCode < 500, `${url} ${payload.slice(0, 20)}: ${statusCode}`);
  }
  const lines = await app.inject({
    method: 'POST',
    url: '/recognize',
    headers: { 'content-type': 'application/x-ndjson' },
    payload: `{"matrix":${deep}}\n{"strokes":${deep}}\n${deep}\n`,
  });
  t.equal(lines.body.match(/"error":/g)?.length, 3);
});
