import path from 'node:path';
import { inflateSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import sharp from 'sharp';
import t from 'tap';
import { fixed } from '../../../src/web/inside/view.ts';
import { testApp } from '../../help/helper.ts';
import { storeRun } from '../../help/stored-run.ts';
import { KERAS_IMAGES, offBy } from '../../inside/keras-inside.ts';

const JSON_ONLY = { accept: 'application/json' };
const HTMX = { 'hx-request': 'true', accept: 'text/html' };
const BROWSER = { accept: 'text/html,*/*;q=0.8' };
const KERAS_MODEL = path.join(import.meta.dirname, '../../fixtures/keras-model/lenet5.h5');
const SEVEN = [
  [
    [9, 6],
    [21, 6],
    [13, 24],
  ],
];

interface Layers {
  readonly layers: readonly { readonly name: string; readonly shape: number[]; readonly values: string }[];
}

const floatsOf = (base64: string) => new Float32Array(new Uint8Array(Buffer.from(base64, 'base64')).buffer);

const get = (app: FastifyInstance, query: string, headers: Record<string, string> = JSON_ONLY) =>
  app.inject({ url: `/inside${query}`, headers });
const explain = (app: FastifyInstance, payload: object, query = '?explain=1', headers = JSON_ONLY) =>
  app.inject({ method: 'POST', url: `/recognize${query}`, headers, payload });

t.test('each layer has the values that Keras has for the same pixels', async (t) => {
  const app = await testApp(t, { model: KERAS_MODEL });
  for (const { name, pixels, read, layers } of KERAS_IMAGES) {
    const answer = await get(app, `?pixels=${Buffer.from(pixels).toString('base64url')}`);
    const { digit, inside } = answer.json<{ digit: number; inside: Layers }>();
    t.equal(digit, read);
    for (const { name: layer, shape, values } of inside.layers) {
      const floats = floatsOf(values);
      t.equal(
        floats.length,
        shape.reduce((a, b) => a * b),
      );
      t.same(offBy(floats, layers[layer].values), [], `${layer} of ${name}`);
    }
  }
  const [{ pixels }] = KERAS_IMAGES;
  const plain = await get(app, `?pixels=${encodeURIComponent(Buffer.from(pixels).toString('base64'))}`);
  t.equal(plain.statusCode, 200, 'in the other alphabet of base64, too');
});

t.test('an answer explains itself when asked, for strokes, a matrix and a picture', async (t) => {
  const app = await testApp(t);
  const strokes = await explain(app, { strokes: SEVEN });
  const { digit, inside, value } = strokes.json();
  t.equal(digit, 7);
  t.same(
    inside.layers.map(({ name }: { name: string }) => name),
    ['conv1', 'pool1', 'conv2', 'pool2', 'conv3', 'dense1', 'logits', 'probabilities'],
  );
  t.equal(value.layer, 'conv1');
  const matrix = [...Buffer.from(inside.pixels, 'base64url')];
  t.same((await explain(app, { matrix })).json().inside, inside, 'the same image gives the same');
  const raw = { width: 28, height: 28, channels: 1 } as const;
  const png = await sharp(Buffer.from(matrix), { raw }).png().toBuffer();
  const picture = await app.inject({
    ...{ method: 'POST', url: '/recognize?explain=1', payload: png },
    headers: { ...JSON_ONLY, 'content-type': 'image/png' },
  });
  t.equal(picture.json().inside.layers.length, 8);
  t.same((await get(app, `?pixels=${inside.pixels}`)).json().inside, inside, 'as the page has it');
  for (const none of ['', '?explain=', '?explain=0']) {
    t.notOk('inside' in (await explain(app, { strokes: SEVEN }, none)).json(), `"${none}"`);
  }
  const asked = await explain(app, { strokes: SEVEN }, '?explain=conv2,3,4,5');
  t.match(asked.json().value, { layer: 'conv2', map: 3, row: 4, column: 5, from: 'pool1' });
});

t.test('what is written out on the page adds up to the digits shown', async (t) => {
  const app = await testApp(t, { model: KERAS_MODEL });
  const numbers = (html: string, pattern: RegExp) =>
    [...html.matchAll(pattern)].map(([, text]) => Number(text.replace('−', '-')));
  for (const at of [
    'conv1,0,3,4',
    'conv1,5,14,14',
    'conv2,3,4,5',
    'conv2,9,0,0',
    'conv3,5',
    'dense1,3',
    'logits,7',
  ]) {
    const { body } = await get(app, `?part=value&at=${at}`, HTMX);
    const cells = numbers(body, /<td>([^<]*)<\/td>/g);
    let products = 0;
    for (let i = 0; i < cells.length; i += 3) {
      const [weight, value, product] = cells.slice(i, i + 3);
      t.ok(Math.abs(weight * value - product) <= 1.1e-5, `${at}: ${weight} × ${value} = ${product}`);
      products += product;
    }
    const [rest = 0] = numbers(body, /smaller products? adds? ([−\d.]+)\./g);
    const [, sum, sign, bias, total] = /class="sums">([−\d.]+) ([+−]) ([\d.]+) = ([−\d.]+)/.exec(body)!;
    const shown = (text: string) => Number(text.replace('−', '-'));
    t.ok(Math.abs(products + rest - shown(sum)) <= 0.0011, `${at}: ${products + rest} and ${sum}`);
    const added = shown(sum) + (sign === '−' ? -1 : 1) * Number(bias);
    t.ok(Math.abs(added - shown(total)) <= 0.0011, `${at}: ${added} and ${total}`);
  }
  const mean = await get(app, '?part=value&at=pool1', HTMX);
  const cells = numbers(mean.body, /<td>([^<]*)<\/td>/g);
  t.same(
    cells.filter((_, i) => i % 3 === 0),
    [0.25, 0.25, 0.25, 0.25],
  );
  const softmax = await get(app, '?part=value&at=probabilities,7', HTMX);
  const exponentials = numbers(softmax.body, /<td>[^<]*<\/td><td>([^<]*)<\/td>/g);
  const [, own, all, share] = /class="sums">([\d.]+) ÷ ([\d.]+) = ([\d.]+)/.exec(softmax.body)!;
  t.ok(Math.abs(exponentials.reduce((a, b) => a + b) - Number(all)) <= 5.1e-5);
  t.ok(Math.abs(Number(own) / Number(all) - Number(share)) <= 2e-5);
  t.equal(fixed(-0.00001, 3), '0.000', 'nothing is minus nothing');
  t.equal(fixed(-1.5, 2), '−1.50');
});

t.test('the page has the diagram, and each value as a table, without any script', async (t) => {
  const app = await testApp(t);
  const page = await get(app, '?at=conv2,3,4,5', BROWSER);
  t.equal(page.statusCode, 200);
  t.match(page.headers['content-type'], /^text\/html/);
  t.equal(page.body.match(/<input type="image"/g)?.length, 8);
  t.equal(page.body.match(/<button class="link" name="at" value="conv2,3,\d,\d"/g)?.length, 100);
  t.match(page.body, 'Convolution 2, map 4, row 5, column 6');
  t.match(page.body, /An example, until you draw\. The network: the built-in model\./);
  // 86 CSS pixels of conv2 at 2 each: the second map of the second row.
  const clicked = await get(app, '?conv2.x=30&conv2.y=40', BROWSER);
  t.match(clicked.body, 'Convolution 2, map 6, row 10, column 5');
  const dense = await get(app, '?at=dense1,83', BROWSER);
  t.equal(dense.body.match(/<button class="link" name="at" value="dense1,\d+,0,0"/g)?.length, 84);
  const fragment = await get(app, '', HTMX);
  t.notMatch(fragment.body, '<html');
  const answer = await explain(app, { strokes: SEVEN }, '?explain=pool2,1', HTMX as never);
  t.match(answer.body, /data-looked data-levels="[\w+/=]+"/);
  t.equal(Buffer.from(/data-levels="([^"]+)"/.exec(answer.body)![1], 'base64').length, 784 + 8104);
});

t.test('a sprite is a PNG of the levels', async (t) => {
  const app = await testApp(t);
  const { body } = await get(app, '', HTMX);
  const [, base64] = /name="conv1" src="data:image\/png;base64,([^"]+)"/.exec(body)!;
  const png = Buffer.from(base64, 'base64');
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  t.same([width, height], [3 * 28 + 2 * 2, 2 * 28 + 2]);
  const at = png.indexOf('IDAT');
  const rows = inflateSync(png.subarray(at + 4, at + 4 + png.readUInt32BE(at - 4)));
  t.equal(rows.length, height * (width + 1));
  const levels = Buffer.from(/data-levels="([^"]+)"/.exec(body)![1], 'base64').subarray(784);
  // Map 4, row 5, column 6 is the second map of the second row.
  const level = new Int8Array(levels)[(5 * 28 + 6) * 6 + 4];
  t.equal(rows[(28 + 2 + 5) * (width + 1) + 1 + 28 + 2 + 6] - 128, level);
});

t.test('a run is looked into after any epoch whose weights are kept', async (t) => {
  const app = await testApp(t);
  const [waiting, id] = [await storeRun(app, { state: 'queued' }), await storeRun(app)];
  t.match((await get(app, `?run=${waiting}`)).json(), { status: 409, code: 'NO_WEIGHTS' });
  const newest = await get(app, `?run=${id}`);
  t.match(newest.json(), { model: `run ${id}, epoch 3` });
  t.same((await get(app, `?run=${id}&epoch=3`)).json(), newest.json());
  t.match((await get(app, `?run=${id}&epoch=1`)).json(), { model: `run ${id}, epoch 1` });
  t.match((await get(app, `?run=${id}&epoch=7`)).json(), { status: 409, code: 'NO_WEIGHTS' });
  const explained = await explain(app, { strokes: SEVEN, run: id }, '?explain=1', HTMX as never);
  t.match(
    explained.body,
    /name="run" value="\d+">\s*<input type="hidden" name="epoch" value="3"/,
    'and stays so',
  );
});

t.test('what cannot be looked at is refused with a sentence', async (t) => {
  const app = await testApp(t);
  const wrong: [query: string, status: number, detail: RegExp][] = [
    ['?at=conv9', 422, /"at" must be a layer \(conv1, .*\), or a layer, map, row and column/],
    ['?at=conv1,6', 422, /"at" must be/],
    ['?at=conv1,1,2', 422, /"at" must be/],
    ['?at=conv1,1,2,28', 422, /"at" must be/],
    ['?at=conv1,1,2,3,4', 422, /"at" must be/],
    ['?pixels=AAAA', 422, /"pixels" must be 784 bytes in base64/],
    [`?pixels=${'*'.repeat(1046)}`, 422, /"pixels" must be 784 bytes/],
    ['?strokes=[[[1', 422, /"strokes" is not valid JSON/],
    ['?run=99', 404, /There is no run 99/],
    ['?run=x', 404, /There is no run x/],
    ['?epoch=2', 422, /"epoch" must be the number of an epoch/],
  ];
  for (const [query, status, detail] of wrong) {
    const answer = await get(app, query);
    t.equal(answer.statusCode, status, query);
    t.match(answer.json().detail, detail, query);
  }
  t.equal((await explain(app, { strokes: SEVEN }, '?explain=conv9')).statusCode, 422);
});

t.test('where reading needs a token, looking does too', async (t) => {
  const app = await testApp(t, { recognizeToken: 'reading-token' });
  t.equal((await get(app, '')).statusCode, 401);
  const authorization = 'Bearer reading-token';
  t.equal((await get(app, '', { ...JSON_ONLY, authorization })).statusCode, 200);
});
