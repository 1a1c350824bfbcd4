import t from 'tap';
import { testApp } from '../../help/helper.ts';

const HTMX = { 'hx-request': 'true', 'hx-request-type': 'partial', accept: 'text/html' };
const BROWSER = { accept: 'text/html' };

t.test('the form shows what augmentation does, as soon as it is chosen', async (t) => {
  const app = await testApp(t);
  const strip = async (query: string) =>
    (await app.inject({ url: `/augmentation${query}`, headers: HTMX })).body;
  const pictures = (html: string) => html.match(/<img /g)?.length ?? 0;
  t.equal(pictures(await strip('?augmentation=affine&seed=3')), 40);
  t.equal(pictures(await strip('?augmentation=off')), 0);
  t.match(await strip('?augmentation=off'), /id="augmented"/, 'it can be chosen again');
  t.equal(pictures(await strip('?augmentation=elastic&seed=nonsense')), 40);
  const bad = await app.inject({ url: '/augmentation?augmentation=mirror', headers: HTMX });
  t.equal(bad.statusCode, 422);
  const home = async (query: string) => (await app.inject({ url: `/${query}`, headers: BROWSER })).body;
  t.notMatch(await home(''), /class="samples"/);
  t.match(await home('?augmentation=affine'), /class="samples"/);
});

t.test('without scripts a page shows both kinds', async (t) => {
  const app = await testApp(t);
  const { body } = await app.inject({ url: '/augmentation', headers: BROWSER });
  t.equal(body.match(/<img /g)?.length, 80);
});
