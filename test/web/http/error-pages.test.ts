import t from 'tap';
import { CodedError } from '../../../src/errors.ts';
import { testApp } from '../../help/helper.ts';

t.test('an address that is not there, for people and for scripts', async (t) => {
  const app = await testApp(t);
  const page = await app.inject({ url: '/nowhere', headers: { accept: 'text/html' } });
  t.equal(page.statusCode, 404);
  t.match(page.body, /<html[\s\S]*There is nothing at this address/);
  const json = await app.inject('/nowhere');
  t.match(json.headers['content-type'], /^application\/problem\+json/);
  t.match(json.json(), { type: 'about:blank', title: 'Not found', status: 404, code: 'NOT_FOUND' });
  const fragment = await app.inject({ url: '/nowhere', headers: { 'hx-request': 'true' } });
  t.notMatch(fragment.body, /<html/);
  t.match(fragment.body, /There is nothing at this address/);
  const text = await app.inject({ url: '/nowhere', headers: { accept: 'text/plain' } });
  t.equal(text.body, 'There is nothing at this address.');
});

t.test('what a sentence repeats is seen, and turns nothing round', async (t) => {
  const app = await testApp(t);
  const detail = async (id: string) => (await app.inject(`/runs/${id}`)).json().detail;
  t.equal(await detail('%00%0a%1b'), 'There is no run \ufffd\ufffd\ufffd.');
  t.equal(await detail('%E2%80%AE31'), 'There is no run \ufffd31.');
  t.equal(await detail('%F0%9F%91%A9%E2%80%8D%F0%9F%94%AC'), 'There is no run 👩‍🔬.');
});

t.test('a refusal for want of room is no fault in the log', async (t) => {
  const app = await testApp(t);
  const logged: unknown[] = [];
  app.addHook('onRequest', async (request) => {
    request.log.error = ((error: unknown) => logged.push(error)) as typeof request.log.error;
  });
  app.workbench.store.list = () => {
    throw new CodedError({ code: 'BUSY', status: 503, message: 'Come again.', retryAfter: 1 });
  };
  const answer = await app.inject('/runs');
  t.equal(answer.statusCode, 503);
  t.equal(answer.headers['retry-after'], '1');
  t.same(logged, []);
});

t.test('a fault of ours tells nothing of itself', async (t) => {
  const app = await testApp(t);
  app.workbench.store.list = () => {
    throw new Error('secret detail in /etc/passwd');
  };
  const answer = await app.inject('/runs');
  t.equal(answer.statusCode, 500);
  t.notMatch(answer.body, /secret|passwd/);
  t.match(answer.json().detail, /logged/);
});

t.test('every answer carries the strict headers', async (t) => {
  const app = await testApp(t);
  for (const url of ['/', '/nowhere', '/now']) {
    const { headers } = await app.inject({ url, headers: { accept: 'text/html' } });
    t.match(headers['content-security-policy'], /default-src 'none';script-src 'self';style-src 'self'/);
    t.notMatch(headers['content-security-policy'], /unsafe/);
    t.equal(headers['x-content-type-options'], 'nosniff');
    t.notOk(headers['x-powered-by']);
  }
});

t.test('an address that is no text, and a client that hangs up', async (t) => {
  const app = await testApp(t);
  const refused = await app.inject('/%ff');
  t.equal(refused.statusCode, 400);
  t.match(refused.json(), { status: 400, code: 'BAD_ADDRESS', detail: /is not valid/ });
  app.workbench.store.list = () => {
    throw Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
  };
  t.equal((await app.inject('/runs')).statusCode, 400, 'no fault of the server');
});

t.test('a slash at the end of an address does not matter', async (t) => {
  const app = await testApp(t);
  for (const url of ['/runs/', '/sweeps/', '/model/', '/now/', '/runs/?page=1']) {
    t.equal((await app.inject({ url, headers: { accept: 'application/json' } })).statusCode, 200, url);
  }
});

t.test('a body that is packed otherwise than it says', async (t) => {
  const app = await testApp(t);
  const post = (encoding: string) =>
    app.inject({
      method: 'POST',
      url: '/runs',
      headers: { 'content-type': 'application/json', 'content-encoding': encoding },
      payload: '{}',
    });
  t.match((await post('gzip')).json(), { status: 400, detail: /not compressed as its Content-Encoding/ });
  t.match((await post('lzma')).json(), { status: 415, detail: /Content-Encoding is not supported/ });
  t.equal((await app.workbench.store.list()).count, 0);
});
