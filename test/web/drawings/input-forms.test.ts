/** A picture and a matrix in all the forms in which clients send them. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import sharp from 'sharp';
import t from 'tap';
import { readMnist } from '../../../src/datasets/mnist.ts';
import { LARGEST_BODY_TEXT, LARGEST_PICTURE, LARGEST_PICTURE_TEXT } from '../../../src/images/sizes.ts';
import { testApp } from '../../help/helper.ts';

const { images } = readMnist('test');
const SEVEN = Array.from(images.subarray(0, 784));
const ROWS = Array.from({ length: 28 }, (_, row) => SEVEN.slice(row * 28, row * 28 + 28));

/** As a canvas has it: black on white, 140 pixels wide. */
const canvas = sharp(Buffer.from(SEVEN), { raw: { width: 28, height: 28, channels: 1 } })
  .resize(140, 140)
  .negate();
const PNG = await canvas.png().toBuffer();
const BASE64 = PNG.toString('base64');
const DATA_URL = `data:image/png;base64,${BASE64}`;

const FORM = 'application/x-www-form-urlencoded';
const JSON_TYPE = 'application/json';
const AS_JSON = { accept: JSON_TYPE };

const send = (app: FastifyInstance, type: string, payload: string | Buffer, headers: object = AS_JSON) =>
  app.inject({ method: 'POST', url: '/recognize', headers: { 'content-type': type, ...headers }, payload });

const json = (app: FastifyInstance, body: object, headers: object = AS_JSON) =>
  send(app, JSON_TYPE, JSON.stringify(body), headers);

const multipart = (head: string, content: string | Buffer) =>
  Buffer.concat([
    Buffer.from(`--b\r\ncontent-disposition: form-data; ${head}\r\n\r\n`),
    Buffer.from(content as string),
    Buffer.from('\r\n--b--\r\n'),
  ]);
const MULTIPART = 'multipart/form-data; boundary=b';

const lines = (text: string) => text.replace(/.{76}/g, '$&\r\n');
const everyByteEscaped = [...PNG].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');

t.test('a picture as text, as any client writes it', async (t) => {
  const app = await testApp(t);
  const texts: Record<string, string> = {
    'a data: URL': DATA_URL,
    'in upper case': `DATA:IMAGE/PNG;BASE64,${BASE64}`,
    'with parameters': `data:image/png;charset=utf-8;name="7.png";base64,${BASE64}`,
    'with spaces in its head': `data:image/png ; base64 , ${BASE64}`.replace(' , ', ','),
    'without a type': `data:;base64,${BASE64}`,
    'of another type': `data:application/octet-stream;base64,${BASE64}`,
    'base64 alone': BASE64,
    'without padding': DATA_URL.replace(/=+$/, ''),
    'in the alphabet of URLs': `data:image/png;base64,${PNG.toString('base64url')}`,
    'base64url alone': PNG.toString('base64url'),
    'in lines': `data:image/png;base64,${lines(BASE64)}\n`,
    'base64 in lines': lines(BASE64),
    'with blanks and tabs': `  data:image/png;base64, ${BASE64.replace(/.{40}/g, '$& \t')}  `,
    'percent-encoded base64': `data:image/png;base64,${encodeURIComponent(BASE64)}`,
    'percent-encoded as a whole': encodeURIComponent(DATA_URL),
    'percent-encoded bytes': `data:image/png,${everyByteEscaped}`,
    'in quotes': JSON.stringify(DATA_URL),
    "as Python's bytes": `b'${BASE64}'`,
    JPEG: `data:image/jpeg;base64,${(await canvas.clone().jpeg().toBuffer()).toString('base64')}`,
    WebP: `data:image/webp;base64,${(await canvas.clone().webp().toBuffer()).toString('base64')}`,
  };
  for (const [name, image] of Object.entries(texts)) {
    t.match((await json(app, { image })).json(), { digit: 7, sure: true }, `JSON: ${name}`);
    const form = await send(app, FORM, new URLSearchParams({ image }).toString());
    t.match(form.json(), { digit: 7, sure: true }, `form: ${name}`);
    const part = await send(app, MULTIPART, multipart('name="image"', image));
    t.match(part.json(), { digit: 7, sure: true }, `multipart field: ${name}`);
  }
  t.equal((await send(app, FORM, `image=${DATA_URL}`)).json().digit, 7, '+ that nobody escaped');
  t.equal((await send(app, FORM, `image=${BASE64}`)).json().digit, 7);
  t.equal((await send(app, 'text/plain', DATA_URL)).json().digit, 7, 'a data: URL alone');
});

t.test('wherever a picture may be sent, and whoever asks', async (t) => {
  const app = await testApp(t);
  const image = DATA_URL;
  const batch = await json(app, {
    inputs: [{ image }, { matrix: SEVEN }, { image: 'x' }, { image: BASE64 }],
  });
  t.match(batch.json().results, [
    { digit: 7 },
    { digit: 7 },
    { error: { code: 'BAD_PICTURE', message: /must be a picture/ } },
    { digit: 7 },
  ]);
  const ndjson = await send(app, 'application/x-ndjson', `${JSON.stringify({ image })}\n{"image":[1]}\n`);
  t.match(
    ndjson.body.split('\n', 2).map((line) => JSON.parse(line)),
    [{ digit: 7 }, { error: { code: 'BAD_PICTURE' } }],
  );
  const corrected = { method: 'POST', url: '/corrections', headers: AS_JSON } as const;
  const kept = await app.inject({ ...corrected, payload: { truth: 1, image } });
  t.match(kept.json(), { truth: 1, answer: 7, strokes: null });
  const form = multipart('name="image"', image);
  const truth = '--b\r\ncontent-disposition: form-data; name="truth"\r\n\r\n1\r\n';
  for (const [type, payload] of [
    [FORM, new URLSearchParams({ truth: '1', image }).toString()],
    [MULTIPART, Buffer.concat([Buffer.from(truth), form])],
  ] as const) {
    const headers = { ...AS_JSON, 'content-type': type };
    const answer = await app.inject({ ...corrected, headers, payload });
    t.match(answer.json(), { truth: 1, answer: 7, strokes: null }, type);
  }
  t.equal((await app.inject({ ...corrected, payload: { truth: 1, image: 'x' } })).statusCode, 422);
  t.equal((await app.inject({ ...corrected, payload: { truth: 1, image: '' } })).statusCode, 422);

  const page = await json(app, { image }, { accept: 'text/html' });
  t.match(page.body, /<html[\s\S]*Digit 7/);
  const fragment = await json(app, { image }, { accept: 'text/html', 'hx-request': 'true' });
  t.match(fragment.body, /id="predictresult"[^>]*>Digit 7/);
  t.equal((await json(app, { image }, { accept: 'text/plain' })).body, 'Digit 7');
  const wrong = await json(app, { image: 'x' }, { accept: 'text/html' });
  t.equal(wrong.statusCode, 422);
  t.match(wrong.body, /<html[\s\S]*must be a picture/);
});

t.test('what has no value is left out, wherever it stands', async (t) => {
  const app = await testApp(t);
  const picture = { matrix: null, strokes: null, run: null, image: DATA_URL };
  const matrix = { matrix: SEVEN, strokes: null, image: null };
  const asText = { matrix: JSON.stringify(ROWS), strokes: '', image: '' };
  const inputs = [picture, matrix, asText];
  for (const input of inputs) {
    t.match((await json(app, input)).json(), { digit: 7 });
    const corrected = await app.inject({
      method: 'POST',
      url: '/corrections',
      headers: AS_JSON,
      payload: { truth: 7, ...input },
    });
    t.match(corrected.json(), { truth: 7, answer: 7 });
  }
  t.match((await json(app, { inputs })).json().results, [{ digit: 7 }, { digit: 7 }, { digit: 7 }]);
  t.match((await json(app, { inputs: JSON.stringify(inputs) })).json().results, { length: 3 });
  const ndjson = inputs.map((input) => JSON.stringify(input)).join('\n');
  for (const type of ['application/x-ndjson', 'application/ndjson', 'application/jsonl; charset=utf-8']) {
    const { body } = await send(app, type, ndjson);
    t.same(
      body
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).digit),
      [7, 7, 7],
      type,
    );
  }
  // As FormData makes texts of nulls.
  const form = { strokes: 'null', matrix: 'null', image: DATA_URL };
  t.match((await send(app, FORM, new URLSearchParams(form).toString())).json(), { digit: 7 });
  const many = { inputs: JSON.stringify(inputs) };
  t.match((await send(app, FORM, new URLSearchParams(many).toString())).json().results, { length: 3 });
  const parts = multipart('name="inputs"', many.inputs);
  t.match((await send(app, MULTIPART, parts)).json().results, { length: 3 });
});

t.test('JSON is known by its first letter, whatever it is called', async (t) => {
  const app = await testApp(t);
  const body = JSON.stringify({ truth: 7, matrix: SEVEN });
  const post = (url: string, type: string | undefined, payload: string | Buffer) =>
    app.inject({
      method: 'POST',
      url,
      headers: { ...AS_JSON, ...(type && { 'content-type': type }) },
      payload: Buffer.from(payload as string),
    });
  // As fetch and curl call what they are given, and as who does not say.
  for (const type of ['text/plain;charset=UTF-8', FORM, 'application/octet-stream', undefined]) {
    for (const payload of [body, `\ufeff${body}`, `\n ${body}`]) {
      t.match((await post('/recognize', type, payload)).json(), { digit: 7 }, String(type));
      t.match((await post('/corrections', type, payload)).json(), { truth: 7, answer: 7 }, String(type));
    }
    t.match(
      (await post('/recognize', type, '{')).json(),
      { detail: 'The body is not valid JSON.' },
      String(type),
    );
  }
  // A text alone, also as PHP writes it.
  const quoted = JSON.stringify(DATA_URL);
  for (const text of [quoted, quoted.replaceAll('/', '\\/'), JSON.stringify(BASE64), `\ufeff${quoted}`]) {
    t.match((await post('/recognize', JSON_TYPE, text)).json(), { digit: 7 }, text.slice(0, 30));
    t.match((await post('/corrections?truth=7', JSON_TYPE, text)).json(), { truth: 7, answer: 7 });
  }
  t.match((await post('/recognize', FORM, encodeURIComponent(DATA_URL))).json(), { digit: 7 });
  t.match((await post('/recognize', JSON_TYPE, '"seven"')).json(), {
    status: 422,
    detail: /Send a "matrix"/,
  });
});

t.test('a matrix as JavaScript or a CSV file has it as text', async (t) => {
  const app = await testApp(t);
  const csv = ROWS.map((row) => row.join(',')).join('\r\n');
  const texts: Record<string, string> = {
    'String(list)': String(SEVEN),
    'String(rows)': String(ROWS),
    'a CSV file': `\ufeff${csv}\r\n`,
    'by blanks': SEVEN.join(' '),
    'by commas and blanks': SEVEN.join(', '),
    'from 0 to 1': SEVEN.map((byte) => byte / 255).join(),
    'in exponents': SEVEN.map((byte) => (byte / 255).toExponential()).join(),
    'JSON behind a mark': `\ufeff${JSON.stringify(ROWS)}`,
  };
  for (const [name, matrix] of Object.entries(texts)) {
    t.match((await json(app, { matrix })).json(), { digit: 7 }, `JSON: ${name}`);
    const form = new URLSearchParams({ matrix }).toString();
    t.equal((await send(app, FORM, form, {})).body, 'Digit 7', `form: ${name}`);
    const file = multipart('name="matrix"; filename="seven.csv"', matrix);
    t.match((await send(app, MULTIPART, file)).json(), { digit: 7 }, `file: ${name}`);
  }
  const rows = ROWS.map((row) => `matrix=${row}`).join('&');
  t.equal((await send(app, FORM, rows, {})).body, 'Digit 7', 'a field a row');
  for (const [matrix, detail] of [
    [String(SEVEN.slice(1)), /has 783 numbers/],
    [SEVEN.map((byte) => (byte === 0 ? '' : byte)).join(), /Number 1 of the matrix is not a number/],
    [String(SEVEN.map((byte) => `${byte}-`)), /Number 1 of the matrix is not a number/],
    ['7', /must be a list of 784 numbers/],
    [',', /has 2 numbers/],
    [String(Array(8000).fill(1.5)), /has 8000 numbers|not valid JSON/],
  ] as const) {
    t.match((await json(app, { matrix })).json(), { status: 422, detail }, matrix.slice(0, 20));
  }
});

t.test('base64 in lines whose "+" nobody escaped, as a shell puts it into a form', async (t) => {
  const app = await testApp(t);
  for (let width = 60; width <= 76; width++) {
    const inLines = BASE64.replace(new RegExp(`.{${width}}`, 'g'), '$&\n');
    for (const image of [inLines, `data:image/png;base64,${inLines}`]) {
      t.match((await send(app, FORM, `image=${image}`)).json(), { digit: 7 }, `${width} letters a line`);
    }
  }
  t.match(BASE64, /\+/);
});

t.test('two digits in the picture of a correction', async (t) => {
  const app = await testApp(t);
  const both = await sharp({ create: { width: 320, height: 160, channels: 3, background: '#fff' } })
    .composite([
      { input: PNG, left: 5, top: 10 },
      { input: PNG, left: 170, top: 10 },
    ])
    .png()
    .toBuffer();
  const payload = { truth: 7, image: `data:image/png;base64,${both.toString('base64')}` };
  const answer = await app.inject({ method: 'POST', url: '/corrections', headers: AS_JSON, payload });
  t.match(answer.json(), { status: 422, detail: 'The picture has 2 digits; a correction is for one digit.' });
});

t.test('what is no picture is told so', async (t) => {
  const app = await testApp(t);
  const svg = '<svg xmlns="http://www.w3.org/2000/svg"/>';
  const gif = Buffer.from('GIF89a\x01\x00\x01\x00', 'latin1').toString('base64');
  const cases: [image: unknown, status: number, detail: RegExp][] = [
    ['x', 422, /must be a picture: a file, a data: URL .* base64/],
    ['seven.png', 422, /must be a picture/],
    ['https://example.com/seven.png', 422, /must be a picture/],
    ['blob:http://127.0.0.1/1', 422, /must be a picture/],
    [[1], 422, /Numbers are sent as "matrix"/],
    [ROWS, 422, /Numbers are sent as "matrix"/],
    [7, 422, /must be a picture/],
    [true, 422, /must be a picture/],
    [{}, 422, /must be a picture/],
    [{ b64: BASE64 }, 422, /must be a picture/],
    [null, 422, /Send a "matrix"/],
    ['', 422, /Send a "matrix"/],
    ['data:,', 422, /The data: URL is empty/],
    ['data:image/png;base64,', 422, /The data: URL is empty/],
    ['data:image/png;base64,*', 422, /base64 of the data: URL is damaged/],
    [`data:image/png;base64,${BASE64.slice(0, 400)}!${BASE64.slice(400)}`, 422, /damaged/],
    [`data:image/png;base64,${BASE64.slice(0, 401)}`, 422, /damaged or incomplete/],
    [`data:image/png;base64,${BASE64.slice(0, 400)}`, 422, /The picture is damaged or incomplete/],
    ['data:text/plain,hello', 415, /must be a PNG, JPEG or WebP/],
    ['data:text/plain;base64,aGVsbG8=', 415, /must be a PNG, JPEG or WebP/],
    [`data:image/svg+xml,${encodeURIComponent(svg)}`, 415, /must be a PNG, JPEG or WebP/],
    [`data:image/svg+xml;base64,${btoa(svg)}`, 415, /must be a PNG, JPEG or WebP/],
    [`data:image/gif;base64,${gif}`, 415, /must be a PNG, JPEG or WebP/],
    [gif, 422, /must be a picture/],
    ['aGVsbG8=', 422, /must be a picture/],
  ];
  for (const [image, status, detail] of cases) {
    const answer = await json(app, { image });
    t.match(answer.json(), { status, detail }, String(image).slice(0, 60));
  }
  const two = await send(app, FORM, new URLSearchParams([1, 2].map(() => ['image', DATA_URL])).toString());
  t.match(two.json(), { status: 422, detail: /must be a picture/ });
  t.match(
    (await json(app, { matrix: SEVEN, image: 'x' })).json(),
    { digit: 7 },
    'a matrix is read before it',
  );
});

t.test('the picture alone is the body', async (t) => {
  const app = await testApp(t);
  const jpeg = await canvas.clone().jpeg().toBuffer();
  const webp = await canvas.clone().webp().toBuffer();
  const bodies: [type: string, body: Buffer][] = [
    ['image/png', PNG],
    ['image/jpeg', jpeg],
    ['image/webp', webp],
    ['IMAGE/PNG', PNG],
    ['image/jpg', jpeg],
    ['image/png', jpeg],
    ['image/*', PNG],
    ['application/octet-stream', PNG],
    ['application/octet-stream', webp],
    ['binary/octet-stream', jpeg],
    [FORM, PNG],
    ['text/plain', PNG],
  ];
  for (const [type, body] of bodies) {
    t.match((await send(app, type, body)).json(), { digit: 7 }, type);
    t.equal((await send(app, type, body, { accept: '*/*' })).body, 'Digit 7', `${type}, as text`);
  }
  const nameless = await app.inject({ method: 'POST', url: '/recognize', payload: PNG });
  t.equal(nameless.body, 'Digit 7', 'without a type');
  t.match((await send(app, 'image/png', PNG, { accept: 'text/html' })).body, /<html[\s\S]*Digit 7/);

  for (const [type, body, status, detail] of [
    ['image/png', '', 422, /Send a "matrix"/],
    ['image/png', 'no picture', 415, /must be a PNG, JPEG or WebP/],
    ['image/gif', 'GIF89a', 415, /must be a PNG, JPEG or WebP/],
    ['image/svg+xml', '<svg/>', 415, /must be a PNG, JPEG or WebP/],
    ['image/png', PNG.subarray(0, 60), 422, /damaged or incomplete/],
    ['image/png', Buffer.concat([PNG, Buffer.alloc(12.1 * 2 ** 20)]), 413, /12 MB/],
    ['image/png', Buffer.alloc(18.1 * 2 ** 20), 413, /too large/],
    ['application/octet-stream', 'no picture', 415, /send a form, JSON or a picture/],
    ['application/octet-stream', '', 422, /Send a "matrix"/],
  ] as const) {
    t.match((await send(app, type, body)).json(), { status, detail }, `${type}, ${body.length} bytes`);
  }
  const correct = (url: string) =>
    app.inject({
      method: 'POST',
      url,
      headers: { 'content-type': 'image/png', ...AS_JSON },
      payload: PNG,
    });
  t.match((await correct('/corrections?truth=1')).json(), { truth: 1, answer: 7, strokes: null });
  t.match((await correct('/corrections')).json(), {
    status: 422,
    detail: '"truth" must be a digit, 0 to 9.',
  });
});

t.test('a picture as a part of a form, whatever its head says', async (t) => {
  const app = await testApp(t);
  for (const head of [
    'name="image"; filename="seven.png"\r\ncontent-type: image/png',
    'name="image"\r\ncontent-type: image/png',
    'name="image"\r\ncontent-type: application/octet-stream',
    'name="image"; filename="blob"',
    'name="image"',
    'name="image"\r\ncontent-type: text/plain; charset=utf-8',
    'name="image"\r\ncontent-type: application/json',
  ]) {
    t.match((await send(app, MULTIPART, multipart(head, PNG))).json(), { digit: 7 }, head);
  }
  const gif = multipart('name="image"; filename="x.gif"\r\ncontent-type: image/gif', 'GIF89a');
  t.match((await send(app, MULTIPART, gif)).json(), { status: 415 });
  const text = multipart('name="image"; filename="seven.txt"', DATA_URL);
  t.match((await send(app, MULTIPART, text)).json(), { digit: 7 }, 'a file with the text');
  const form = new FormData();
  form.append('image', new Blob([new Uint8Array(PNG)]));
  form.append('run', '');
  const request = new Request('http://x/', { method: 'POST', body: form });
  const payload = Buffer.from(await request.arrayBuffer());
  t.match((await send(app, request.headers.get('content-type')!, payload)).json(), { digit: 7 });
});

t.test('dimensions of one around a matrix, its rows or its numbers', async (t) => {
  const app = await testApp(t);
  const cells = (row: readonly number[]) => row.map((number) => [number]);
  const shapes: Record<string, unknown> = {
    '[784]': SEVEN,
    '[28,28]': ROWS,
    '[1,784]': [SEVEN],
    '[784,1]': cells(SEVEN),
    '[1,784,1]': [cells(SEVEN)],
    '[1,1,784]': [[SEVEN]],
    '[1,28,28]': [ROWS],
    '[28,28,1]': ROWS.map(cells),
    '[1,28,28,1]': [ROWS.map(cells)],
    '[1,1,28,28]': [[ROWS]],
    '[28,1,28]': ROWS.map((row) => [row]),
    '[28,1,28,1]': ROWS.map((row) => [cells(row)]),
    '[28,28,1,1]': ROWS.map((row) => cells(row).map((cell) => [cell])),
  };
  const { results } = (
    await json(app, { inputs: Object.values(shapes).map((matrix) => ({ matrix })) })
  ).json();
  for (const [i, [name, matrix]] of Object.entries(shapes).entries()) {
    t.match((await json(app, { matrix })).json(), { digit: 7, sure: true }, name);
    t.match(results[i], { digit: 7 }, `${name} in a batch`);
    const form = await send(app, FORM, `matrix=${JSON.stringify(matrix)}`, {});
    t.equal(form.body, 'Digit 7', `${name} in a form`);
  }
  for (const [matrix, detail] of [
    [[ROWS, ROWS], 'The matrix has 2 rows; it must have 28.'],
    [
      ROWS.map((row) => row.map((number) => [number, number, number])),
      /Number 1 of the matrix is not a number/,
    ],
    [[[[]]], 'The matrix has 0 numbers; it must have 784 numbers, flat or as 28 rows of 28.'],
    [[[[7]]], 'The matrix has 1 number; it must have 784 numbers, flat or as 28 rows of 28.'],
  ] as const) {
    t.match((await json(app, { matrix })).json(), { status: 422, detail });
  }
});

t.test('a matrix as a form field for each number or row', async (t) => {
  const app = await testApp(t);
  const each = (name: (i: number) => string, numbers: readonly (number | string)[] = SEVEN) =>
    numbers.map((number, i) => `${name(i)}=${number}`).join('&');
  const row = (i: number) => Math.floor(i / 28);
  const forms: Record<string, string> = {
    'matrix=0&matrix=0…': each(() => 'matrix'),
    'as floats': each(
      () => 'matrix',
      SEVEN.map((byte) => (byte / 255).toFixed(6)),
    ),
    'in exponents': each(
      () => 'matrix',
      SEVEN.map((byte) => encodeURIComponent((byte / 255).toExponential(3))),
    ),
    'matrix[]': each(() => 'matrix[]'),
    'matrix%5B%5D': each(() => 'matrix%5B%5D'),
    'matrix[0]': each((i) => `matrix[${i}]`),
    'matrix[0][]': each((i) => `matrix[${row(i)}][]`),
    'matrix[0][0]': each((i) => `matrix[${row(i)}][${i % 28}]`),
    'in another order': each((i) => `matrix[${row(i)}][${i % 28}]`)
      .split('&')
      .reverse()
      .join('&'),
    'a field a row': ROWS.map((numbers) => `matrix=${JSON.stringify(numbers)}`).join('&'),
    'one field in []': `matrix[]=${JSON.stringify(ROWS)}`,
  };
  for (const [name, payload] of Object.entries(forms)) {
    const answer = await send(app, FORM, payload, {});
    t.match([answer.statusCode, answer.body], [200, 'Digit 7'], name);
  }
  const parts = SEVEN.map(
    (byte) => `--b\r\ncontent-disposition: form-data; name="matrix"\r\n\r\n${byte}\r\n`,
  );
  t.equal((await send(app, MULTIPART, `${parts.join('')}--b--\r\n`, {})).body, 'Digit 7', 'in parts');
  for (const [payload, detail] of [
    [each(() => 'matrix', SEVEN.slice(1)), /has 783 numbers/],
    [each(() => 'matrix', [...SEVEN, 0]), /has 785 numbers/],
    [each(() => 'matrix', ['nan', ...SEVEN.slice(1)]), /Number 1 of the matrix is not a number/],
    [each(() => 'matrix', ['', ...SEVEN.slice(1)]), /Number 1 of the matrix is not a number/],
    [each(() => 'matrix', ['256', ...SEVEN.slice(1)]), /Number 1 of the matrix is 256/],
    ['matrix=1&matrix=[', /"matrix" is not valid JSON/],
    ['matrix=1&matrix=2', /has 2 numbers/],
    ['matrix[x]=1', /Send a "matrix"/],
  ] as const) {
    t.match((await send(app, FORM, payload)).json(), { status: 422, detail });
  }
});

t.test('a multipart form is a form everywhere', async (t) => {
  const app = await testApp(t);
  const payload = multipart('name="epochs"', '0');
  const headers = { 'content-type': MULTIPART, ...AS_JSON };
  const refused = await app.inject({ method: 'POST', url: '/runs', headers, payload });
  t.match(refused.json(), { status: 422, errors: { epochs: /1 to 200/ } }, 'and not passed over');
  const large = multipart('name="note"', 'x'.repeat(1.1 * 2 ** 20));
  const tooLarge = await app.inject({ method: 'POST', url: '/runs', headers, payload: large });
  t.equal(tooLarge.statusCode, 413);
});

t.test('a picture as large as a phone makes it is read, in whatever way it is sent', async (t) => {
  const app = await testApp(t);
  // Of noise no file becomes smaller; a chunk that no decoder looks at makes the seven as large.
  const most = Buffer.concat([
    PNG.subarray(0, -12),
    chunk(LARGEST_PICTURE - PNG.length - 12),
    PNG.subarray(-12),
  ]);
  t.equal(most.length, 12 * 2 ** 20);
  const text = most.toString('base64');
  const bodies: readonly [type: string, body: string | Buffer][] = [
    ['image/png', most],
    [JSON_TYPE, `{"image":"data:image/png;base64,${text}"}`],
    [FORM, `image=${encodeURIComponent(text)}`],
  ];
  for (const [type, body] of bodies) t.match((await send(app, type, body)).json(), { digit: 7 }, type);
  for (const content of [most, text]) {
    const form = multipart('name=image; filename=IMG_0001.png', content);
    t.match((await send(app, MULTIPART, form)).json(), { digit: 7 });
  }
  const more = Buffer.concat([most, Buffer.alloc(1)]);
  t.match((await send(app, 'image/png', more)).json(), { status: 413, detail: /more than 12 MB/ });
});

t.test('what is as large but no picture is refused before it takes memory', async (t) => {
  const app = await testApp(t);
  const numbers = `[${'1,'.repeat(4.5 * 2 ** 20)}1]`;
  const detail = /too large: 8 MB at most without pictures/;
  t.match((await send(app, JSON_TYPE, `{"matrix":${numbers}}`)).json(), { status: 413, detail });
  t.match((await send(app, JSON_TYPE, `{"matrix":"${numbers}"}`)).json(), { status: 413, detail });
  t.match((await send(app, FORM, `matrix=${numbers}`)).json(), { status: 413, detail });
  t.match((await send(app, MULTIPART, multipart('name=matrix', numbers))).json(), { status: 413 });
});

t.test('README and docs say how large a picture may be', async (t) => {
  const read = (file: string) => readFileSync(path.join(import.meta.dirname, '../../..', file), 'utf8');
  t.match(read('README.md'), `PNG, JPEG or WebP, ${LARGEST_PICTURE_TEXT} at most`);
  t.match(read('docs/operations.md'), `a picture | 64 kB; ${LARGEST_BODY_TEXT}; ${LARGEST_PICTURE_TEXT} |`);
});

/** A private PNG chunk of so many bytes of content: length, name, content, checksum. */
function chunk(length: number): Buffer {
  const content = Buffer.concat([Buffer.from('leNt'), Buffer.alloc(length)]);
  const [size, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  size.writeUInt32BE(length);
  sum.writeUInt32BE(crc32(content));
  return Buffer.concat([size, content, sum]);
}
