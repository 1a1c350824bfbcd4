import type { InjectOptions } from 'fastify';
import t from 'tap';
import { testApp } from '../../help/helper.ts';
import { storeRun } from '../../help/stored-run.ts';

/** As clients say of all they send, whether they send anything or not. */
const TYPES = [
  'application/json',
  'application/json; charset=utf-8',
  'Application/JSON',
  'application/problem+json',
  'application/x-www-form-urlencoded',
  'application/x-www-form-urlencoded; charset=UTF-8',
  'text/plain;charset=UTF-8',
  'application/octet-stream',
  'text/xml',
] as const;

t.test('an action without a body is one, whatever its content type', async (t) => {
  const app = await testApp(t);
  await storeRun(app, { state: 'stopped' });
  const actions: [method: 'POST' | 'DELETE', url: string, status: number][] = [
    ['POST', '/runs/1/stop', 200],
    ['POST', '/runs/1/fork', 422],
    ['POST', '/runs/99/resume', 404],
    ['POST', '/sweeps/99/stop', 404],
    ['POST', '/sign-out', 303],
    ['POST', '/corrections/delete', 200],
    ['DELETE', '/runs/99', 404],
    ['DELETE', '/corrections/99', 404],
    ['POST', '/model', 422],
    ['POST', '/recognize', 422],
    ['POST', '/corrections', 422],
  ];
  for (const [method, url, status] of actions) {
    const ask = (request: InjectOptions) => app.inject({ method, url, ...request });
    const accept = { accept: 'application/json' };
    const plain = await ask({ headers: accept });
    t.equal(plain.statusCode, status, `${method} ${url}: ${plain.body}`);
    for (const type of TYPES) {
      for (const length of [{}, { 'content-length': '0' }, { 'transfer-encoding': 'chunked' }]) {
        const headers = { ...accept, 'content-type': type, ...length };
        const { statusCode, body } = await ask({ headers });
        t.same([statusCode, body], [status, plain.body], `${method} ${url} ${JSON.stringify(headers)}`);
      }
    }
    for (const headers of [
      { 'content-type': '' },
      { 'content-type': 'json' },
      { 'content-type': 'multipart/form-data' },
      { 'content-type': 'multipart/form-data; boundary=b' },
      { 'content-type': TYPES[0], 'content-encoding': 'gzip' },
      { 'content-encoding': 'zstd' },
    ]) {
      const { statusCode, body } = await ask({ headers: { ...accept, ...headers } });
      t.same([statusCode, body], [status, plain.body], `${method} ${url} ${JSON.stringify(headers)}`);
    }
    t.equal(
      (await ask({ headers: { ...accept, 'content-type': 'text/json' }, payload: '\n' })).statusCode,
      status,
    );
    for (const payload of ['\n', '\r\n', ' ', 'null', ' null\n']) {
      const { statusCode } = await ask({ headers: { ...accept, 'content-type': TYPES[0] }, payload });
      const meansAll = url === '/corrections/delete' && payload.includes('null');
      t.equal(statusCode, meansAll ? 400 : status, `${method} ${url} ${JSON.stringify(payload)}`);
    }
  }
});

t.test('a run goes on when it is told so with an empty JSON body', async (t) => {
  const app = await testApp(t);
  for (const type of TYPES) {
    const id = await storeRun(app, { state: 'stopped' });
    const headers = { accept: 'application/json', 'content-type': type };
    const answer = await app.inject({ method: 'POST', url: `/runs/${id}/resume`, headers });
    t.equal(answer.statusCode, 200, `${type}: ${answer.body}`);
    await app.inject({ method: 'POST', url: `/runs/${id}/stop`, headers });
  }
});

t.test('a body that is there is still read, and what is no JSON refused', async (t) => {
  const app = await testApp(t);
  const post = (url: string, type: string, payload: string) =>
    app.inject({
      method: 'POST',
      url,
      headers: { accept: 'application/json', 'content-type': type },
      payload,
    });
  t.match((await post('/runs', 'application/json', '{"epochs":0}')).json(), { status: 422 });
  for (const type of ['application/merge-patch+json', 'text/json', 'application/x-json']) {
    t.match((await post('/runs', type, '{"epochs":0}')).json(), { errors: { epochs: /1 to 200/ } }, type);
  }
  for (const broken of ['{', 'nonsense', '\u{0}']) {
    t.match((await post('/runs', 'application/json', broken)).json(), {
      status: 400,
      detail: 'The body is not valid JSON.',
    });
  }
  t.equal((await post('/runs', 'text/xml', '<epochs>0</epochs>')).statusCode, 415);
});
