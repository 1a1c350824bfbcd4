import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import sharp from 'sharp';
import t, { type Test } from 'tap';
import { readMnist } from '../../../src/datasets/mnist.ts';
import { readShippedModel } from '../../../src/recognition/model-reader.ts';
import { DEFAULT_SETTINGS } from '../../../src/training/settings.ts';
import { letters } from '../../fixtures/not-digits/not-digits.ts';
import { testApp } from '../../help/helper.ts';
import { storeRun } from '../../help/stored-run.ts';
import { addEpoch } from '../../help/train.ts';

const JSON_ONLY = { accept: 'application/json' };
const HTMX = { 'hx-request': 'true', accept: 'text/html' };
const BROWSER = { accept: 'text/html,*/*;q=0.8' };

const mnist = readMnist('test');
const testImage = (i: number) => mnist.images.subarray(i * 784, (i + 1) * 784);
const rows = (flat: ArrayLike<number>) =>
  Array.from({ length: 28 }, (_, y) => Array.from(flat).slice(y * 28, y * 28 + 28));

/** A seven: one stroke, 300 units wide. */
const SEVEN = [
  [
    [78, 76],
    [110, 70],
    [150, 66],
    [190, 66],
    [214, 70],
    [200, 120],
    [180, 160],
    [160, 200],
    [140, 236],
  ],
];

function multipart(parts: readonly { name: string; content: Buffer | string; file?: string }[]) {
  const boundary = '----part';
  const body = parts.flatMap(({ name, content, file }) => [
    Buffer.from(
      `--${boundary}\r\ncontent-disposition: form-data; name="${name}"${file ? `; filename="${file}"` : ''}\r\n\r\n`,
    ),
    Buffer.from(content as string),
    Buffer.from('\r\n'),
  ]);
  return {
    payload: Buffer.concat([...body, Buffer.from(`--${boundary}--\r\n`)]),
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
  };
}

const post = (app: FastifyInstance, payload: object, headers: Record<string, string> = JSON_ONLY) =>
  app.inject({ method: 'POST', url: '/recognize', headers, payload });

t.test('a JSON matrix, flat or in rows, 0–255 or 0–1, gives the same answer', async (t) => {
  const app = await testApp(t);
  const flat = Array.from(testImage(2));
  const first = await post(app, { matrix: flat });
  t.equal(first.statusCode, 200);
  const { digit, probabilities, model } = first.json();
  t.equal(digit, 1);
  t.equal(probabilities.length, 10);
  t.ok(Math.abs(probabilities.reduce((a: number, b: number) => a + b) - 1) < 1e-5);
  t.type(model, 'string');
  const units = flat.map((v) => v / 255);
  for (const [matrix, scale] of [
    [flat, '0-255'],
    [rows(flat), '0-255'],
    [units, '0-1'],
    [rows(units), '0-1'],
  ]) {
    t.same((await post(app, { matrix })).json(), { ...first.json(), scale });
  }
  t.match((await post(app, { matrix: flat }, { accept: '*/*' })).json(), { digit: 1 }, 'JSON in, JSON out');
});

t.test('strokes of any size and place', async (t) => {
  const app = await testApp(t);
  for (const [scale, shift] of [
    [1, 0],
    [0.05, 280],
    [40, -9000],
  ]) {
    const strokes = SEVEN.map((stroke) => stroke.map(([x, y]) => [x * scale + shift, y * scale + shift]));
    t.equal((await post(app, { strokes })).json().digit, 7, `scale ${scale}`);
  }
  const fragment = await post(app, { strokes: SEVEN }, HTMX);
  t.match(fragment.body, /id="predictresult"[^>]*>[\s\S]*Digit 7/);
  t.match(fragment.body, /\[\[0,0,/, 'with the numbers the network saw');
});

t.test('a picture file', async (t) => {
  const app = await testApp(t);
  const white = await sharp(Buffer.from(testImage(0)), { raw: { width: 28, height: 28, channels: 1 } })
    .resize(140, 140)
    .negate()
    .png()
    .toBuffer();
  const form = multipart([{ name: 'image', content: white, file: 'seven.png' }]);
  const json = await app.inject({
    method: 'POST',
    url: '/recognize',
    ...form,
    headers: { ...form.headers, ...JSON_ONLY },
  });
  t.match(json.json(), { digit: 7 });
  const page = await app.inject({
    method: 'POST',
    url: '/recognize',
    ...form,
    headers: { ...form.headers, ...BROWSER },
  });
  t.match(page.body, /<html[\s\S]*Digit 7/);
  t.equal((await app.inject({ method: 'POST', url: '/recognize', ...form })).body, 'Digit 7');
});

t.test('the other inputs by multipart form', async (t) => {
  const app = await testApp(t);
  const matrix = multipart([{ name: 'matrix', content: JSON.stringify(Array.from(testImage(0))) }]);
  t.equal((await app.inject({ method: 'POST', url: '/recognize', ...matrix })).body, 'Digit 7');
  const strokes = multipart([{ name: 'strokes', content: JSON.stringify(SEVEN) }]);
  t.equal((await app.inject({ method: 'POST', url: '/recognize', ...strokes })).body, 'Digit 7');
});

t.test('bad input gets a sentence and a 4xx, and the server goes on', async (t) => {
  const app = await testApp(t);
  const zeros = Array.from({ length: 784 }, () => 0);
  const bad: [string, object, number, RegExp][] = [
    ['nothing', {}, 422, /Send a "matrix"/],
    ['a list', [1, 2], 422, /Send a "matrix"/],
    ['wrong length', { matrix: [1, 2, 3] }, 422, /784|28/],
    ['27 rows', { matrix: rows(zeros).slice(1) }, 422, /784|28/],
    ['a word', { matrix: 'seven' }, 422, /"matrix" is not valid JSON/],
    ['words', { matrix: zeros.map(() => 'x') }, 422, /number/],
    ['null', { matrix: zeros.map(() => null) }, 422, /number/],
    ['too large', { matrix: zeros.map(() => 1e9) }, 422, /255/],
    ['nothing drawn', { strokes: [] }, 422, /Nothing drawn/],
    ['no points', { strokes: [[]] }, 422, /Nothing drawn/],
    ['no pairs', { strokes: [[1, 2]] }, 422, /\[x, y\]/],
    ['not finite', { strokes: '[[[1, 1e999]]]' }, 422, /./],
  ];
  for (const [name, payload, status, sentence] of bad) {
    const answer = await post(app, payload);
    t.equal(answer.statusCode, status, name);
    t.match(answer.json().detail, sentence, name);
    t.notMatch(answer.body, /node_modules|\bat \w+ \(|\.ts/, 'no stack, no path');
  }
  const text = await app.inject({
    method: 'POST',
    url: '/recognize',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: 'matrix=[1,2',
  });
  t.equal(text.statusCode, 422);
  t.equal(text.body, '"matrix" is not valid JSON.');
  const fragment = await post(app, { strokes: [] }, HTMX);
  t.equal(fragment.statusCode, 422);
  t.match(fragment.body, /id="predictresult"[^>]*>[\s\S]*Nothing drawn/);
  const page = await post(app, { strokes: [] }, BROWSER);
  t.match(page.body, /<html[\s\S]*Nothing drawn/);

  const huge = await app.inject({
    method: 'POST',
    url: '/recognize',
    headers: { 'content-type': 'application/json' },
    payload: `{"matrix": [${'1,'.repeat(5e6)}1]}`,
  });
  t.equal(huge.statusCode, 413);
  t.match(huge.json().detail, /too large/);
  const noPicture = multipart([{ name: 'image', content: 'not a picture', file: 'x.png' }]);
  const notPicture = await app.inject({ method: 'POST', url: '/recognize', ...noPicture });
  t.ok(notPicture.statusCode === 415 || notPicture.statusCode === 422);
  const heavy = multipart([{ name: 'image', content: Buffer.alloc(12.5 * 2 ** 20), file: 'x.png' }]);
  const tooHeavy = await app.inject({ method: 'POST', url: '/recognize', ...heavy });
  t.equal(tooHeavy.statusCode, 413);
  t.match(tooHeavy.body, /12 MB/);
  const beyond = multipart([{ name: 'image', content: Buffer.alloc(20 * 2 ** 20), file: 'x.png' }]);
  const tooLarge = await app.inject({ method: 'POST', url: '/recognize', ...beyond });
  t.match(tooLarge.body, 'The picture is too large: 12 MB at most.');
  const noneSent = multipart([{ name: 'image', content: '', file: '' }]);
  t.equal((await app.inject({ method: 'POST', url: '/recognize', ...noneSent })).statusCode, 422);
  const unknownType = await app.inject({
    method: 'POST',
    url: '/recognize',
    headers: { 'content-type': 'application/x-yaml' },
    payload: 'matrix: 1',
  });
  t.equal(unknownType.statusCode, 415);

  t.match((await post(app, { strokes: SEVEN })).json(), { digit: 7 }, 'the server goes on');
});

t.test('digits drawn apart are read one by one, from left to right', async (t) => {
  const app = await testApp(t);
  const one = [
    [
      [330, 60],
      [325, 240],
    ],
  ]; // prettier-ignore
  const both = [...one, ...SEVEN];
  const json = (await post(app, { strokes: both })).json();
  t.match(json, { digit: 7, sure: true, text: 'Digits 7 1', digits: [{ digit: 7 }, { digit: 1 }] });
  t.equal(json.digits[1].probabilities.length, 10);
  t.equal((await post(app, { strokes: both }, { accept: 'text/plain' })).body, 'Digits 7 1');
  const fragment = (await post(app, { strokes: both }, HTMX)).body;
  t.match(fragment, /id="predictresult"[\s\S]*Digits 7 1/);
  t.equal(fragment.match(/<img/g)?.length, 2, 'with what the network saw of each');
  t.equal((await post(app, { strokes: SEVEN })).json().digits, undefined);
});

t.test('digits apart in a matrix and in a picture are read one by one too', async (t) => {
  const app = await testApp(t);
  const { images, labels } = readMnist('test');
  // Half as large, side by side.
  const both = new Array(784).fill(0);
  for (let y = 0; y < 14; y++)
    for (let x = 0; x < 14; x++) {
      both[(7 + y) * 28 + x] = images[2 * y * 28 + 2 * x];
      both[(7 + y) * 28 + 14 + x] = images[4 * 784 + 2 * y * 28 + 2 * x];
    }
  t.match((await post(app, { matrix: both })).json(), { digits: [{}, {}] });

  const wide = new Uint8Array(70 * 28);
  for (let y = 0; y < 28; y++) {
    wide.set(images.subarray(y * 28, (y + 1) * 28), y * 70);
    wide.set(images.subarray((28 + y) * 28, (29 + y) * 28), y * 70 + 42);
  }
  const raw = { width: 70, height: 28, channels: 1 } as const;
  const png = await sharp(wide, { raw }).negate().resize(700, 280).png().toBuffer();
  const form = new FormData();
  form.set('image', new Blob([Uint8Array.from(png)]), 'two.png');
  const request = new Request('http://x/', { method: 'POST', body: form });
  const answer = await app.inject({
    method: 'POST',
    url: '/recognize',
    headers: { accept: 'application/json', 'content-type': request.headers.get('content-type')! },
    payload: Buffer.from(await request.arrayBuffer()),
  });
  t.match(answer.json(), {
    sure: true,
    text: `Digits ${labels[0]} ${labels[1]}`,
    digits: [{ digit: labels[0] }, { digit: labels[1] }],
  });
});

t.test('rows of digits in a picture come with their boxes, which the page draws', async (t) => {
  const app = await testApp(t);
  const { images, labels } = readMnist('test');
  // Two rows of two, 100 and 200 pixels apart, each digit on 56 of them.
  const sheet = new Uint8Array(300 * 300);
  for (let i = 0; i < 4; i++) {
    const [left, top] = [40 + 100 * (i % 2), 30 + 150 * Math.floor(i / 2)];
    for (let y = 0; y < 56; y++) {
      for (let x = 0; x < 56; x++) {
        sheet[(top + y) * 300 + left + x] = images[i * 784 + (y >> 1) * 28 + (x >> 1)];
      }
    }
  }
  const png = await sharp(sheet, { raw: { width: 300, height: 300, channels: 1 } })
    .negate()
    .resize(900, 900)
    .png()
    .toBuffer();
  const send = (headers: Record<string, string>) =>
    app.inject({
      method: 'POST',
      url: '/recognize',
      headers: { ...headers, 'content-type': 'image/png' },
      payload: png,
    });
  const { text, digits } = (await send({ accept: 'application/json' })).json();
  t.equal(text, `Digits ${labels[0]} ${labels[1]} / ${labels[2]} ${labels[3]}`);
  t.same(
    digits.map(({ row }: { row: number }) => row),
    [0, 0, 1, 1],
  );
  for (const [i, { box }] of digits.entries()) {
    const [left, top] = [3 * (40 + 100 * (i % 2)), 3 * (30 + 150 * Math.floor(i / 2))];
    t.ok(box.left > left && box.left + box.width < left + 168, `across: ${JSON.stringify(box)}`);
    t.ok(
      box.top > top && box.top + box.height < top + 168 && box.height > 80,
      `down: ${JSON.stringify(box)}`,
    );
  }
  const { body } = await send(HTMX);
  t.match(body, /<svg class="found" viewBox="0 0 900 900"[\s\S]*<image href="data:image\/jpeg;base64,/);
  const { left, top } = digits[3].box;
  t.match(
    body,
    new RegExp(`<a href="#bars4" aria-label="Digit 4 of 4: ${labels[3]}"><rect x="${left}" y="${top}"`),
  );
  t.match(body, /<ol class="bars" id="bars4"/);
});

t.test('what is no digit gets no sure answer', async (t) => {
  const app = await testApp(t);
  const k = letters({ each: 1, seed: 5 }).find(({ name }) => name === 'K');
  const json = (await post(app, { strokes: k?.strokes })).json();
  t.match(json, { sure: false, text: /^Not sure: \d( or \d)?\?$/ });
  t.equal(json.probabilities.indexOf(Math.max(...json.probabilities)), json.digit);
  const fragment = (await post(app, { strokes: k?.strokes }, HTMX)).body;
  t.match(fragment, /Not sure:[\s\S]*Draw it again/);
});

t.test('of several digits each has its own bars, and the unsure one is named', async (t) => {
  const app = await testApp(t);
  const k = letters({ each: 1, seed: 5 }).find(({ name }) => name === 'K')!.strokes;
  const beside = [...SEVEN, ...placed(k, 320), ...placed(SEVEN, 560)];
  const { sure, digits } = (await post(app, { strokes: beside })).json();
  t.equal(sure, false);
  t.same(
    digits.map((each: { sure: boolean }) => each.sure),
    [true, false, true],
  );
  const { body } = await post(app, { strokes: beside }, HTMX);
  t.match(body, /class="sure">Unsure of digit 2 of 3\. Write it more clearly</);
  t.match(
    body,
    new RegExp(`class="number">Not sure: 7 <span class="doubtful">${digits[1].digit}</span> 7\\?</span>`),
  );
  t.equal(body.match(/<details name="eachdigit"/g)?.length, 3);
  t.match(body, /<details name="eachdigit" open>\s*<summary>Digit 2 of 3: /, 'the unsure one is shown');
  t.equal(body.match(/<ol class="bars"/g)?.length, 3);
  const [, second] = body.split(/<ol class="bars"/).slice(1);
  t.match(second, `How likely each digit is, for digit 2 of 3`);
  const shares = [...second.matchAll(/: ([\d.]+)\s%/g)].map(([, share]) => Number(share));
  t.same(
    shares.slice(0, 10),
    digits[1].probabilities.map((share: number) => Number((share * 100).toFixed(1))),
  );

  const clear = await post(app, { strokes: [...SEVEN, ...placed(SEVEN, 320)] }, HTMX);
  t.match(clear.body, /Sure of every digit[\s\S]*<details name="eachdigit" open>\s*<summary>Digit 1 of 2/);
});

/** As large as the seven, so far to the right. */
function placed(strokes: readonly (readonly (readonly number[])[])[], right: number): number[][][] {
  const [xs, ys] = [0, 1].map((axis) => strokes.flat().map((point) => point[axis]));
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  const scale = 170 / Math.max(Math.max(...xs) - left, Math.max(...ys) - top);
  return strokes.map((stroke) =>
    stroke.map(([x, y]) => [right + (x - left) * scale, 66 + (y - top) * scale]),
  );
}

t.test('a run that trains reads with the weights of its last epoch', async (t) => {
  const app = await testApp(t);
  const { store } = app.workbench;
  const run = await store.create(DEFAULT_SETTINGS);
  const refused = await post(app, { strokes: SEVEN, run: run.id });
  t.equal(refused.statusCode, 409);
  t.match(refused.json().detail, /has not finished an epoch/);
  t.equal((await post(app, { strokes: SEVEN, run: 'none' })).statusCode, 404);

  const metrics = { loss: 1, accuracy: 0.5, val_loss: 1, val_accuracy: 0.5, seconds: 1 };
  const checkpoint = { slots: {}, step: 1, random: [1, 2, 3, 4] };
  const shipped = (await readShippedModel()).weights;
  await addEpoch(store, run.id, { epoch: 1, ...metrics }, { ...checkpoint, weights: shipped }, true);
  const first = (await post(app, { strokes: SEVEN, run: run.id })).json();
  t.match(first, { digit: 7, model: `run ${run.id}, epoch 1` });
  await addEpoch(
    store,
    run.id,
    { epoch: 2, ...metrics },
    { ...checkpoint, weights: shipped.map(() => 0) },
    false,
  );
  const form = { strokes: JSON.stringify(SEVEN), run: String(run.id) };
  const second = await app.inject({
    method: 'POST',
    url: '/recognize',
    headers: { ...HTMX, 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams(form).toString(),
  });
  t.match(second.body, /Not sure[\s\S]*data-reader>run \d+, epoch 2</);
  t.match((await post(app, { strokes: SEVEN })).json(), { digit: 7, model: 'the built-in model' });
});

t.test('a batch is read as each of its inputs is alone', async (t) => {
  const app = await testApp(t);
  const inputs = [{ matrix: Array.from(testImage(0)) }, { strokes: SEVEN }, { matrix: [1] }, null];
  const answer = await post(app, { inputs }, { accept: '*/*' });
  t.equal(answer.statusCode, 200);
  const { results, model } = answer.json();
  t.equal(results.length, 4);
  for (const [i, input] of inputs.slice(0, 2).entries()) {
    const { model: alone, version, run, epoch, ...single } = (await post(app, input as object)).json();
    t.same(results[i], single);
    t.same([version, run, epoch], ['shipped', null, null]);
    t.equal(model, alone);
  }
  t.match(results[2], { error: { code: 'BAD_MATRIX', message: /784/ } });
  t.match(results[3], { error: { code: 'NOTHING_SENT' } });

  const many = { inputs: new Array(1001).fill(inputs[0]) };
  const refused = await post(app, many);
  t.equal(refused.statusCode, 422);
  t.match(refused.json().detail, /at most 1,000/);
  t.equal((await post(app, { inputs: many.inputs.slice(1) })).json().results.length, 1000);
});

/** A request that stays open, so that a test can write and read by turns. */
async function openLines(t: Test, app: FastifyInstance): Promise<ClientRequest> {
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const headers = { 'content-type': 'application/x-ndjson', 'accept-encoding': 'gzip, br' };
  const lines = request({ port, method: 'POST', path: '/recognize', headers });
  t.teardown(() => lines.destroy());
  return lines;
}

const line = (i: number) => `${JSON.stringify({ matrix: Array.from(testImage(i)) })}\n`;

t.test('lines are answered while they come, bad ones too', async (t) => {
  const app = await testApp(t);
  const lines = await openLines(t, app);
  lines.write(line(0));
  const [response] = (await once(lines, 'response')) as [IncomingMessage];
  t.equal(response.headers['content-type'], 'application/x-ndjson');
  response.setEncoding('utf8');
  t.match(JSON.parse((await once(response, 'data'))[0]), { digit: 7 }, 'before the request has ended');
  lines.end(`{"matrix": 7}\n{"matr\n${line(2)}${JSON.stringify({ strokes: SEVEN })}`);
  let rest = '';
  for await (const text of response) rest += text;
  t.match(
    rest
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text)),
    [
      { error: { code: 'BAD_MATRIX' } },
      { error: { code: 'BAD_LINE', message: 'The line is not valid JSON.' } },
      { digit: 1 },
      { digit: 7 },
    ],
  );
});

t.test('who does not read the answers cannot go on sending', async (t) => {
  const app = await testApp(t);
  const lines = await openLines(t, app);
  const wrongs = '{}\n'.repeat(10_000);
  lines.write(wrongs);
  const [response] = (await once(lines, 'response')) as [IncomingMessage];
  let taken = 0;
  const flood = () => {
    while (taken < 10_000 && lines.write(wrongs)) taken++;
    taken++;
  };
  lines.on('drain', flood);
  flood();
  let before = -1;
  while (taken !== before) {
    before = taken;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  t.ok(taken < 2000, `it stopped after ${taken} pieces of 30 kB: what the sockets hold`);
  response.destroy();
  await app.inject({ method: 'POST', url: '/recognize', headers: JSON_ONLY, payload: { strokes: SEVEN } });
});

t.test('without a model it says what to do', async (t) => {
  const app = await testApp(t);
  await app.workbench.recognition.close();
  const answer = await app.inject({
    method: 'POST',
    url: '/recognize',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: `matrix=${JSON.stringify(Array.from(testImage(0)))}`,
  });
  t.equal(answer.statusCode, 409);
  t.equal(answer.body, 'Please train your model.');
  const headers = { 'content-type': 'application/x-ndjson', accept: 'application/json' };
  const lines = await app.inject({ method: 'POST', url: '/recognize', headers, payload: '{}\n' });
  t.equal(lines.statusCode, 409, 'lines are refused as a whole');
  t.equal((await post(app, { inputs: [{ strokes: SEVEN }] })).statusCode, 409);
});

t.test("the shipped model reads MNIST's test set", async (t) => {
  const app = await testApp(t);
  let right = 0;
  const count = 2000;
  for (let i = 0; i < count; i++) {
    const { digit } = (await post(app, { matrix: Array.from(testImage(i)) })).json();
    if (digit === mnist.labels[i]) right++;
  }
  t.ok(right / count >= 0.985, `${right} of ${count}: the first ones are among the harder half`);
});

t.test('a damaged multipart form gets a sentence', async (t) => {
  const app = await testApp(t);
  for (const type of ['multipart/form-data', 'multipart/form-data; boundary=q']) {
    const answer = await app.inject({
      method: 'POST',
      url: '/recognize',
      headers: { ...JSON_ONLY, 'content-type': type },
      payload: 'x',
    });
    t.ok(answer.statusCode >= 400 && answer.statusCode < 500, `${type}: ${answer.statusCode}`);
    t.type(answer.json().detail, 'string');
  }
});

t.test('a matrix may come as a file, and other files are not read', async (t) => {
  const app = await testApp(t);
  const file = multipart([
    { name: 'matrix', content: JSON.stringify(Array.from(testImage(0))), file: 'seven.json' },
  ]);
  t.equal((await app.inject({ method: 'POST', url: '/recognize', ...file })).body, 'Digit 7');
  const other = multipart([{ name: 'other', content: 'x', file: 'x.png' }]);
  t.equal((await app.inject({ method: 'POST', url: '/recognize', ...other })).statusCode, 422);
});

t.test('whoever names a run is answered by it, or told why not', async (t) => {
  const app = await testApp(t);
  await storeRun(app);
  const post = (payload: object) =>
    app.inject({ method: 'POST', url: '/recognize', headers: JSON_ONLY, payload });
  const form = (run: string) =>
    multipart([
      { name: 'run', content: run },
      { name: 'strokes', content: JSON.stringify(SEVEN) },
    ]);
  const multi = async (run: string) => {
    const { payload, headers } = form(run);
    return app.inject({ method: 'POST', url: '/recognize', headers: { ...headers, ...JSON_ONLY }, payload });
  };
  t.equal((await post({ strokes: SEVEN, run: 1 })).json().model, 'run 1, epoch 3');
  t.equal((await multi('1')).json().model, 'run 1, epoch 3');
  t.equal((await post({ strokes: SEVEN, run: '' })).json().model, 'the built-in model');
  t.equal((await post({ strokes: SEVEN, run: 0 })).statusCode, 404);
  t.equal((await multi('2')).statusCode, 404);
  const batch = await post({ inputs: [{ strokes: SEVEN }], run: 1 });
  t.match(batch.json(), { status: 422, field: 'run', detail: /one drawing at a time/ });
});
