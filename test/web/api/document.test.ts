/** The interface's description against the server that it describes. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { FastifyInstance, InjectOptions } from 'fastify';
import t, { type Test } from 'tap';
import { OPTIMIZERS } from '../../../src/network/optimizers.ts';
import { DEFAULT_SETTINGS, parseSettings, SETTING_ROWS } from '../../../src/training/settings.ts';
import { OPERATIONS } from '../../../src/web/operations.ts';
import { testApp } from '../../help/helper.ts';
import { addEpoch, begin, end } from '../../help/train.ts';

/** Pages, pieces of pages, and forms that do for browsers what scripts do by other methods: no script needs them. */
const FOR_BROWSERS: readonly RegExp[] = [
  /^GET \/(\*|static\/\*|revision|forecast|augmentation|docs|status|sign-in)?$/,
  /^POST \/(sign-(in|out)|reader)$/,
  /^POST \/corrections\/:id\/delete$/,
  /^\w+ \/runs\/:id\/(delete|label)$/,
  /^GET \/sweeps\/(new|count|:id\/standing)$/,
  /^POST \/sweeps\/:id\/delete$/,
  /^GET \/people\/:id\/erase$/,
  /^\w+ \/rooms\/:name\/(delete|settings)$/,
];

const JSON_ONLY = { accept: 'application/json' };

interface Document {
  readonly paths: Record<
    string,
    Record<string, { responses: Record<string, { content?: Record<string, object> }> }>
  >;
}

/** Checks answers against the document of the app that gives them. */
async function build(t: Test) {
  const app = await testApp(t);
  await app.ready();
  const document = app.swagger() as unknown as Document;
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  formats.default(ajv);
  ajv.addFormat('binary', true);
  ajv.addSchema(closed(document), 'document');
  const pointer = (...path: string[]) =>
    path.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/');

  /** What is wrong with an answer; null when it is as described. */
  async function wrong(address: string, request: InjectOptions): Promise<string | null> {
    const { statusCode, headers, body } = await app.inject({ headers: JSON_ONLY, ...request });
    const [method, route] = address.split(' ');
    const path = shownPath(route);
    const { responses } = document.paths[path][method.toLowerCase()];
    const status = String(statusCode) in responses ? String(statusCode) : 'default';
    const [type] = String(headers['content-type'] ?? '').split(';');
    if (!responses[status].content)
      return body === '' ? null : `${address} ${statusCode}: a body nobody described`;
    if (!(type in responses[status].content)) return `${address} ${statusCode}: ${type} is not described`;
    if (!/json$/.test(type)) return null;
    const at = pointer('paths', path, method.toLowerCase(), 'responses', status, 'content', type, 'schema');
    const validate = ajv.getSchema(`document#/${at}`)!;
    return validate(JSON.parse(body)) ? null : `${address} ${statusCode}: ${ajv.errorsText(validate.errors)}`;
  }
  return { app, document, ajv, wrong };
}

/** The same, whose answers may have nothing that is not described. */
function closed<Value>(value: Value): Value {
  if (Array.isArray(value)) return value.map(closed) as Value;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, inner]) => [name, closed(inner)]);
  const copy = Object.fromEntries(entries);
  if ('properties' in copy && copy.type === 'object') copy.additionalProperties ??= false;
  return copy;
}

t.test('every address is described, or is for browsers', async (t) => {
  const { app } = await build(t);
  const isForBrowsers = (address: string) => FOR_BROWSERS.some((pattern) => pattern.test(address));
  t.same(
    [...app.routeNames].filter((address) => !(address in OPERATIONS || isForBrowsers(address))),
    [],
  );
  t.same(
    Object.keys(OPERATIONS).filter((address) => !app.routeNames.has(address)),
    [],
    'nothing else is described',
  );
});

t.test('the document is OpenAPI 3.1 whose references lead somewhere', async (t) => {
  const { app, document } = await build(t);
  const answer = await app.inject('/openapi.json');
  t.match(answer.headers['content-type'], /^application\/json/);
  t.same(answer.json(), document);
  t.match(document, { openapi: /^3\.1/, info: { title: 'LeNet-5 workbench', version: /^\d/ } });
  for (const [reference, name] of answer.body.matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
    t.ok(answer.json().components.schemas[name], reference);
  }
});

t.test('settings are described by the table that checks them', async (t) => {
  const { ajv } = await build(t);
  const isDescribed = ajv.getSchema('document#/components/schemas/SettingsInput')!;
  const inputs: object[] = [
    {},
    DEFAULT_SETTINGS,
    { optimizer: 'adamw' },
    { learningrate: 0 },
    { engine: null, learningrate: '' },
    { epochs: 1.5 },
    ...OPTIMIZERS.map((optimizer) => ({ optimizer })),
    ...SETTING_ROWS.flatMap(({ name, row }) =>
      'min' in row ? [row.min - 1, row.min, row.max, row.max + 1].map((value) => ({ [name]: value })) : [],
    ),
  ];
  for (const input of inputs) {
    t.equal(isDescribed(input), parseSettings(input).errors === undefined, JSON.stringify(input));
  }
});

t.test('what is answered is as described', async (t) => {
  const { app, wrong } = await build(t);
  await trained(app);
  await trained(app);
  const matrix = Array.from({ length: 784 }, (_, i) => (i % 28 === 14 && i > 100 && i < 650 ? 255 : 0));
  const strokes = [
    [
      [10, 10],
      [10, 200],
    ],
  ];
  const requests: [address: string, request: InjectOptions][] = [
    ['GET /runs/:id', { url: '/runs/1' }],
    ['GET /runs/:id', { url: '/runs/99' }],
    ['GET /runs/:id/progress', { url: '/runs/1/progress' }],
    ['POST /runs/:id/stop', { method: 'POST', url: '/runs/1/stop' }],
    ['POST /runs/:id/resume', { method: 'POST', url: '/runs/1/resume' }],
    ['POST /runs', { method: 'POST', url: '/runs', payload: { epochs: 0 } }],
    ['POST /recognize', { method: 'POST', url: '/recognize', payload: { matrix } }],
    ['POST /recognize', { method: 'POST', url: '/recognize', payload: { strokes } }],
    ['POST /recognize', { method: 'POST', url: '/recognize?explain=1', payload: { strokes } }],
    ['GET /inside', { url: '/inside?at=conv2,3,4,5' }],
    ['GET /inside', { url: '/inside?at=probabilities' }],
    ['GET /inside', { url: '/inside?at=nothing' }],
    [
      'POST /recognize',
      { method: 'POST', url: '/recognize', payload: { inputs: [{ matrix }, {}, { strokes }] } },
    ],
    ['POST /recognize', { method: 'POST', url: '/recognize', payload: { matrix: [1, 2] } }],
    ['GET /model', { url: '/model' }],
    ['POST /model', { method: 'POST', url: '/model', payload: { run: 1 } }],
    ['POST /model', { method: 'POST', url: '/model', payload: {} }],
    ['POST /corrections', { method: 'POST', url: '/corrections', payload: { truth: 1, strokes } }],
    ['GET /corrections', { url: '/corrections' }],
    ['GET /corrections.json', { url: '/corrections.json' }],
    ['DELETE /corrections/:id', { method: 'DELETE', url: '/corrections/1' }],
    ['POST /corrections/delete', { method: 'POST', url: '/corrections/delete', payload: {} }],
    ['POST /fine-tunes', { method: 'POST', url: '/fine-tunes' }],
    ['GET /runs', { url: '/runs?sort=test&state=finished' }],
    ['GET /runs', { url: '/runs?sort=nonsense' }],
    ['GET /runs.csv', { url: '/runs.csv' }],
    ['GET /compare', { url: '/compare?run=1&run=2' }],
    ['PATCH /runs/:id', { method: 'PATCH', url: '/runs/1', payload: { name: 'first', pinned: true } }],
    ['POST /runs/:id/fork', { method: 'POST', url: '/runs/1/fork', payload: { epoch: 7 } }],
    ['GET /runs/:id/checkpoints', { url: '/runs/1/checkpoints' }],
    ['GET /runs/:id/checkpoints/:file', { url: '/runs/1/checkpoints/1.safetensors' }],
    ['GET /runs/:id/epochs.csv', { url: '/runs/1/epochs.csv' }],
    ['GET /runs/:id/export.json', { url: '/runs/1/export.json' }],
    ['GET /sweeps', { url: '/sweeps' }],
    ['GET /sweeps/:id', { url: '/sweeps/1' }],
    ['POST /sweeps', { method: 'POST', url: '/sweeps', payload: { grid: { epochs: [0] } } }],
    ['POST /sweeps', { method: 'POST', url: '/sweeps', payload: { grid: { epochs: [1, 2] } } }],
    ['GET /sweeps', { url: '/sweeps' }],
    ['GET /sweeps/:id', { url: '/sweeps/1' }],
    ['POST /sweeps/:id/stop', { method: 'POST', url: '/sweeps/1/stop' }],
    ['DELETE /runs/:id', { method: 'DELETE', url: '/runs/2' }],
    ['GET /v2', { url: '/v2' }],
    ['GET /v2/health/live', { url: '/v2/health/live' }],
    ['GET /v2/models/:name', { url: '/v2/models/lenet5' }],
    ['GET /v2/models/:name/ready', { url: '/v2/models/other/ready' }],
    ['GET /livez', { url: '/livez' }],
    ['GET /readyz', { url: '/readyz' }],
    ['GET /openapi.json', { url: '/openapi.json' }],
  ];
  for (const [address, request] of requests) t.equal(await wrong(address, request), null, address);
});

t.test('a body is demanded only where something has to be sent', async (t) => {
  const { app, document } = await build(t);
  const paths = document.paths as unknown as Record<string, Record<string, { requestBody?: object }>>;
  const optional = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, { requestBody }]) => requestBody && !(requestBody as { required: boolean }).required)
      .map(([method]) => `${method} ${path}`),
  );
  t.same(optional.sort(), [
    'patch /rooms/{name}',
    'patch /runs/{id}',
    'post /corrections/delete',
    'post /runs',
    'post /runs/{id}/resume',
  ]);
  await trained(app);
  t.equal((await app.inject({ method: 'PATCH', url: '/runs/1' })).statusCode, 200);
  t.equal((await app.inject({ method: 'POST', url: '/corrections/delete' })).statusCode, 200);
  t.equal((await app.inject({ method: 'POST', url: '/runs' })).statusCode, 201);
});

/** /runs/:id → /runs/{id} */
const shownPath = (route: string) => route.replace(/:(\w+)(\([^)]*\))?/g, '{$1}').replace(/\*$/, '{*}');

/** A run that has finished, with one epoch. */
async function trained({ workbench: { store } }: FastifyInstance): Promise<void> {
  const { id } = await store.create(
    { ...DEFAULT_SETTINGS, epochs: 1 },
    { owner: { id: 'c0ffee', name: 'Ada' } },
  );
  await begin(store, id);
  const epoch = { epoch: 1, loss: 0.25, accuracy: 0.92, val_loss: 0.125, val_accuracy: 0.96, seconds: 1.5 };
  const checkpoint = { weights: new Float32Array(61_706), slots: {}, step: 1719, random: [1, 2, 3, 4] };
  await addEpoch(store, id, epoch, checkpoint, true);
  const test = { loss: 0.1, accuracy: 0.97, answers: new Uint8Array(10_000) };
  await end(store, id, { state: 'finished', reason: null, test });
}

t.test('people read the same on a page', async (t) => {
  const app = await testApp(t);
  const { statusCode, body } = await app.inject({ url: '/docs', headers: { accept: 'text/html' } });
  t.equal(statusCode, 200);
  for (const address of Object.keys(OPERATIONS)) {
    const [method, path] = address.split(' ');
    t.ok(body.includes(`>${method}</b> <code>${shownPath(path)}</code>`), address);
  }
});
