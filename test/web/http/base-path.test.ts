/** The whole product below a path of a proxy: every address that goes out has it, whether the proxy passes it on or not. */
import type { FastifyInstance } from 'fastify';
import t from 'tap';
import { withoutBase } from '../../../src/web/http/base-path.ts';
import { CLASS, signedIn } from '../../help/cookie-jar.ts';
import { testApp } from '../../help/helper.ts';
import { storeRun } from '../../help/stored-run.ts';

const BASE = '/labs/room-3';

t.test('what comes loses the base, if it has it', async (t) => {
  const strip = (url: string) => withoutBase(BASE)({ url });
  t.equal(strip('/labs/room-3'), '/');
  t.equal(strip('/labs/room-3/'), '/');
  t.equal(strip('/labs/room-3?epochs=5'), '/?epochs=5');
  t.equal(strip('/labs/room-3/runs/1?a=b'), '/runs/1?a=b');
  t.equal(strip('/runs/1'), '/runs/1', 'a proxy took it away');
  t.equal(strip('/labs/room-30/runs'), '/labs/room-30/runs', 'another room');
  t.equal(withoutBase('')({ url: '/runs' }), '/runs');
});

/** Addresses in a page that the server is asked for. */
const addressesOf = (html: string) =>
  [...html.matchAll(/\s(?:href|action|src|hx-(?:get|post|delete)|data-chart-script)="([^"#]*)/g)]
    .map(([, address]) => address)
    .filter((address) => address !== '' && !address.startsWith('data:'));

const html = async (app: FastifyInstance, url: string, headers = {}) =>
  (await app.inject({ url, headers: { accept: 'text/html', ...headers } })).body;

t.test('every page, in every state, names only addresses below the base, which are there', async (t) => {
  const app = await testApp(t, { basePath: BASE });
  await storeRun(app, { state: 'stopped' });
  await storeRun(app);
  await storeRun(app, { state: 'queued' });
  const sweep = { settings: { epochs: 1 }, grid: { seed: [1, 2] } };
  await app.inject({ method: 'POST', url: '/sweeps', payload: sweep });
  const image = new Uint8Array(784).fill(200);
  const probabilities = new Array<number>(10).fill(0.1);
  const said = { truth: 1, answer: 7, probabilities, model: 'x', image, strokes: null };
  await app.workbench.corrections.add(said);
  const seen = new Set<string>();
  const next = [`${BASE}/`];
  for (let address = next.pop(); address !== undefined; address = next.pop()) {
    const path = address.split('?')[0];
    // A list has itself under many queries.
    if (seen.has(path)) continue;
    seen.add(path);
    const answer = await app.inject({
      url: address.replaceAll('&amp;', '&'),
      headers: { accept: 'text/html' },
    });
    // What is only posted to.
    if (answer.statusCode === 404 || answer.statusCode === 405) continue;
    // Nothing is ticked.
    if (path === `${BASE}/compare`) continue;
    t.ok(answer.statusCode < 400, `${address}: ${answer.statusCode}`);
    if (!/^text\/html/.test(String(answer.headers['content-type']))) continue;
    const addresses = addressesOf(answer.body);
    t.same(
      addresses.filter((there) => !there.startsWith(`${BASE}/`) && there !== BASE),
      [],
      address,
    );
    next.push(...addresses);
  }
  t.ok(seen.size > 40, `${seen.size} addresses`);
  const fragment = await html(app, '/runs/1/progress', { 'hx-request': 'true' });
  t.ok(addressesOf(fragment).every((address) => address.startsWith(BASE)));
});

t.test('answers to scripts, redirects and cookies have it too', async (t) => {
  const app = await testApp(t, { basePath: BASE });
  const id = await storeRun(app);
  const json = async (url: string) =>
    (await app.inject({ url, headers: { accept: 'application/json' } })).json();
  t.equal((await json(`${BASE}/runs/${id}`)).url, `${BASE}/runs/${id}`);
  t.equal((await json('/runs')).runs[0].url, `${BASE}/runs/${id}`);
  t.same((await json(`${BASE}/openapi.json`)).servers, [{ url: BASE }]);
  const stop = await app.inject({
    method: 'POST',
    url: `${BASE}/runs/${id}/label`,
    payload: 'name=x',
    headers: { accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded' },
  });
  t.equal(stop.headers.location, `${BASE}/runs/${id}`);
  const page = await app.inject({ url: `${BASE}/`, headers: { accept: 'text/html' } });
  t.match(String(page.headers['set-cookie']), `Path=${BASE}/`);
  const link = (await html(app, `${BASE}/runs/${id}`)).match(/id="copylink"[^>]*value="([^"]*)"/)?.[1];
  t.match(link, new RegExp(`^http://[^/]+${BASE}/runs/${id}$`));
});

t.test('one signs in and comes back to where one was', async (t) => {
  const app = await testApp(t, { ...CLASS, basePath: BASE });
  await storeRun(app);
  const asked = await app.inject({ url: `${BASE}/runs/1/delete`, headers: { accept: 'text/html' } });
  t.equal(asked.headers.location, `${BASE}/sign-in?to=%2Fruns%2F1%2Fdelete`);
  const polled = await app.inject({
    url: '/runs/1/delete',
    headers: {
      accept: 'text/html',
      'hx-request': 'true',
      'hx-current-url': `http://localhost${BASE}/runs/1`,
    },
  });
  t.notMatch(polled.body, `to=${encodeURIComponent(BASE)}`);
  const ada = await signedIn(app);
  t.equal((await ada.inject({ url: `${BASE}/runs/1` })).statusCode, 200);
});
