/** Whatever is sent in whatever field, as whatever content type: it is read, or refused with a sentence. */
import type { InjectOptions } from 'fastify';
import t, { type Test } from 'tap';
import { testApp } from '../../help/helper.ts';
import { storeRun } from '../../help/stored-run.ts';

/** Of each type that JSON has, and what trips a program up: own members by the names of Object.prototype's. */
const VALUES: readonly string[] = [
  'null',
  'true',
  'false',
  '0',
  '-1',
  '1.5',
  '1e999',
  '""',
  '"x"',
  '" "',
  '"1"',
  '"[]"',
  '"[[1]]"',
  '"{"',
  '"data:"',
  '"data:,"',
  '"data:image/png;base64,"',
  '"data:image/png;base64,!"',
  '"data:text/plain,hello"',
  '"\\u0000"',
  '"\\ud800"',
  '"%"',
  '[]',
  '[1]',
  '[[1]]',
  '[[]]',
  '[[[]]]',
  '[null]',
  '["x"]',
  '[{}]',
  '{}',
  '{"a":1}',
  '{"length":784}',
  '{"0":1,"length":1}',
  '{"toString":1}',
  '[{"toString":1}]',
  '[[[{"toString":1}]]]',
  '{"toString":null,"valueOf":null}',
  '{"constructor":1}',
  '{"then":1}',
  '{"toJSON":1}',
  '{"hasOwnProperty":1}',
  '{"type":"Buffer","data":[137,80,78,71]}',
  '{"__proto__":{"x":1}}',
  '{"constructor":{"prototype":{}}}',
];

const SETTINGS = [
  'activation',
  'optimizer',
  'epochs',
  'learningrate',
  'seed',
  'engine',
  'data',
  'timebudget',
];

/** Address → its fields; and what stands beside each so that nothing is trained. */
const ROUTES: readonly { address: string; fields: readonly string[]; beside?: Record<string, unknown> }[] = [
  { address: 'POST /recognize', fields: ['matrix', 'strokes', 'image', 'run', 'inputs', 'other'] },
  { address: 'POST /corrections', fields: ['truth', 'matrix', 'strokes', 'image', 'other'] },
  { address: 'POST /corrections', fields: ['matrix', 'strokes', 'image'], beside: { truth: 7 } },
  { address: 'POST /corrections/delete', fields: ['truth', 'answer', 'newest', 'other'] },
  { address: 'POST /model', fields: ['run', 'other'] },
  { address: 'POST /runs', fields: [...SETTINGS, 'who', 'other'], beside: { batchsize: 0 } },
  { address: 'POST /runs/1/fork', fields: ['epoch', ...SETTINGS, 'other'], beside: { batchsize: 0 } },
  { address: 'POST /runs/1/label', fields: ['name', 'note', 'pinned', 'other'] },
  { address: 'PATCH /runs/1', fields: ['name', 'note', 'pinned', 'other'] },
  { address: 'POST /runs/1/stop', fields: ['other'] },
  { address: 'POST /runs/1/resume', fields: ['other'] },
  {
    address: 'POST /sweeps',
    fields: ['settings', 'grid', 'halving', 'optimizer', 'other'],
    beside: { batchsize: 0 },
  },
  { address: 'POST /sweeps', fields: ['grid', 'halving'], beside: { settings: { batchsize: 0 } } },
  { address: 'POST /sweeps/1/stop', fields: ['other'] },
  { address: 'POST /sign-in', fields: ['token', 'to'] },
  { address: 'POST /sign-out', fields: ['other'] },
  { address: 'DELETE /runs/99', fields: ['other'] },
  { address: 'DELETE /corrections/99', fields: ['other'] },
  {
    address: 'POST /v2/models/lenet5/infer',
    fields: ['id', 'parameters', 'inputs', 'outputs', 'other'],
    beside: { inputs: [{ name: 'images', shape: [1, 784], datatype: 'UINT8', data: Array(784).fill(9) }] },
  },
];

const ACCEPTED: readonly Record<string, string>[] = [
  { accept: 'application/json' },
  { accept: 'text/html' },
  { 'hx-request': 'true', accept: 'text/html' },
  {},
];

/** `body` is JSON as text: some of it cannot be made from a value. */
interface Sent {
  readonly type: string;
  readonly body: string;
}

function* sentAs(field: string, value: string, beside: Record<string, unknown>): Generator<Sent> {
  const rest = Object.entries(beside).filter(([name]) => name !== field);
  const members = [...rest.map(([name, each]) => [name, JSON.stringify(each)]), [field, value]];
  const json = `{${members.map(([name, each]) => `${JSON.stringify(name)}:${each}`).join(',')}}`;
  yield { type: 'application/json', body: json };
  yield { type: 'application/merge-patch+json', body: json };
  yield { type: 'text/plain', body: json };
  const text = value.startsWith('"') ? JSON.parse(value) : value;
  const fields = [...rest.map(([name, each]) => [name, String(each)]), [field, text]];
  const form = fields.map((pair) => pair.map((each) => encodeURIComponent(each.toWellFormed())).join('='));
  yield { type: 'application/x-www-form-urlencoded', body: form.join('&') };
  yield { type: 'application/x-www-form-urlencoded', body: [...form, ...form].join('&') };
  yield { type: 'application/x-www-form-urlencoded', body: form.join('&').replace(field, `${field}[]`) };
  const parts = fields.map(
    ([name, each]) => `--b\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${each}\r\n`,
  );
  yield { type: 'multipart/form-data; boundary=b', body: `${parts.join('')}--b--\r\n` };
  yield { type: 'multipart/form-data; boundary=b', body: `${parts.join('')}${parts.join('')}--b--\r\n` };
}

async function wrong(
  app: Awaited<ReturnType<typeof testApp>>,
  request: InjectOptions,
): Promise<string | null> {
  const answer = await app.inject(request);
  if (answer.statusCode >= 500) return `${answer.statusCode}`;
  const isProblem = answer.statusCode >= 400 && /problem\+json/.test(String(answer.headers['content-type']));
  if (isProblem && !/\.$/.test(answer.json().detail)) return `${answer.statusCode} ${answer.body}`;
  return null;
}

const report = ({ method, url, headers, payload }: InjectOptions, fault: string) =>
  `${method} ${url} ${JSON.stringify(headers)} ${String(payload).slice(0, 200)}: ${fault}`;

async function withRun(t: Test) {
  const app = await testApp(t);
  await storeRun(app);
  return app;
}

for (const { address, fields, beside = {} } of ROUTES) {
  t.test(`${address} ${fields}`, async (t) => {
    const app = await withRun(t);
    const [method, url] = address.split(' ') as ['POST', string];
    const faults: string[] = [];
    let [count, turn] = [0, 0];
    for (const field of fields) {
      for (const value of VALUES) {
        for (const { type, body } of sentAs(field, value, beside)) {
          const headers = { 'content-type': type, ...ACCEPTED[turn++ % ACCEPTED.length] };
          const request = { method, url, headers, payload: body };
          const fault = await wrong(app, request);
          count++;
          if (fault !== null) faults.push(report(request, fault));
        }
      }
    }
    t.same(faults.slice(0, 20), [], `${count} requests`);
  });
}

t.test('what an inference request says of its tensor', async (t) => {
  const app = await testApp(t);
  const good = { name: 'images', shape: [1, 784], datatype: 'FP32', data: Array(784).fill(9) };
  const faults: string[] = [];
  for (const field of [...Object.keys(good), 'parameters', 'parameters.binary_data_size', 'other']) {
    const { [field as 'name']: _left, ...rest } = good;
    for (const value of VALUES) {
      const member = field.includes('.')
        ? `"parameters":{"binary_data_size":${value}}`
        : `"${field}":${value}`;
      const tensor = `{${JSON.stringify(rest).slice(1, -1)},${member}}`;
      const payload = `{"inputs":[${tensor}],"outputs":[{"name":"digit","parameters":${value}}]}`;
      const request = { method: 'POST', url: '/v2/models/lenet5/infer', payload } as const;
      const fault = await wrong(app, request);
      if (fault !== null) faults.push(report(request, fault));
    }
  }
  t.same(faults.slice(0, 20), []);
});

t.test('what is no object, and what is no body', async (t) => {
  const app = await withRun(t);
  const faults: string[] = [];
  const types = ['application/json', 'application/x-www-form-urlencoded', 'text/plain', 'image/png', 'x/y'];
  for (const { address } of ROUTES) {
    const [method, url] = address.split(' ') as ['POST', string];
    if (url === '/runs' || url.endsWith('/fork')) continue; // No body trains.
    for (const payload of [...VALUES, '', '\n', '\u{feff}', '\u{0}']) {
      for (const type of [...types, undefined]) {
        const request = { method, url, headers: { ...(type && { 'content-type': type }) }, payload };
        const fault = await wrong(app, request);
        if (fault !== null) faults.push(report(request, fault));
      }
    }
  }
  t.same(faults.slice(0, 20), []);
});
