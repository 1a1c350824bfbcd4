/** A second language reaches every word of every page: one whose words are English ones between brackets. */
import type { FastifyInstance } from 'fastify';
import t from 'tap';
import { buildApp } from '../../src/app.ts';
import { type Catalogue, english, translate } from '../../src/catalogue/catalogue.ts';
import { EN } from '../../src/catalogue/en.ts';
import { TEST_CONFIG } from '../help/helper.ts';
import { storeRun } from '../help/stored-run.ts';

const BRACKETED = Object.fromEntries(
  Object.entries(EN).map(([key, message]) => [key, `⟦${message}⟧`]),
) as unknown as Catalogue;

/** Names, units and values, which are the same in every language; and what is described in English for programs. */
const NAMES =
  /LeNet-5 workbench|MNIST|JSON|CSV|OpenAPI|Node|(?:val_)?(?:loss|accuracy)|relu|tanh|sigmoid|adam\w*|nadam|adagrad|adadelta|rmsprop|sgd|ftrl|RMSprop|Ada\w+|Nadam|SGD|FTRL|simd|tensorflow|seed|batch|constant|mnist|off|\d+\s*(?:ms|s|min|h|MB|kB)|UTC|epoch/gi;

/** What an operator has to do for an engine that is not here is said in English, as in the log. */
const STILL_ENGLISH = /is not installed/;

/** The words outside brackets that a page shows or tells a screen reader. */
function englishWords(html: string): string[] {
  const body = html
    .slice(html.indexOf('<body'))
    .replaceAll(/<(script|style|pre|code|textarea)\b.*?<\/\1>/gs, ' ');
  const attributes = [...body.matchAll(/\s(?:title|alt|placeholder|aria-label)="([^"]*)"/g)].map(
    ([, text]) => text,
  );
  const shown = outside(body).split('\n');
  return [...shown, ...attributes]
    .map((text) =>
      outside(text)
        .replaceAll(/&\w+;|&#\d+;/g, ' ')
        .replaceAll(NAMES, '')
        .trim(),
    )
    .filter((text) => /[a-z]{2}/i.test(text) && !STILL_ENGLISH.test(text));
}

/** What stands in no brackets, which may begin before a tag and end behind it. */
function outside(html: string): string {
  let [depth, rest] = [0, ''];
  for (const piece of html.split(/(<[^>]*>|[⟦⟧])/)) {
    if (piece === '⟦') depth += 1;
    else if (piece === '⟧') depth -= 1;
    else if (piece.startsWith('<')) rest += '\n';
    else if (depth === 0) rest += piece;
  }
  return rest;
}

async function start(): Promise<FastifyInstance> {
  const app = await buildApp(TEST_CONFIG, { languages: [english, translate('fr', BRACKETED)] });
  t.teardown(() => app.close());
  return app;
}

t.test('no English word is left on a page in another language', async (t) => {
  const app = await start();
  await storeRun(app, {});
  await storeRun(app, { settings: { optimizer: 'sgd', learningrate: 0.1 } });
  await storeRun(app, { state: 'queued' });
  const headers = { accept: 'text/html', 'accept-language': 'fr' };
  for (const url of [
    '/',
    '/runs',
    '/runs/1',
    '/runs/3',
    '/compare?run=1&run=2',
    '/sweeps',
    '/sweeps/new',
    '/corrections',
    '/augmentation',
    '/nowhere',
    '/runs/99',
    '/runs?state=none',
  ]) {
    const { body, headers: answered } = await app.inject({ url, headers });
    t.match(answered.vary, 'accept-language');
    t.match(body, /<html lang="fr">/, url);
    t.same(englishWords(body), [], url);
  }
  for (const [url, fields] of [
    ['/runs', { epochs: '0', schedule: 'none', learningrate: '-1', who: 'x'.repeat(200) }],
    ['/runs/2/fork', { epoch: 'none' }],
    ['/runs/2/label', { name: 'x'.repeat(200), note: 'x'.repeat(3_000), pinned: 'perhaps' }],
    ['/sweeps', { epochs: '5' }],
    ['/sweeps', { epochs: '5, 900' }],
    ['/sweeps', { halving: 'perhaps' }],
  ] as const) {
    const payload = new URLSearchParams(fields).toString();
    const form = { ...headers, 'content-type': 'application/x-www-form-urlencoded' };
    const { body, statusCode } = await app.inject({ method: 'POST', url, headers: form, payload });
    t.equal(statusCode, 422, `${url} ${payload.slice(0, 40)}`);
    t.same(englishWords(body), [], `${url} ${payload.slice(0, 40)}`);
  }
  const { body } = await app.inject({ url: '/', headers: { accept: 'text/html' } });
  t.match(body, /<html lang="en">/);
  t.notMatch(body, '⟦', 'who names no language reads English');
  const json = await app.inject({ url: '/runs/99', headers: { ...headers, accept: 'application/json' } });
  t.equal(json.json().detail, 'There is no run 99.', 'programs read English');
});
