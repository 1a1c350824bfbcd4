import type { FastifyInstance } from 'fastify';
import t from 'tap';
import { drawingToImage } from '../../../src/images/drawing.ts';
import { browserOf, CLASS, signedIn } from '../../help/cookie-jar.ts';
import { testApp } from '../../help/helper.ts';

const JSON_ONLY = { accept: 'application/json' };
const BROWSER = { accept: 'text/html,*/*;q=0.8' };
const HTMX = { 'hx-request': 'true', 'hx-request-type': 'partial', accept: 'text/html' };
const FORM = { ...BROWSER, 'content-type': 'application/x-www-form-urlencoded' };

/** One stroke each. */
const SEVEN = [
  [
    [78, 76],
    [150, 66],
    [214, 70],
    [180, 160],
    [140, 236],
  ],
] as const;
const ONE = [
  [
    [150, 60],
    [150, 240],
  ],
] as const;
const SLIP = [
  [
    [150, 60],
    [150, 61],
  ],
];
const matrix = (strokes: typeof SEVEN | typeof ONE) => [...drawingToImage(strokes)];

const post = (app: FastifyInstance, payload: object, headers: object = JSON_ONLY) =>
  app.inject({ method: 'POST', url: '/corrections', headers: headers as Record<string, string>, payload });

t.test('a drawing is kept with what was read and what it is', async (t) => {
  const app = await testApp(t);
  const kept = await post(app, { truth: 1, strokes: SEVEN });
  t.equal(kept.statusCode, 201);
  const correction = kept.json();
  t.match(correction, { id: 1, truth: 1, answer: 7, strokes: SEVEN, model: 'the built-in model' });
  t.same(correction.image, matrix(SEVEN));
  t.ok(correction.probabilities[7] > 0.5);

  t.test(
    'of matrix and strokes the matrix is what was seen; strokes of another drawing are left out',
    async (t) => {
      const both = (
        await post(app, { truth: '7', matrix: JSON.stringify(matrix(SEVEN)), strokes: JSON.stringify(SEVEN) })
      ).json();
      t.match(both, { truth: 7, strokes: SEVEN });
      const stale = (await post(app, { truth: 7, matrix: matrix(SEVEN), strokes: ONE })).json();
      t.match(stale, { strokes: null, image: matrix(SEVEN) });
      t.match((await post(app, { truth: 0, matrix: matrix(ONE), strokes: '' })).json(), {
        truth: 0,
        answer: 1,
        strokes: null,
      });
    },
  );
});

t.test('a form gets the page; htmx gets a sentence that can be undone', async (t) => {
  const app = await testApp(t);
  const fields = new URLSearchParams({ truth: '9', matrix: JSON.stringify(matrix(SEVEN)) });
  const page = await app.inject({ method: 'POST', url: '/corrections', headers: FORM, payload: `${fields}` });
  t.equal(page.statusCode, 303);
  t.equal(page.headers.location, '/corrections');

  const fragment = await post(app, { truth: 9, matrix: matrix(SEVEN) }, HTMX);
  t.equal(fragment.statusCode, 201);
  t.match(fragment.body, /Saved as a 9 in/);
  const undo = /action="([^"]+)"/.exec(fragment.body)![1];
  t.equal(undo, '/corrections/2/delete');
  const undone = await app.inject({ method: 'POST', url: undo, headers: HTMX });
  t.equal(undone.statusCode, 200);
  t.match(undone.body, /Wrong\? Tell it the right digit:/);
  t.match(undone.body, JSON.stringify(matrix(SEVEN)), 'to say it anew');
  t.equal(await app.workbench.corrections.count(), 1);
});

t.test('the answer brings the ten buttons; one that failed does not', async (t) => {
  const app = await testApp(t);
  const read = (payload: object) => app.inject({ method: 'POST', url: '/recognize', headers: HTMX, payload });
  const { body } = await read({ matrix: matrix(SEVEN) });
  t.equal(body.match(/name="truth"/g)?.length, 10);
  t.match(body, `value="${JSON.stringify(matrix(SEVEN))}"`);
  t.notMatch((await read({ matrix: new Array(784).fill(0) })).body, /name="truth"/);
  t.notMatch((await app.inject({ url: '/', headers: BROWSER })).body, /name="truth"/);
});

t.test('what cannot be kept gets a sentence', async (t) => {
  const app = await testApp(t);
  const cases: [payload: unknown, detail: RegExp][] = [
    [{ strokes: SEVEN }, /"truth" must be a digit/],
    [{ truth: 10, strokes: SEVEN }, /"truth" must be a digit/],
    [{ truth: [7], strokes: SEVEN }, /"truth" must be a digit/],
    [{ truth: -1, strokes: SEVEN }, /"truth" must be a digit/],
    [{ truth: 7 }, /"matrix" of 28×28 numbers, "strokes" as lists/],
    [[1], /Send the right digit/],
    [{ truth: 7, matrix: '[1,' }, /"matrix" is not valid JSON/],
    [{ truth: 7, matrix: [1, 2] }, /has 2 numbers/],
    [{ truth: 7, strokes: [] }, /Nothing drawn/],
    [{ truth: 1, strokes: SLIP }, /Too little drawn/],
    [{ truth: 1, matrix: new Array(784).fill(0).with(400, 255) }, /Too little drawn/],
    [{ truth: 7, matrix: new Array(784).fill(0) }, /Nothing drawn/],
  ];
  for (const [payload, detail] of cases) {
    const answer = await post(app, payload as object);
    t.equal(answer.statusCode, 422, `${detail}`);
    t.match(answer.json().detail, detail);
  }
  t.equal(await app.workbench.corrections.count(), 0);
});

t.test('the page: pictures, filters, pages', async (t) => {
  const app = await testApp(t);
  const get = (url: string, headers: object = BROWSER) =>
    app.inject({ url, headers: headers as Record<string, string> });
  t.match((await get('/corrections')).body, /No corrections yet/);
  t.notMatch((await get('/corrections')).body, /Fine-tune/);
  for (const [truth, strokes] of [
    [1, SEVEN],
    [9, SEVEN],
    [4, ONE],
  ] as const) {
    await post(app, { truth, strokes });
  }
  const { body } = await get('/corrections');
  t.match(body, /<title>Corrections · /);
  t.match(body, /aria-current="page">Corrections</);
  t.equal(body.match(/alt="Digit \d"/g)?.length, 3);
  t.match(body, /action="\/fine-tunes"/);
  t.notMatch(body, /undefined|NaN|\[object/);
  t.match(body, 'href="/corrections?truth=4"');
  t.match(body, 'href="/corrections?answer=7"');

  const read7 = await get('/corrections?answer=7');
  t.equal(read7.body.match(/alt="Digit \d"/g)?.length, 2);
  t.match(read7.body, 'href="/corrections?truth=9&amp;answer=7"', 'filters go together');
  t.notMatch(read7.body, 'href="/corrections?truth=4&amp;answer=7"', 'but not to where nothing is');
  t.match(read7.body, 'href="/corrections.json?answer=7"');
  t.match((await get('/corrections?truth=0')).body, /No corrections match/);
  t.equal((await get('/corrections?truth=x')).statusCode, 422);
  t.match((await get('/corrections?truth=1', JSON_ONLY)).json(), {
    count: 1,
    page: 1,
    corrections: [{ truth: 1 }],
  });

  for (let i = 0; i < 60; i++) await post(app, { truth: 2, strokes: ONE });
  const first = await get('/corrections');
  t.match(first.body, 'href="/corrections?page=2"');
  t.notMatch(first.body, />Newer</);
  const second = await get('/corrections?page=2');
  t.equal(second.body.match(/alt="Digit \d"/g)?.length, 3);
  t.match(second.body, 'href="/corrections?page=1"');
});

t.test('export: JSON, and files as MNIST has them', async (t) => {
  const app = await testApp(t);
  t.same((await app.inject('/corrections.json')).json(), []);
  await post(app, { truth: 1, strokes: SEVEN });
  await post(app, { truth: 4, strokes: ONE });
  const list = await app.inject('/corrections.json');
  t.match(list.headers['content-disposition'], /attachment; filename="corrections.json"/);
  t.match(list.json(), [{ truth: 1, answer: 7, strokes: SEVEN, image: matrix(SEVEN) }, { truth: 4 }]);
  t.equal((await app.inject('/corrections.json?truth=4')).json().length, 1);

  const images = (await app.inject('/corrections-images-idx3-ubyte')).rawPayload;
  t.same([...images.subarray(0, 16)], [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 28, 0, 0, 0, 28]);
  t.same([...images.subarray(16, 16 + 784)], matrix(SEVEN));
  t.equal(images.length, 16 + 2 * 784);
  const labels = (await app.inject('/corrections-labels-idx1-ubyte')).rawPayload;
  t.same([...labels], [0, 0, 8, 1, 0, 0, 0, 2, 1, 4]);
});

t.test('deleting: one, or all that are shown after a question', async (t) => {
  const app = await testApp(t);
  for (const truth of [1, 9, 9, 4]) await post(app, { truth, strokes: SEVEN });
  const one = await app.inject({ method: 'POST', url: '/corrections/4/delete', headers: BROWSER });
  t.equal(one.statusCode, 303);
  const again = await app.inject({ method: 'DELETE', url: '/corrections/4', headers: JSON_ONLY });
  t.equal(again.statusCode, 404);
  t.match(again.json().detail, 'There is no correction 4; it may have been deleted already.');
  t.match((await app.inject({ method: 'DELETE', url: '/corrections/1', headers: JSON_ONLY })).json(), {
    id: 1,
  });
  t.equal(
    (await app.inject({ method: 'DELETE', url: '/corrections/x', headers: JSON_ONLY })).statusCode,
    404,
  );

  const question = await app.inject({ url: '/corrections/delete?truth=9', headers: BROWSER });
  t.match(question.body.replaceAll('\u00a0', ' '), /Delete 2 corrections\?/);
  t.match(question.body, /Drawings of a 9/);
  const fields = [...question.body.matchAll(/type="hidden" name="(\w+)" value="(\d+)"/g)];
  t.same(
    fields.map(([, name, value]) => [name, value]),
    [
      ['truth', '9'],
      ['newest', '3'],
    ],
  );
  await post(app, { truth: 9, strokes: SEVEN });
  const payload = { truth: '9', newest: '3' };
  const all = await app.inject({ method: 'POST', url: '/corrections/delete', headers: JSON_ONLY, payload });
  t.same(all.json(), { deleted: 2 });
  t.equal(await app.workbench.corrections.count(), 1, 'one that came after the question stays');
  const rest = await app.inject({ method: 'POST', url: '/corrections/delete', headers: BROWSER });
  t.equal(rest.statusCode, 303);
  t.equal(await app.workbench.corrections.count(), 0);
  t.equal(
    (await app.inject({ url: '/corrections/delete', headers: BROWSER })).statusCode,
    303,
    'nothing to ask',
  );
});

t.test('a run cannot learn from corrections that are not there', async (t) => {
  const app = await testApp(t);
  const payload = { data: 'mnist+corrections', epochs: 1 };
  const refused = await app.inject({ method: 'POST', url: '/runs', headers: JSON_ONLY, payload });
  t.equal(refused.statusCode, 422);
  t.match(refused.json().errors.data, /^There are no corrections yet/);
  t.match(
    (await app.inject({ method: 'POST', url: '/runs', headers: HTMX, payload })).body,
    /id="dataerror"/,
  );
  await post(app, { truth: 1, strokes: SEVEN });
  const started = await app.inject({ method: 'POST', url: '/runs', headers: JSON_ONLY, payload });
  t.equal(started.statusCode, 201);
  await app.inject({ method: 'POST', url: '/runs/1/stop', headers: JSON_ONLY });
  const only = await app.inject({
    method: 'POST',
    url: '/runs',
    headers: JSON_ONLY,
    payload: { data: 'corrections' },
  });
  t.match(
    only.json().errors.data,
    /must be one of mnist, mnist\+pen, mnist\+corrections\./,
    'only a fine-tune does that',
  );
});

t.test('what does not say which corrections are meant deletes none', async (t) => {
  const app = await testApp(t);
  await post(app, { truth: 7, strokes: SEVEN });
  const headers = { ...JSON_ONLY, 'content-type': 'application/json' };
  for (const [payload, status, sentence] of [
    [
      '{"truht":3}',
      422,
      /^Corrections have no query parameter "truht"; they have truth, answer, newest and mine\.$/,
    ],
    ['{"newest":"yesterday"}', 422, /^"newest" must be a whole number from 1 to 999999999\.$/],
    ['{"newest":[1]}', 422, /^"newest" must be/],
    ['{"mine":"yes"}', 422, /^"mine" must be 1 or omitted\.$/],
    ['{"mine":true}', 422, /^"mine" must be 1/],
    ['{"truth":[7]}', 422, /^"truth" must be a digit/],
    ['{"truth":null}', 422, /^"truth" must be a digit/],
    ['{"newest":null}', 422, /^"newest" must be/],
    ['[7]', 400, /^Send a form or a JSON object\.$/],
    ['"all"', 400, /^Send a form/],
    ['null', 400, /^Send a form/],
  ] as const) {
    const answer = await app.inject({ method: 'POST', url: '/corrections/delete', headers, payload });
    t.equal(answer.statusCode, status, payload);
    t.match(answer.json().detail, sentence);
  }
  t.equal(await app.workbench.corrections.count(), 1);
  t.same((await app.inject({ method: 'POST', url: '/corrections/delete' })).json(), { deleted: 1 });
});

t.test('a page that is none, and one behind the last', async (t) => {
  const app = await testApp(t);
  for (const page of ['0', '-1', 'x', '1.5', '9999999999999999999999', '1&page=2']) {
    const answer = await app.inject(`/corrections?page=${page}`);
    t.equal(answer.statusCode, 422, page);
    t.match(answer.json(), { field: 'page', detail: /^"page" must be a whole number/ });
  }
  for (const [query, page] of [
    ['', 1],
    ['?page=', 1],
    ['?page=999999999', 999_999_999],
  ] as const) {
    t.match((await app.inject(`/corrections${query}`)).json(), { count: 0, page, corrections: [] });
  }
});

/** A class: its server, and a browser of each. */
async function lesson(t: Parameters<typeof testApp>[0]) {
  const app = await testApp(t, CLASS);
  await app.workbench.training.close();
  const [ada, bob, teacher] = [
    await signedIn(app),
    await signedIn(app),
    await signedIn(app, CLASS.adminToken),
  ];
  ada.cookies['workbench-name'] = 'Ada';
  const guest = browserOf(app);
  await guest.inject({ url: '/' });
  return { app, ada, bob, teacher, guest };
}

type Browser = ReturnType<typeof browserOf>;

const say = async (browser: Browser, truth: number, strokes: typeof SEVEN | typeof ONE = SEVEN) =>
  (
    await browser.inject({
      method: 'POST',
      url: '/corrections',
      headers: JSON_ONLY,
      payload: { truth, strokes },
    })
  ).json();

t.test(
  'in a class a correction is its owner’s: others see it, whose it is, and cannot delete it',
  async (t) => {
    const { app, ada, bob, teacher, guest } = await lesson(t);
    t.match(await say(ada, 1), { id: 1, owner: { id: /^[0-9a-f]{16}$/, name: 'Ada' } });
    await say(bob, 3);
    for (const [who, browser] of Object.entries({ bob, guest })) {
      const { body } = await browser.inject({ url: '/corrections' });
      t.match(body, /Ada(&#39;|')s/, who);
      t.notMatch(body, 'action="/corrections/1/delete"', 'without a button for it');
    }
    t.match(
      (await ada.inject({ url: '/corrections' })).body,
      /href="\/corrections\/1\/delete"[\s\S]*|someone else/,
    );
    t.match((await teacher.inject({ url: '/corrections' })).body, 'action="/corrections/1/delete"');
    for (const [method, url] of [
      ['POST', '/corrections/1/delete'],
      ['DELETE', '/corrections/1'],
      ['GET', '/corrections/1/delete'],
    ] as const) {
      const refused = await bob.inject({ method, url, headers: JSON_ONLY });
      t.equal(refused.statusCode, 403, `${method} ${url}`);
      t.match(refused.json(), {
        code: 'NOT_YOURS',
        detail: "Correction 1 is Ada's: only Ada can delete it.",
      });
      t.equal((await guest.inject({ method, url, headers: JSON_ONLY })).statusCode, 401);
    }
    t.equal(await app.workbench.corrections.count(), 2);
    t.match((await ada.inject({ method: 'DELETE', url: '/corrections/2', headers: JSON_ONLY })).json(), {
      detail: "Correction 2 is someone else's: only they can delete it.",
    });

    const question = await ada.inject({ url: '/corrections/1/delete' });
    t.match(question.body.replaceAll('\u00a0', ' '), /<h1[^>]*>Delete this 1, correction 1\?/);
    t.match(question.body, /action="\/corrections\/1\/delete"/);
    t.equal(await app.workbench.corrections.count(), 2, 'asking deletes nothing');
    t.equal((await ada.inject({ method: 'POST', url: '/corrections/1/delete' })).statusCode, 303);
    t.equal((await teacher.inject({ method: 'POST', url: '/corrections/2/delete' })).statusCode, 303);
    t.equal(await app.workbench.corrections.count(), 0);
  },
);

t.test('“delete all” deletes one’s own; an admin is told how many are others’', async (t) => {
  const { app, ada, bob, teacher } = await lesson(t);
  for (const truth of [1, 2, 9]) await say(ada, truth);
  await say(bob, 9);
  const { corrections } = app.workbench;
  const nobodys = { truth: 4, answer: 7, probabilities: new Array(10).fill(0.1), model: 'x', strokes: null };
  await corrections.add({ ...nobodys, image: new Uint8Array(784) });

  t.match((await ada.inject({ url: '/corrections' })).body, 'Delete your 3 …');
  const text = async (browser: Browser, url: string) =>
    (await browser.inject({ url })).body.replaceAll('\u00a0', ' ');
  t.match(await text(ada, '/corrections/delete'), /Delete 3 corrections\?[\s\S]*all of them yours\./);
  t.match(await text(ada, '/corrections/delete?truth=9'), /Delete 1 correction\?/);
  t.match(await text(teacher, '/corrections/delete'), /Delete 5 corrections\?[\s\S]*5 of them not yours\./);
  const none = await bob.inject({ url: '/corrections/delete?truth=1' });
  t.equal(none.statusCode, 303, 'there is nothing of his to ask about');

  const all = (browser: Browser, payload = {}) =>
    browser.inject({ method: 'POST', url: '/corrections/delete', headers: JSON_ONLY, payload });
  t.same((await all(bob, { truth: 1 })).json(), { deleted: 0 });
  t.same((await all(ada)).json(), { deleted: 3 });
  t.equal(await corrections.count(), 2, 'neither those of others nor those of nobody');
  t.same((await all(teacher)).json(), { deleted: 2 });
});

t.test('a script says whose it is by X-Owner; nameless ones share theirs', async (t) => {
  const { app } = await lesson(t);
  const as = (owner: string | null, token: string = CLASS.token) => ({
    ...JSON_ONLY,
    authorization: `Bearer ${token}`,
    ...(owner && { 'x-owner': owner }),
  });
  t.match((await post(app, { truth: 1, strokes: SEVEN }, as('Ada'))).json().owner, { name: 'Ada' });
  t.equal((await post(app, { truth: 2, strokes: SEVEN }, as(null))).json().owner, null);
  const remove = async (id: number, headers: Record<string, string>) =>
    (await app.inject({ method: 'DELETE', url: `/corrections/${id}`, headers })).statusCode;
  t.equal(await remove(1, as('Bob')), 403);
  t.equal(await remove(1, as(null)), 403);
  t.equal(await remove(2, as('Bob')), 200, "nobody's, as with runs");
  t.equal(await remove(1, as(null, CLASS.adminToken)), 200);
});

t.test('what is shown and taken away: everybody’s, or with mine=1 one’s own', async (t) => {
  const { app, ada, bob, guest } = await lesson(t);
  await say(ada, 1);
  await say(ada, 2, ONE);
  await say(bob, 3);
  const ids = async (browser: Browser, url: string) => {
    const { corrections } = (await browser.inject({ url, headers: JSON_ONLY })).json();
    return corrections.map(({ id }: { id: number }) => id);
  };
  t.same(await ids(bob, '/corrections'), [3, 2, 1]);
  t.same(await ids(bob, '/corrections?mine=1'), [3]);
  t.same(await ids(ada, '/corrections?mine=1&truth=2'), [2]);
  t.same(await ids(guest, '/corrections?mine=1'), []);
  t.equal((await app.inject('/corrections?mine=2')).statusCode, 422);
  const labels = async (browser: Browser, query: string) =>
    [...(await browser.inject({ url: `/corrections-labels-idx1-ubyte${query}` })).rawPayload].slice(8);
  t.same(await labels(ada, '?mine=1'), [1, 2]);
  t.same(await labels(ada, ''), [1, 2, 3]);
  t.equal((await bob.inject({ url: '/corrections.json?mine=1' })).json().length, 1);
  t.equal(
    (await ada.inject({ url: '/corrections-images-idx3-ubyte?mine=1' })).rawPayload.length,
    16 + 2 * 784,
  );
  const { body } = await ada.inject({ url: '/corrections?mine=1' });
  t.match(body, 'href="/corrections.json?mine=1"');
  t.match(body, 'href="/corrections?truth=2&amp;mine=1"', 'filters go together');
  t.match(body, 'aria-label="By"');
});

t.test('a run learns from its owner’s corrections, an admin’s from all; its page says so', async (t) => {
  const { app, ada, bob, teacher } = await lesson(t);
  const { store, corrections } = app.workbench;
  await say(ada, 1);
  const train = (browser: Browser, url = '/runs', payload: object = { data: 'mnist+corrections' }) =>
    browser.inject({ method: 'POST', url, headers: JSON_ONLY, payload });
  const refused = await train(bob);
  t.equal(refused.statusCode, 422);
  t.match(refused.json().errors.data, /^You have no corrections yet/);
  t.match((await train(bob, '/fine-tunes', {})).json(), { code: 'NO_CORRECTIONS', detail: /^You have no/ });
  const sweep = { settings: { data: 'mnist+corrections' }, grid: { seed: [1, 2] } };
  t.equal((await train(bob, '/sweeps', sweep)).statusCode, 422);

  await say(bob, 3, ONE);
  const truths = async (id: number) =>
    (await Array.fromAsync(corrections.images((await store.get(id))!.corrections!)))
      .flat()
      .map(({ truth }) => truth);
  t.equal((await train(bob)).statusCode, 201);
  t.equal((await train(bob, '/fine-tunes', {})).statusCode, 201);
  t.equal((await train(teacher)).statusCode, 201);
  t.equal((await train(ada, '/sweeps', sweep)).statusCode, 201);
  await say(bob, 5);
  t.same(
    await Promise.all([1, 2, 3, 4, 5].map(truths)),
    [[3], [3], [1, 3], [1], [1]],
    'those there were when it was asked for',
  );
  t.match((await bob.inject({ url: '/runs/1' })).body, /Corrections<\/dt><dd>yours, up to number 2</);
  t.match((await bob.inject({ url: '/runs/3' })).body, /Corrections<\/dt><dd>all, up to number 2</);
  t.match((await bob.inject({ url: '/runs/4' })).body, /Corrections<\/dt><dd>Ada(&#39;|')s, up to number 2</);
  t.match((await ada.inject({ url: '/runs/1', headers: JSON_ONLY })).json().corrections, {
    everybody: false,
    owner: { name: '' },
    newest: 2,
  });
  t.match((await teacher.inject({ url: '/' })).body, /MNIST and everybody(&#39;|')s corrections</);
  t.match((await ada.inject({ url: '/' })).body, /MNIST and my corrections</);
});

t.test('alone everything is one person’s, whichever browser it was said in', async (t) => {
  const app = await testApp(t);
  await app.workbench.training.close();
  const [one, other] = [browserOf(app), browserOf(app)];
  for (const browser of [one, other]) await browser.inject({ url: '/' });
  await say(one, 1);
  await say(other, 3);
  const run = await one.inject({
    method: 'POST',
    url: '/runs',
    headers: JSON_ONLY,
    payload: { data: 'mnist+corrections' },
  });
  t.match(run.json().corrections, { everybody: true, owner: null, newest: 2 });
  t.match((await one.inject({ url: '/' })).body, /MNIST and my corrections</);
  t.equal((await other.inject({ method: 'POST', url: '/corrections/1/delete' })).statusCode, 303);
  t.same((await one.inject({ method: 'POST', url: '/corrections/delete', headers: JSON_ONLY })).json(), {
    deleted: 1,
  });
});

t.test('one pupil cannot take the room of all', async (t) => {
  const { app, ada, bob, teacher } = await lesson(t);
  const { corrections } = app.workbench;
  const { owner } = await say(ada, 1);
  const kept = { truth: 4, answer: 7, probabilities: new Array(10).fill(0.1), model: 'x', strokes: null };
  for (let i = 1; i < 1000; i++) await corrections.add({ ...kept, image: new Uint8Array(784), owner });
  t.match(await say(ada, 1), { status: 409, code: 'NO_ROOM', detail: /^You have 1,000 corrections/ });
  t.match(await say(bob, 1), { truth: 1 });
  t.match(await say(teacher, 1), { truth: 1 });
});
