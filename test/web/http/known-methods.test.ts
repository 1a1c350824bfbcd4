import t from 'tap';
import { testApp } from '../../help/helper.ts';

t.test('a wrong method on a known address is 405 and names the right ones', async (t) => {
  const app = await testApp(t);
  for (const [method, url, allow] of [
    ['GET', '/fine-tunes', 'POST'],
    ['PUT', '/runs', 'GET, HEAD, POST'],
    ['DELETE', '/now/Asia/Tokyo', 'GET, HEAD'],
    ['GET', '/runs/1/stop?x=1', 'POST'],
    ['POST', '/corrections/7', 'DELETE'],
    ['OPTIONS', '/runs', 'GET, HEAD, POST'],
    ['PROPFIND', '/', 'GET, HEAD'],
    ['POST', '/static/css/workbench.css', 'GET, HEAD'],
    ['QUERY', '/runs', 'GET, HEAD, POST'],
    // It would wait for the end of a stream.
    ['HEAD', '/runs/1/events', 'GET'],
    ['HEAD', '/sweeps/1/events', 'GET'],
    ['OPTIONS', '/sweeps/3.csv', 'GET, HEAD'],
    ['OPTIONS', '/corrections/delete', 'GET, HEAD, POST'],
    ['PUT', '/sweeps/new', 'GET, HEAD'],
    ['DELETE', '/sweeps/new', 'GET, HEAD'],
    ['DELETE', '/corrections/delete', 'GET, HEAD, POST'],
    ['PUT', '/runs/', 'GET, HEAD, POST'],
  ] as const) {
    const answer = await app.inject({ method: method as 'GET', url });
    t.equal(answer.statusCode, 405, `${method} ${url}`);
    t.equal(answer.headers.allow, allow);
    if (method !== 'HEAD')
      t.match(answer.json(), { status: 405, title: 'Method not allowed', code: 'WRONG_METHOD' });
  }
  const page = await app.inject({ url: '/recognize', headers: { accept: 'text/html' } });
  t.match(page.body, /<html[\s\S]*does not allow GET, only POST/);
  t.equal((await app.inject('/nowhere')).statusCode, 404);
  t.equal((await app.inject('/static/nothing.js')).statusCode, 404, 'the address is known, the file is not');
  t.equal((await app.inject({ method: 'POST', url: '/runsx' })).statusCode, 404);
});

t.test('what is sent where nobody reads it is not complained about', async (t) => {
  const app = await testApp(t);
  const bodies = [
    { headers: { 'content-type': 'application/json' }, payload: '{' },
    { headers: { 'content-type': 'image/tiff' }, payload: 'II' },
    { headers: { 'content-type': 'no type' }, payload: 'x' },
    { payload: 'a'.repeat(2 ** 21) },
  ];
  for (const body of bodies) {
    const answers = await Promise.all(
      ['/now', '/nowhere'].map((url) => app.inject({ method: 'POST', url, ...body })),
    );
    t.same(
      answers.map(({ statusCode }) => statusCode),
      [405, 404],
      JSON.stringify(body).slice(0, 60),
    );
  }
});
