/** What was thought of that may hold the server for long; `mutants.ts` changes the worst of it. */
import sharp from 'sharp';
import {
  again,
  type Candidate,
  type Door,
  form,
  INFER,
  json,
  lines,
  list,
  octets,
  parts,
  type Sent,
} from './sent.ts';

const KB = 2 ** 10;
const MB = 2 ** 20;
/** What fits into the largest body. */
const MOST = 8 * MB - 64;
const PIXELS = 784;

const range = <Item>(count: number, item: (i: number) => Item) =>
  Array.from({ length: count }, (_, i) => item(i));

/** So many points, from corner to corner and back. */
export const zigzag = (points: number) => `[[${range(points, (i) => (i % 2 ? '[9,9]' : '[0,0]'))}]]`;
/** The same with a long number of its own for each. */
const fine = (points: number) =>
  `[[${range(points, (i) => (i % 2 ? `[${9 + i / 3e6},9.123456789012345]` : `[${i / 7e6},0.123456789012345]`))}]]`;
/** So many strokes that lie on each other, or each a dot beside the last one. */
const strokes = (count: number) => list('[[0,0],[1,1]]', 14 * count);
const dots = (count: number) => `[${range(count, (i) => `[[${i},${i % 7}]]`)}]`;
/** Sixteen digits side by side. */
const row = `[${range(16, (i) => `[[${20 * i},0],[${20 * i + 9},9],[${20 * i},20]]`)}]`;
const noise = `[${range(PIXELS, (i) => (i * 7919) % 256)}]`;
const offCentre = `[${range(PIXELS, (i) => (i % 28 < 10 && i < 400 ? 255 : 0))}]`;
const columns = `[${range(PIXELS, (i) => (i % 4 === 0 ? 255 : 0))}]`;
const keys = (bytes: number) => range(Math.floor(bytes / 10), (i) => `"${i.toString(36)}":0`).join(',');
const objects = (bytes: number) => range(Math.floor(bytes / 16), (i) => `{"k${i.toString(36)}":0}`).join(',');

/** JSON of all shapes that takes long to parse or to walk through. */
const JSONS: readonly [name: string, make: (bytes: number) => string][] = [
  ['of [[[[…', (bytes) => '['.repeat(bytes / 2) + ']'.repeat(bytes / 2)],
  ['of [[[[…, not closed', (bytes) => '['.repeat(bytes)],
  [
    'of {"a":{"a":…',
    (bytes) => {
      const levels = Math.floor(bytes / 6) - 1;
      return `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
    },
  ],
  ['of {},', (bytes) => list('{}', bytes)],
  ['of [],', (bytes) => list('[]', bytes)],
  ['of objects, each with a key of its own', (bytes) => `[${objects(bytes)}]`],
  ['of keys', (bytes) => `{${keys(bytes)}}`],
  ['of numbers', (bytes) => list('0.1', bytes)],
  ['one number', (bytes) => '1'.repeat(bytes)],
  ['one text', (bytes) => `"${again('\\u0041', bytes - 2)}"`],
  ['not JSON at its end', (bytes) => again('[1,', bytes)],
];

const FORMS: readonly [name: string, make: (bytes: number) => string][] = [
  ['of a&', (bytes) => again('a&', bytes)],
  ['of a[]=&', (bytes) => again('a[]=&', bytes)],
  ['of matrix=1&', (bytes) => again('matrix=1&', bytes)],
  ['of keys', (bytes) => range(Math.floor(bytes / 9), (i) => `${i.toString(36)}=1`).join('&')],
  ['of %41', (bytes) => `matrix=${again('%41', bytes)}`],
  ['of %zz', (bytes) => `matrix=${again('%zz', bytes)}`],
  ['a matrix of [[[[…', (bytes) => `matrix=${'['.repeat(bytes)}`],
];

const at = (door: Door, name: string, make: () => Sent | Promise<Sent>, atOnce = 1): Candidate => ({
  door,
  name,
  make,
  atOnce,
});
const batchOf = (input: string, count: number) => json(`{"inputs":[${range(count, () => input)}]}`);
const drawing = (strokes: string) => `{"strokes":${strokes}}`;
const linesOf = (line: string, bytes: number) => lines(again(`${line}\n`, bytes));
const tensor = (more: string, datatype = 'UINT8', count = 1000) =>
  `{"inputs":[{"name":"images","shape":[${count},784],"datatype":"${datatype}"${more}}]}`;

function binary(datatype: 'FP32' | 'UINT8', outputs = ''): Sent {
  const bytes = 1000 * PIXELS * (datatype === 'FP32' ? 4 : 1);
  const inputs = tensor(`,"parameters":{"binary_data_size":${bytes}}`, datatype);
  const header = Buffer.from(inputs.replace(/}$/, `${outputs}}`));
  const sent = octets(Buffer.concat([header, Buffer.alloc(bytes)]), INFER);
  return { ...sent, headers: { ...sent.headers, 'inference-header-content-length': String(header.length) } };
}

const SINGLE: readonly Candidate[] = [
  at('single', '20,000 points from corner to corner', () => json(drawing(zigzag(20_000)))),
  at('single', 'the same, as a form', () => form(`strokes=${encodeURIComponent(zigzag(20_000))}`)),
  at('single', 'the same, as a part of a form', () => parts(['strokes', zigzag(20_000)])),
  at('single', '20,000 points with long numbers', () => json(drawing(fine(20_000)))),
  at('single', '16 kB of points from corner to corner', () => json(drawing(zigzag(2_700)))),
  at('single', '16 kB of points, 32 at once', () => json(drawing(zigzag(2_700))), 32),
  at('single', '10,000 strokes on each other', () => json(drawing(strokes(10_000)))),
  at('single', '20,000 dots', () => json(drawing(dots(20_000)))),
  at('single', '16 kB of strokes on each other', () => json(drawing(strokes(1_150)))),
  at('single', 'sixteen digits', () => json(drawing(row)), 32),
  at('single', 'a matrix of noise', () => json(`{"matrix":${noise}}`), 32),
  at('single', 'a matrix off its centre', () => json(`{"matrix":${offCentre}}`), 32),
  at('single', '8 MB in its "run"', () => json(`{"matrix":${noise},"run":"${'1'.repeat(MOST - 4 * KB)}"}`)),
  at('single', 'more than 8 MB', () => json('['.repeat(9 * MB))),
  at('single', 'text of 8 MB', () => ({
    path: '/recognize',
    headers: { 'content-type': 'text/plain' },
    body: 'a'.repeat(MOST),
  })),
  at('single', 'a form of 1 MB parts', () =>
    parts(
      ['matrix', noise.padEnd(MB - KB)],
      ['strokes', zigzag(20_000).padEnd(MB - KB)],
      ['run', '1'.repeat(MB - KB)],
    ),
  ),
  at('single', '8 MB of what is almost a boundary', () =>
    parts(['image', Buffer.from(again('\r\n--a-boundary-that-no-pictur', 4 * MB - KB))]),
  ),
  at('single', 'a form of 100,000 parts', () => parts(...range(100_000, (): [string, string] => ['a', '']))),
  at('single', 'a form of 900,000 parts without a name', () => ({
    path: '/recognize',
    headers: { 'content-type': 'multipart/form-data; boundary=b' },
    body: again('--b\r\n\r\n\r\n', MOST),
  })),
  at('single', 'a picture, then a form of 900,000 parts', () => ({
    path: '/recognize',
    headers: { 'content-type': 'multipart/form-data; boundary=b' },
    body: `--b\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\na\r\n${again('--b\r\n\r\n\r\n', MOST - KB)}`,
  })),
  ...[16 * KB - 64, MOST].flatMap((bytes) => [
    ...JSONS.map(([name, make]) => at('single', `${size(bytes)} of JSON, ${name}`, () => json(make(bytes)))),
    ...FORMS.map(([name, make]) =>
      at('single', `${size(bytes)} of a form, ${name}`, () => form(make(bytes - 8))),
    ),
  ]),
];

const BATCH: readonly Candidate[] = [
  at('batch', '69 drawings of 20,000 points from corner to corner', () =>
    batchOf(drawing(zigzag(19_200)), 69),
  ),
  at('batch', '1,000 drawings of two points', () => batchOf(drawing('[[[0,0],[9,9]]]'), 1000)),
  at('batch', '560 drawings of two points: 16 kB', () => batchOf(drawing('[[[0,0],[9,9]]]'), 560)),
  at('batch', 'the same, 32 at once', () => batchOf(drawing('[[[0,0],[9,9]]]'), 560), 32),
  at('batch', '1,000 drawings of sixteen digits', () => batchOf(drawing(row), 1000)),
  at('batch', '1,000 matrices of noise', () => batchOf(`{"matrix":${noise}}`, 1000)),
  at('batch', '1,000 matrices of columns', () => batchOf(`{"matrix":${columns}}`, 1000)),
  at('batch', '1,000 inputs that are none', () => batchOf('{}', 1000)),
  at('batch', '1,000 drawings of 500 strokes', () => batchOf(drawing(strokes(500)), 1000)),
  ...JSONS.map(([name, make]) =>
    at('batch', `8 MB of JSON, ${name}`, () => json(`{"inputs":${make(MOST - 16)}}`)),
  ),
];

const LINES: readonly Candidate[] = [
  at('lines', '512 kB of drawings of two points', () => linesOf(drawing('[[[0,0],[9,9]]]'), 512 * KB)),
  at(
    'lines',
    '64 kB of drawings of two points, 8 at once',
    () => linesOf(drawing('[[[0,0],[9,9]]]'), 64 * KB),
    8,
  ),
  at('lines', '512 kB of drawings of sixteen digits', () => linesOf(drawing(row), 512 * KB)),
  at('lines', '256 kB of empty lines', () => lines('\n'.repeat(256 * KB))),
  at('lines', 'drawings of 20,000 points', () => linesOf(drawing(zigzag(20_000)), MB)),
  at('lines', 'drawings of 2,700 points', () => linesOf(drawing(zigzag(2_700)), MB)),
  at('lines', '2 MB of matrices of noise', () => linesOf(`{"matrix":${noise}}`, 2 * MB)),
  ...JSONS.map(([name, make]) =>
    at('lines', `lines of 1 MB of JSON, ${name}`, () => linesOf(make(MB - 64), 3 * MB)),
  ),
  ...JSONS.map(([name, make]) =>
    at('lines', `lines of 16 kB of JSON, ${name}`, () => linesOf(make(16 * KB - 64), MB)),
  ),
];

const V2: readonly Candidate[] = [
  at('V2', '1,000 images as JSON', () =>
    json(tensor(`,"data":${list('255', 4 * (1000 * PIXELS - 1))}`), INFER),
  ),
  at('V2', '1,000 images as JSON of FP32', () =>
    json(tensor(`,"data":${list('0.1234567', 7_840_000 - 10)}`, 'FP32', 999), INFER),
  ),
  at('V2', '1,000 images as bytes', () => binary('UINT8')),
  at('V2', '1,000 images as floats', () => binary('FP32')),
  at('V2', '1,000 images as floats, answered as bytes', () =>
    binary('FP32', ',"parameters":{"binary_data_output":true}'),
  ),
  at('V2', '1,000 images as bytes, 8 at once', () => binary('UINT8'), 8),
  at('V2', 'an id of 8 MB', () => json(`{"id":"${'1'.repeat(MOST - 16)}"}`, INFER)),
  at('V2', '500,000 outputs', () =>
    json(
      `{"inputs":[{"name":"images","shape":[1,784],"datatype":"UINT8","data":${noise}}],"outputs":${list('{"name":"digit"}', MOST - 8 * KB)}}`,
      INFER,
    ),
  ),
  ...JSONS.map(([name, make]) => at('V2', `8 MB of JSON, ${name}`, () => json(make(MOST), INFER))),
  ...JSONS.map(([name, make]) =>
    at('V2', `data of 8 MB, ${name}`, () => json(tensor(`,"data":${make(MOST - KB)}`), INFER)),
  ),
];

const CORRECTIONS: readonly Candidate[] = [
  at('corrections', '20,000 points from corner to corner', () =>
    json(`{"truth":7,"strokes":${zigzag(20_000)}}`, '/corrections'),
  ),
  at('corrections', '20,000 points with long numbers', () =>
    json(`{"truth":7,"strokes":${fine(20_000)}}`, '/corrections'),
  ),
  at(
    'corrections',
    '20,000 points with long numbers, 8 at once',
    () => json(`{"truth":7,"strokes":${fine(20_000)}}`, '/corrections'),
    8,
  ),
  at('corrections', 'a matrix, 32 at once', () => json(`{"truth":7,"matrix":${noise}}`, '/corrections'), 32),
  at('corrections', '10,000 strokes on each other', () =>
    json(`{"truth":7,"strokes":${strokes(10_000)}}`, '/corrections'),
  ),
  at('corrections', 'a form of 20,000 points', () =>
    form(`truth=7&strokes=${encodeURIComponent(zigzag(20_000))}`, '/corrections'),
  ),
  ...JSONS.map(([name, make]) =>
    at('corrections', `1 MB of JSON, ${name}`, () =>
      json(`{"truth":7,"strokes":${make(MB - KB)}}`, '/corrections'),
    ),
  ),
  ...FORMS.map(([name, make]) =>
    at('corrections', `1 MB of a form, ${name}`, () => form(make(MB - KB), '/corrections')),
  ),
];

/** Grey levels of each pixel → a picture file. */
function file(
  side: number,
  level: (x: number, y: number) => number,
  format: 'png' | 'jpeg' = 'png',
): Promise<Buffer> {
  const grey = Uint8Array.from({ length: side * side }, (_, i) => level(i % side, Math.floor(i / side)));
  return sharp(grey, { raw: { width: side, height: side, channels: 1 } })
    [format]()
    .toBuffer();
}

const picture = async (...of: Parameters<typeof file>) => parts(['image', await file(...of)]);

async function dataUrl(side: number): Promise<string> {
  return `{"image":"data:image/png;base64,${(await file(side, speckle)).toString('base64')}"}`;
}

async function flat(width: number, height: number): Promise<Sent> {
  const create = { width, height, channels: 3, background: '#777' } as const;
  return parts(['image', await sharp({ create, limitInputPixels: false }).png().toBuffer()]);
}

const speckle = (x: number, y: number) => ((x * 7919 + y * 104_729 + x * y * 31) >>> 0) % 256;

/** Of noise, as large as a picture may be; made once. */
let photo: Promise<Buffer> | undefined;
const photograph = () => (photo ??= file(4600, speckle, 'jpeg'));

const PICTURE: readonly Candidate[] = [
  at('picture', 'noise', () => picture(400, speckle)),
  at('picture', 'noise, 8 at once', () => picture(400, speckle), 8),
  at('picture', 'noise, as the body itself', async () => ({
    path: '/recognize',
    headers: { 'content-type': 'image/png' },
    body: await file(400, speckle),
  })),
  at('picture', 'noise, as a data: URL', async () => json(await dataUrl(1500))),
  at('picture', 'a batch of small ones, as data: URLs', async () => batchOf(await dataUrl(28), 1000)),
  at('picture', 'a batch of noise, as data: URLs', async () => batchOf(await dataUrl(400), 30)),
  at('picture', 'lines of small ones, as data: URLs', async () => linesOf(await dataUrl(28), MB)),
  at('picture', 'noise on white', () =>
    picture(400, (x, y) => (x > 4 && y > 4 && x < 395 && y < 395 ? speckle(x, y) : 255)),
  ),
  at('picture', 'noise of 2,000 pixels, as JPEG', () => picture(2000, speckle, 'jpeg')),
  at('picture', 'squared paper', () => picture(400, (x, y) => (x % 12 === 0 || y % 12 === 0 ? 0 : 255))),
  at('picture', 'squared paper in a shadow', () =>
    picture(400, (x, y) => (x % 12 === 0 || y % 12 === 0 ? 0 : 120 + x / 4 + y / 16)),
  ),
  at('picture', 'dots', () => picture(400, (x, y) => (x % 4 === 0 && y % 4 === 0 ? 0 : 255))),
  at('picture', 'dots in a shadow', () =>
    picture(400, (x, y) => (x % 4 === 0 && y % 4 === 0 ? 0 : 120 + x / 4)),
  ),
  at('picture', 'sixteen bars', () =>
    picture(400, (x, y) => (x % 25 > 4 && x % 25 < 9 && y > 20 && y < 380 ? 0 : 255)),
  ),
  at('picture', 'slanted lines in a shadow', () =>
    picture(400, (x, y) => ((y + Math.floor(x / 11)) % 9 === 0 ? 0 : 120 + x / 4)),
  ),
  at('picture', 'a slope of grey', () => picture(400, (x, y) => (x + y) / 4)),
  at('picture', 'one shade, 40 megapixels', () => flat(8000, 5000)),
  at('picture', 'one shade, 90 megapixels', () => flat(10_000, 9000)),
  at('picture', 'no picture, 12 MB', () => parts(['image', Buffer.alloc(12 * MB, 1)])),
  at('picture', 'more than 12 MB', () => parts(['image', Buffer.alloc(17 * MB, 1)])),
  at('picture', 'more than fits into a body', () => parts(['image', Buffer.alloc(24 * MB, 1)])),
  ...[1, 8].flatMap((atOnce) => [
    at(
      'picture',
      `a photograph of 12 MB${atOnce > 1 ? `, ${atOnce} at once` : ''}`,
      async () => parts(['image', await photograph()]),
      atOnce,
    ),
    at(
      'picture',
      `a photograph of 12 MB alone${atOnce > 1 ? `, ${atOnce} at once` : ''}`,
      async () => octets(await photograph()),
      atOnce,
    ),
    at(
      'picture',
      `a photograph of 12 MB in base64${atOnce > 1 ? `, ${atOnce} at once` : ''}`,
      async () => json(`{"image":"${(await photograph()).toString('base64')}"}`),
      atOnce,
    ),
  ]),
  at('picture', 'a photograph of 12 MB in base64, in a form', async () =>
    form(`image=${encodeURIComponent((await photograph()).toString('base64'))}`),
  ),
  at('picture', '16 MB of JSON, of keys', () => json(`{"image":"","x":{${keys(16 * MB)}}}`)),
  at('picture', '16 MB of commas in a form', () => form(`matrix=${again('1,', 16 * MB)}`)),
];

const endless = (bytes: number) => `${'1'.repeat(bytes)}x`;
const OTHER: readonly Candidate[] = [
  ...['/runs', '/sweeps', '/sign-in', '/model', '/runs/1/fork', '/corrections/delete'].flatMap((path) => [
    ...JSONS.map(([name, make]) =>
      at('other', `${path}, 64 kB of JSON, ${name}`, () => json(make(64 * KB - 64), path)),
    ),
    ...FORMS.map(([name, make]) =>
      at('other', `${path}, 64 kB of a form, ${name}`, () => form(make(64 * KB - 64), path)),
    ),
    at('other', `${path}, 1 MB of a form`, () => form(FORMS[3][1](MB), path)),
  ]),
  ...['epochs', 'learningrate', 'seed', 'who'].flatMap((field) => [
    at('other', `/runs, ${field} without end`, () => form(`${field}=${endless(64 * KB - 64)}`, '/runs')),
    at('other', `/, ${field} without end`, () => ({
      path: `/?${field}=${endless(15_000)}`,
      method: 'GET',
      headers: { accept: 'text/html' },
    })),
  ]),
  at('other', '/sweeps, a grid of 10,000 values', () =>
    json(`{"grid":{"seed":${list('7', 20_000)}}}`, '/sweeps'),
  ),
  at('other', '/sweeps, many grids', () =>
    json(`{"grid":{${range(12, (i) => `"k${i}":${list('7', 4_000)}`)}}}`, '/sweeps'),
  ),
  at('other', '/nowhere, 8 MB', () => json('['.repeat(MOST), '/nowhere')),
];

const get = (path: string, headers: Readonly<Record<string, string>> = { accept: 'text/html' }): Sent => ({
  path,
  method: 'GET',
  headers,
});

/** What there is a query for. */
const QUERIED = [
  '/',
  '/runs',
  '/runs.csv',
  '/compare',
  '/corrections',
  '/corrections.json',
  '/corrections/delete',
  '/sweeps/new',
  '/sweeps/count',
  '/forecast',
  '/augmentation',
  '/sign-in',
];
/** Node.js takes 16 kB of address and headers. */
const HEAD_BYTES = 15_000;
const QUERIES: readonly [name: string, make: (bytes: number) => string][] = [
  ...FORMS,
  ['of numbers', (bytes) => range(Math.floor(bytes / 5), (i) => i).join('=&')],
  ['of ids', (bytes) => `ids=${again('1,', bytes)}`],
  ['of the same run', (bytes) => again('run=1&', bytes)],
  ['of one filter again and again', (bytes) => again('state=done&', bytes)],
  ['a long search', (bytes) => `search=${again('%25_', bytes)}`],
  ['a grid', (bytes) => `seed=${again('1,', bytes / 2)}&batchsize=${again('1,', bytes / 2)}`],
  ['ranges', (bytes) => `seed=1..999999999&learningrate=${again('0.1..0.2,', bytes)}`],
];
const HEADERS: readonly [name: string, value: string][] = [
  ['accept', again('a/b;q=0.1,', HEAD_BYTES)],
  ['accept', again(' ', HEAD_BYTES - 9).padStart(HEAD_BYTES, 'text/html')],
  ['accept-encoding', again('br;q=0.1,', HEAD_BYTES)],
  ['accept-encoding', `a${again(' ', HEAD_BYTES)}b`],
  ['cookie', again('a=b;', HEAD_BYTES)],
  ['cookie', again('a=%41%zz;', HEAD_BYTES)],
  ['authorization', `Bearer ${again('a', HEAD_BYTES)}`],
  ['authorization', `Basic ${again('a', HEAD_BYTES)}`],
  ['if-none-match', again('"a",', HEAD_BYTES)],
  ['range', `bytes=${again('0-1,', HEAD_BYTES)}`],
  ['content-type', `multipart/form-data; ${again('a="b";', HEAD_BYTES)}`],
  ['content-type', `application/json${again(' ', HEAD_BYTES)};`],
  ['content-type', `application/x-www-form-urlencoded; ${again('a="', HEAD_BYTES)}`],
  ['origin', `http://${again('a.', HEAD_BYTES)}`],
  ['referer', `http://${again('a.', HEAD_BYTES)}`],
  ['x-forwarded-for', again('1.1.1.1,', HEAD_BYTES)],
  ['x-request-id', again('a', HEAD_BYTES)],
  ['last-event-id', again('1', HEAD_BYTES)],
];

/** After the corrections door: what is kept is large by then. */
const KEPT = [
  '/corrections',
  '/corrections?truth=7&page=1',
  '/corrections.json',
  '/corrections-images-idx3-ubyte',
  '/corrections-labels-idx1-ubyte',
  '/corrections/delete',
  '/runs',
  '/sweeps',
  '/status',
];

const HEADS: readonly Candidate[] = [
  ...KEPT.flatMap((path) =>
    ['text/html', 'application/json'].map((accept) =>
      at('other', `${path} as ${accept}, with large corrections`, () => get(path, { accept })),
    ),
  ),
  ...QUERIED.flatMap((path) =>
    QUERIES.map(([name, make]) =>
      at('other', `${path}, a query ${name}`, () => get(`${path}?${make(HEAD_BYTES)}`)),
    ),
  ),
  ...['/', '/app.css', '/metrics', '/openapi.json', '/docs'].flatMap((path) => [
    at('other', path, () => get(path, { 'accept-encoding': 'br' })),
    ...HEADERS.map(([name, value], i) =>
      at('other', `${path}, a long ${name} (${i})`, () => get(path, { [name]: value })),
    ),
  ]),
  ...HEADERS.map(([name, value], i) =>
    at('other', `/recognize, a long ${name} (${i})`, () => ({
      path: '/recognize',
      headers: { 'content-type': 'application/json', [name]: value },
      body: `{"matrix":${noise}}`,
    })),
  ),
  at('other', 'an address of %41', () => get(`/${again('%41', HEAD_BYTES)}`)),
  at('other', 'an address of /a', () => get(again('/a', HEAD_BYTES))),
  at('other', 'an address of ../', () => get(`/static/${again('../', HEAD_BYTES)}`)),
  at('other', 'an address of //', () => get(again('/', HEAD_BYTES))),
  at('other', 'an address of %2f..', () => get(`/${again('%2f..', HEAD_BYTES)}`)),
  at('other', 'a run of many digits', () => get(`/runs/${again('1', HEAD_BYTES)}`)),
];

export const CANDIDATES: readonly Candidate[] = [
  ...SINGLE,
  ...BATCH,
  ...LINES,
  ...V2,
  ...CORRECTIONS,
  ...PICTURE,
  ...OTHER,
  ...HEADS,
];

function size(bytes: number): string {
  return bytes < MB ? `${Math.ceil(bytes / KB)} kB` : `${Math.ceil(bytes / MB)} MB`;
}
