import type { FastifyRequest } from 'fastify';
import t from 'tap';
import { answerForm, wantsFragment } from '../../src/web/answer.ts';

const request = (headers: Record<string, string>) => ({ headers }) as unknown as FastifyRequest;

t.test('htmx gets a fragment, but a whole page for a boosted link', async (t) => {
  t.equal(answerForm(request({ 'hx-request': 'true', accept: 'text/html' })), 'fragment');
  t.ok(wantsFragment(request({ 'hx-request': 'true', 'hx-request-type': 'partial' })));
  t.notOk(wantsFragment(request({ 'hx-request': 'true', 'hx-request-type': 'full' })));
});

t.test('Accept chooses between page, JSON and text by its q-values', async (t) => {
  const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
  t.equal(answerForm(request({ accept: browser })), 'page');
  t.equal(answerForm(request({ accept: 'application/json' })), 'json');
  t.equal(answerForm(request({ accept: 'application/problem+json' })), 'json');
  t.equal(answerForm(request({ accept: 'text/plain' })), 'text');
  t.equal(answerForm(request({ accept: 'text/html;q=0.2, application/json;q=0.9' })), 'json');
  t.equal(answerForm(request({ accept: 'text/html;level=1;q=0.9, text/plain;q=0.1' })), 'page');
});

t.test('without a preference what was sent decides, then the fallback', async (t) => {
  t.equal(
    answerForm(request({ accept: '*/*', 'content-type': 'application/json; charset=utf-8' }), 'text'),
    'json',
  );
  t.equal(
    answerForm(request({ accept: '*/*', 'content-type': 'application/x-www-form-urlencoded' }), 'text'),
    'text',
  );
  t.equal(answerForm(request({})), 'json');
  t.equal(answerForm(request({ accept: 'text/html;q=0' }), 'text'), 'text');
});
