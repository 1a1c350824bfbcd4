/** The protocol's essence; bench/protocol/triton.py asks in every way with NVIDIA's own client. */
import { deflateSync, gzipSync } from 'node:zlib';
import t from 'tap';
import { readMnist } from '../../../src/datasets/mnist.ts';
import { MOST_INPUTS } from '../../../src/recognition/batch.ts';
import { testApp } from '../../help/helper.ts';

type App = Awaited<ReturnType<typeof testApp>>;

/** A one: an upright bar; and a blank image. */
const ONE = Array.from({ length: 784 }, (_, i) =>
  i >= 112 && i < 672 && (i % 28 === 13 || i % 28 === 14) ? 255 : 0,
);
const IMAGES = [...ONE, ...Array(784).fill(0)];

const URL_ = '/v2/models/lenet5/infer';

const json = (app: App, input: object, more: object = {}, url = URL_) =>
  app.inject({
    method: 'POST',
    url,
    payload: {
      inputs: [{ name: 'images', shape: [2, 28, 28], datatype: 'UINT8', data: IMAGES, ...input }],
      ...more,
    },
  });

function binary(
  app: App,
  bytes: Buffer,
  input: object,
  { headers = {}, more = {}, pack = (body: Buffer) => body } = {},
) {
  const header = Buffer.from(
    JSON.stringify({
      inputs: [{ name: 'images', parameters: { binary_data_size: bytes.length }, ...input }],
      ...more,
    }),
  );
  return app.inject({
    method: 'POST',
    url: URL_,
    headers: { 'inference-header-content-length': String(header.length), ...headers },
    payload: pack(Buffer.concat([header, bytes])),
  });
}

t.test('the server, its health and its model', async (t) => {
  const app = await testApp(t);
  t.match((await app.inject('/v2')).json(), { name: 'lenet5-workbench', extensions: ['binary_tensor_data'] });
  t.same((await app.inject('/v2/health/live')).json(), { live: true });
  t.equal((await app.inject('/v2/health/ready')).statusCode, 503, 'before it listens');
  await app.listen({ host: '127.0.0.1', port: 0 });
  t.same((await app.inject('/v2/health/ready')).json(), { ready: true });
  const model = {
    name: 'lenet5',
    versions: ['shipped'],
    platform: 'lenet5-workbench',
    inputs: [{ name: 'images', datatype: 'FP32', shape: [-1, 28, 28] }],
    outputs: [
      { name: 'probabilities', datatype: 'FP32', shape: [-1, 10] },
      { name: 'digit', datatype: 'INT64', shape: [-1] },
    ],
  };
  t.same((await app.inject('/v2/models/lenet5')).json(), model);
  t.same((await app.inject('/v2/models/lenet5/versions/shipped')).json(), model);
  t.same((await app.inject('/v2/models/lenet5/ready')).json(), { name: 'lenet5', ready: true });
  t.equal((await app.inject('/v2/models/lenet5/versions/shipped/ready')).statusCode, 200);
});

t.test('JSON: any shape and type, flat or nested, one answer', async (t) => {
  const app = await testApp(t);
  const first = (await json(app, {}, { id: 'a1' })).json();
  t.match(first, {
    model_name: 'lenet5',
    model_version: 'shipped',
    id: 'a1',
    outputs: [
      { name: 'probabilities', datatype: 'FP32', shape: [2, 10] },
      { name: 'digit', datatype: 'INT64', shape: [2] },
    ],
  });
  const [probabilities, digit] = first.outputs;
  t.equal(digit.data[0], 1);
  t.equal(digit.data[0], probabilities.data.indexOf(Math.max(...probabilities.data.slice(0, 10))));
  const sum = probabilities.data.slice(0, 10).reduce((a: number, b: number) => a + b);
  t.ok(Math.abs(sum - 1) < 1e-5, `probabilities sum to ${sum}`);
  const rows = Array.from({ length: 56 }, (_, i) => IMAGES.slice(i * 28, (i + 1) * 28));
  for (const input of [
    { shape: [2, 784] },
    { shape: [2, 28, 28, 1] },
    { data: [rows.slice(0, 28), rows.slice(28)] },
    { datatype: 'FP32' },
    { datatype: 'FP32', data: IMAGES.map((level) => level / 255) },
  ]) {
    t.same((await json(app, input)).json().outputs, first.outputs, JSON.stringify(input).slice(0, 60));
  }
  t.same((await json(app, {}, {}, '/v2/models/lenet5/versions/shipped/infer')).json().outputs, first.outputs);
  const only = (await json(app, {}, { outputs: [{ name: 'digit' }] })).json();
  t.same(only.outputs, [digit]);
  t.notOk('id' in only);
});

t.test('binary tensors, both ways, plain and compressed', async (t) => {
  const app = await testApp(t);
  const [probabilities, digit] = (await json(app, {})).json().outputs;
  const bytes = Buffer.from(IMAGES);
  const floats = Buffer.from(Float32Array.from(IMAGES, (level) => level / 255).buffer);
  for (const [body, input] of [
    [bytes, { shape: [2, 28, 28], datatype: 'UINT8' }],
    [floats, { shape: [2, 784], datatype: 'FP32' }],
  ] as const) {
    t.same((await binary(app, body, input)).json().outputs, [probabilities, digit]);
  }
  const input = { shape: [2, 28, 28], datatype: 'UINT8' };
  const gzip = await binary(app, bytes, input, { headers: { 'content-encoding': 'gzip' }, pack: gzipSync });
  t.same(gzip.json().outputs, [probabilities, digit]);
  const deflate = await binary(app, bytes, input, {
    headers: { 'content-encoding': 'deflate' },
    pack: deflateSync,
  });
  t.same(deflate.json().outputs, [probabilities, digit]);

  const answer = await binary(app, bytes, input, {
    more: {
      outputs: [
        { name: 'digit', parameters: { binary_data: true } },
        { name: 'probabilities', parameters: { binary_data: true } },
      ],
    },
  });
  t.equal(answer.headers['content-type'], 'application/octet-stream');
  const length = Number(answer.headers['inference-header-content-length']);
  t.same(JSON.parse(answer.rawPayload.toString('utf8', 0, length)).outputs, [
    { name: 'digit', datatype: 'INT64', shape: [2], parameters: { binary_data_size: 16 } },
    { name: 'probabilities', datatype: 'FP32', shape: [2, 10], parameters: { binary_data_size: 80 } },
  ]);
  const tail = answer.rawPayload.subarray(length);
  t.equal(tail.length, 96);
  t.same([tail.readBigInt64LE(0), tail.readBigInt64LE(8)], digit.data.map(BigInt));
  t.same(
    Array.from({ length: 20 }, (_, i) => tail.readFloatLE(16 + 4 * i)),
    Array.from(Float32Array.from(probabilities.data)),
  );

  const mixed = await json(
    app,
    {},
    {
      parameters: { binary_data_output: true },
      outputs: [{ name: 'digit', parameters: { binary_data: false } }, { name: 'probabilities' }],
    },
  );
  const header = JSON.parse(
    mixed.rawPayload.toString('utf8', 0, Number(mixed.headers['inference-header-content-length'])),
  );
  t.match(header.outputs, [{ data: digit.data }, { parameters: { binary_data_size: 80 } }]);
});

t.test("the scale is each image's own: one does not spoil its batch", async (t) => {
  const app = await testApp(t);
  const { images, labels } = readMnist('test');
  const units = Array.from(images.subarray(0, 10 * 784), (byte) => byte / 255);
  const labelsOfTen = [...labels.subarray(0, 10)];
  const shape = [10, 28, 28];
  const strongest = units.lastIndexOf(1);
  t.ok(strongest > 9 * 784, 'in the last image');
  const bytesOf = (numbers: readonly number[]) => Buffer.from(Float32Array.from(numbers).buffer);
  for (const most of [1, 1.0000001, 1.0000000000000004, 1.02]) {
    const numbers = units.with(strongest, most);
    for (const answer of [
      await json(app, { datatype: 'FP32', shape, data: numbers }),
      await binary(app, bytesOf(numbers), { datatype: 'FP32', shape }),
    ]) {
      const { parameters, outputs } = answer.json();
      t.same(parameters, { scale: '0-1' }, `${most}`);
      t.same(outputs[1].data, labelsOfTen, `${most}`);
    }
  }
  const mixed = units.map((unit, i) => (i < 784 ? unit * 255 : i < 2 * 784 ? 1 - unit : unit));
  const { parameters, outputs } = (await json(app, { datatype: 'FP32', shape, data: mixed })).json();
  t.equal(parameters.scale, `0-255${',0-1'.repeat(9)}`);
  t.match(parameters.hint, /^Image 2: Ink is expected to be high; this looks inverted/);
  t.same(outputs[1].data.toSpliced(1, 1), labelsOfTen.toSpliced(1, 1));
});

t.test('the version is the run that reads', async (t) => {
  const app = await testApp(t);
  const serving = app.workbench.recognition.serving!;
  await app.workbench.recognition.serve({ ...serving, source: { kind: 'run', runId: 13, epoch: 2 } });
  t.equal((await json(app, {})).json().model_version, '13');
  t.equal((await json(app, {}, {}, '/v2/models/lenet5/versions/13/infer')).statusCode, 200);
  const old = await json(app, {}, {}, '/v2/models/lenet5/versions/shipped/infer');
  t.match(old.json(), { model_version: 'shipped' }, 'what was in service can still be asked for');
  const never = await json(app, {}, {}, '/v2/models/lenet5/versions/12/infer');
  t.equal(never.statusCode, 404);
  t.match(never.json(), { error: /version "13" is/ });
});

t.test('what is wrong is one sentence in "error"', async (t) => {
  const app = await testApp(t);
  const deep = '['.repeat(50_000) + ']'.repeat(50_000);
  for (const [input, sentence] of [
    [{ name: 'image' }, /The input is called "images"/],
    [{ datatype: 'INT8' }, /FP32 or UINT8/],
    [{ shape: [2, 27, 28] }, /\[n,28,28\], \[n,784\]/],
    [{ shape: [-1, 28, 28] }, /Send 1 to 1000/],
    [{ shape: [1.5, 784] }, /shape/],
    [{ shape: [1e9, 784] }, /Send 1 to 1000/],
    [{ shape: 'x' }, /shape/],
    [{ shape: [MOST_INPUTS + 1, 784] }, /Send 1 to 1000/],
    [{ shape: [3, 28, 28] }, /2352 numbers, not 1568/],
    [{ data: 7 }, /has no "data"/],
    [{ data: [256, ...IMAGES.slice(1)] }, /Number 1 of "images" is 256/],
    [{ data: ['a', ...IMAGES.slice(1)] }, /Number 1/],
    [{ data: [null, ...IMAGES.slice(1)] }, /Number 1/],
    [{ data: undefined, parameters: { binary_data_size: 1568 } }, /1568 bytes, not 1568; 0 were sent/],
    [{ parameters: { binary_data_size: 1568 } }, /both/],
  ] as const) {
    const answer = await json(app, input);
    t.equal(answer.statusCode, 400, JSON.stringify(input).slice(0, 60));
    t.match(answer.json(), { error: sentence });
  }
  const ask = (payload: string, headers = {}, url = URL_) =>
    app.inject({ method: 'POST', url, headers, payload });
  for (const [answer, status] of [
    [await ask('{"inputs":'), 400],
    [await ask('[1]'), 400],
    [await ask('null'), 400],
    [await ask('{"inputs":[]}'), 400],
    [await ask('{"inputs":[1,2]}'), 400],
    [await ask('{"inputs":{"length":1}}'), 400],
    [await ask('{}', { 'inference-header-content-length': '99' }), 400],
    [await ask('{}', { 'inference-header-content-length': 'x' }), 400],
    [await ask(`{"inputs":[{"name":"images","shape":[2,784],"datatype":"FP32","data":${deep}}]}`), 400],
    [await ask(`{"inputs":[{"name":"images","shape":[2,${deep}],"datatype":"FP32","data":[]}]}`), 400],
    [await ask('no gzip', { 'content-encoding': 'gzip' }), 400],
    [await ask(`${'x'.repeat(8 * 2 ** 20)}x`), 413],
    [await app.inject({ method: 'POST', url: URL_ }), 400],
    [await json(app, {}, { outputs: [{ name: 'logits' }] }), 400],
    [await json(app, {}, { outputs: [7] }), 400],
    [await json(app, {}, { outputs: Array(3).fill({ name: 'digit' }) }), 400],
    [await json(app, {}, { outputs: [{ name: { toString: 1 } }] }), 400],
    [await json(app, { shape: [2, { toString: 1 }] }), 400],
    [await json(app, {}, { id: 'x'.repeat(1001) }), 400],
    [await ask('{}', {}, '/v2/models/resnet/infer'), 404],
    [await app.inject('/v2/models/resnet'), 404],
    [await app.inject('/v2/models/lenet5/versions/9/ready'), 404],
  ] as const) {
    t.equal(answer.statusCode, status, answer.body.slice(0, 100));
    t.type(answer.json().error, 'string');
  }
  const nan = await binary(app, Buffer.from(Float32Array.of(Number.NaN, ...Array(783).fill(0)).buffer), {
    shape: [1, 784],
    datatype: 'FP32',
  });
  t.match(nan.json(), { error: /Number 1 of "images" is NaN/ });
});

t.test('a small body that would unpack to much is refused', async (t) => {
  const app = await testApp(t);
  const bomb = await app.inject({
    method: 'POST',
    url: URL_,
    headers: { 'content-encoding': 'gzip' },
    payload: gzipSync(Buffer.alloc(64 * 2 ** 20)),
  });
  t.equal(bomb.statusCode, 413);
});

t.test('without a model it is not ready, without a token for it anyone may ask', async (t) => {
  const app = await testApp(t, { host: '0.0.0.0', token: 'chalk-and-slate' });
  t.equal((await json(app, {})).statusCode, 200);
  const closed = await testApp(t, { host: '0.0.0.0', recognizeToken: 'look-and-read' });
  const refused = await json(closed, {});
  t.equal(refused.statusCode, 401);
  t.match(refused.json(), { error: /Sign in/ });
  await app.workbench.recognition.close();
  t.equal((await app.inject('/v2/models/lenet5/ready')).statusCode, 503);
  t.equal((await json(app, {})).statusCode, 503);
});
