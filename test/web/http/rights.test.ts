/** Every address asked for by everybody in every room: who is let in, and that a refusal changes nothing. */
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import t, { type Test } from 'tap';
import type { Owner } from '../../../src/runs/run.ts';
import { DEFAULT_SETTINGS } from '../../../src/training/settings.ts';
import { makeTokens } from '../../../src/web/http/room-tokens.ts';
import type { Workbench } from '../../../src/workbench.ts';
import { browserOf, CLASS, signedIn } from '../../help/cookie-jar.ts';
import { testApp } from '../../help/helper.ts';
import { addEpoch, end } from '../../help/train.ts';

/**
 * `look` = everybody; `read` = everybody, unless a token is set for it; `change` = whoever signed in; `own` = its owner
 * and an admin; `admin`; `operator`.
 */
type Need = 'look' | 'read' | 'change' | 'own' | 'admin' | 'operator';

/** In addresses: a run of Ada's that waits, one that has ended, her sweep, one that has ended, her correction. */
interface Adas {
  readonly run: number;
  readonly ended: number;
  readonly sweep: number;
  readonly endedSweep: number;
  readonly correction: number;
  readonly workbench: Workbench;
  /** Her id. */
  readonly owner: string;
}

interface Row {
  readonly need: Need;
  readonly url: string;
  readonly payload?: object;
}

const MATRIX = Array.from({ length: 784 }, (_, i) => (i % 28 === 14 && i > 112 && i < 672 ? 255 : 0));
const TENSOR = { inputs: [{ name: 'images', shape: [1, 28, 28], datatype: 'UINT8', data: MATRIX }] };
const row = (need: Need, url: string, payload?: object): Row => ({ need, url, ...(payload && { payload }) });

/** Route → who may, and how it is asked for: `:run` and the like stand for Ada's. */
const ROUTES: Readonly<Record<string, Row>> = {
  'GET /static/*': row('look', '/static/css/workbench.css'),
  'GET /livez': row('look', '/livez'),
  'GET /readyz': row('look', '/readyz'),
  'GET /metrics': row('look', '/metrics'),
  'GET /status': row('look', '/status'),
  'GET /sign-in': row('look', '/sign-in'),
  'POST /sign-in': row('look', '/sign-in', { token: CLASS.token }),
  'POST /sign-out': row('look', '/sign-out'),
  'GET /': row('look', '/'),
  'GET /revision': row('look', '/revision'),
  'GET /forecast': row('look', '/forecast?epochs=3'),
  'GET /augmentation': row('look', '/augmentation'),
  'POST /runs': row('change', '/runs', { epochs: 1 }),
  'GET /runs/:id': row('look', '/runs/:run'),
  'GET /runs': row('look', '/runs'),
  'GET /compare': row('look', '/compare?run=:run&run=:ended'),
  'GET /runs.csv': row('look', '/runs.csv'),
  'GET /runs/:id/epochs.csv': row('look', '/runs/:run/epochs.csv'),
  'GET /runs/:id/export.json': row('look', '/runs/:run/export.json'),
  'POST /runs/:id/stop': row('own', '/runs/:run/stop'),
  'POST /runs/:id/resume': row('own', '/runs/:ended/resume'),
  'PATCH /runs/:id': row('own', '/runs/:run', { name: 'mine' }),
  'POST /runs/:id/label': row('own', '/runs/:run/label', { name: 'mine', pinned: true }),
  'POST /runs/:id/fork': row('change', '/runs/:ended/fork', { epoch: 1 }),
  'DELETE /runs/:id': row('own', '/runs/:ended'),
  'GET /runs/:id/delete': row('own', '/runs/:ended/delete'),
  'POST /runs/:id/delete': row('own', '/runs/:ended/delete'),
  'GET /runs/:id/checkpoints': row('look', '/runs/:run/checkpoints'),
  'GET /runs/:id/checkpoints/:file': row('look', '/runs/:ended/checkpoints/1.safetensors'),
  'GET /runs/:id/progress': row('look', '/runs/:run/progress'),
  'GET /runs/:id/events': row('look', '/runs/:ended/events'),
  'POST /sweeps': row('change', '/sweeps', { settings: {}, grid: { seed: [1, 2] } }),
  'GET /sweeps': row('look', '/sweeps'),
  'GET /sweeps/new': row('look', '/sweeps/new'),
  'GET /sweeps/count': row('look', '/sweeps/count'),
  'GET /sweeps/:id': row('look', '/sweeps/:sweep'),
  'GET /sweeps/:id/standing': row('look', '/sweeps/:sweep/standing'),
  'GET /sweeps/:id(^\\d+).csv': row('look', '/sweeps/:sweep.csv'),
  'POST /sweeps/:id/stop': row('own', '/sweeps/:sweep/stop'),
  'DELETE /sweeps/:id': row('own', '/sweeps/:endedSweep'),
  'POST /sweeps/:id/delete': row('own', '/sweeps/:endedSweep/delete'),
  'GET /sweeps/:id/events': row('look', '/sweeps/:endedSweep/events'),
  'GET /model': row('look', '/model'),
  'POST /model': row('admin', '/model', { run: 'shipped' }),
  'GET /models': row('look', '/models'),
  'GET /models/:id': row('look', '/models/:ended'),
  'POST /models/:id/promote': row('admin', '/models/:ended/promote'),
  'POST /models/rollback': row('admin', '/models/rollback'),
  'GET /model/events': row('look', '/model/events'),
  'POST /reader': row('look', '/reader', { model: 'service' }),
  'GET /people': row('admin', '/people'),
  'GET /people/:id/erase': row('admin', '/people/:owner/erase'),
  'POST /people/:id/erase': row('admin', '/people/:owner/erase'),
  'DELETE /people/:id': row('admin', '/people/:owner'),
  'GET /rooms': row('operator', '/rooms'),
  'POST /rooms': row('operator', '/rooms', { name: 'New room' }),
  'GET /rooms/:name': row('look', '/rooms/Other'),
  'PATCH /rooms/:name': row('operator', '/rooms/Other', { runs: 60 }),
  'DELETE /rooms/:name': row('operator', '/rooms/Other'),
  'POST /rooms/:name/enter': row('operator', '/rooms/default/enter'),
  'POST /rooms/:name/settings': row('operator', '/rooms/Other/settings', { runs: 70 }),
  'POST /rooms/:name/tokens': row('operator', '/rooms/Other/tokens'),
  'GET /rooms/:name/delete': row('operator', '/rooms/Other/delete'),
  'POST /rooms/:name/delete': row('operator', '/rooms/Other/delete'),
  'POST /corrections': row('change', '/corrections', { truth: 7, matrix: MATRIX }),
  'GET /corrections': row('look', '/corrections'),
  'GET /corrections/delete': row('change', '/corrections/delete'),
  'POST /corrections/delete': row('change', '/corrections/delete', { truth: 9 }),
  'GET /corrections/:id/delete': row('own', '/corrections/:correction/delete'),
  'POST /corrections/:id/delete': row('own', '/corrections/:correction/delete'),
  'DELETE /corrections/:id': row('own', '/corrections/:correction'),
  'GET /corrections.json': row('look', '/corrections.json'),
  'GET /corrections-images-idx3-ubyte': row('look', '/corrections-images-idx3-ubyte'),
  'GET /corrections-labels-idx1-ubyte': row('look', '/corrections-labels-idx1-ubyte'),
  'POST /fine-tunes': row('change', '/fine-tunes'),
  'GET /now': row('look', '/now'),
  'GET /now/*': row('look', '/now/Asia/Tokyo'),
  'GET /openapi.json': row('look', '/openapi.json'),
  'GET /docs': row('look', '/docs'),
  'POST /recognize': row('read', '/recognize', { matrix: MATRIX }),
  'GET /inside': row('read', '/inside'),
  'GET /v2': row('look', '/v2'),
  'GET /v2/health/live': row('look', '/v2/health/live'),
  'GET /v2/health/ready': row('look', '/v2/health/ready'),
  'GET /v2/models/:name': row('look', '/v2/models/lenet5'),
  'GET /v2/models/:name/ready': row('look', '/v2/models/lenet5/ready'),
  'POST /v2/models/:name/infer': row('read', '/v2/models/lenet5/infer', TENSOR),
  'GET /v2/models/:name/versions/:version': row('look', '/v2/models/lenet5/versions/shipped'),
  'GET /v2/models/:name/versions/:version/ready': row('look', '/v2/models/lenet5/versions/shipped/ready'),
  'POST /v2/models/:name/versions/:version/infer': row(
    'read',
    '/v2/models/lenet5/versions/shipped/infer',
    TENSOR,
  ),
};

/** What a client says it wants. */
const FORMS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  page: { accept: 'text/html,*/*;q=0.8' },
  fragment: { accept: 'text/html', 'hx-request': 'true', 'hx-request-type': 'partial' },
  json: { accept: 'application/json' },
  'no accept': {},
};

type Headers = Readonly<Record<string, string>>;

const bearer = (token: string, owner?: string) => ({
  authorization: `Bearer ${token}`,
  ...(owner !== undefined && { 'x-owner': owner }),
});

const cookieOf = ({ cookies }: ReturnType<typeof browserOf>): Headers => ({
  cookie: Object.entries(cookies)
    .map((pair) => pair.join('='))
    .join('; '),
});

/** A server of a class that trains nothing, and Ada's browser, with what is hers. */
async function build(t: Test, config = {}) {
  const app = await testApp(t, { ...CLASS, ...config });
  await app.workbench.training.close();
  // Ready once it listens.
  await app.listen({ host: '127.0.0.1', port: 0 });
  const ada = await signedIn(app);
  const probe = await ada.inject({
    method: 'POST',
    url: '/corrections',
    headers: FORMS.json,
    payload: { truth: 1, matrix: MATRIX },
  });
  const { owner } = probe.json();
  t.match(owner, { id: /^[\da-f]{16}$/ });

  /** Hers anew, and nothing else. */
  async function lay(workbench: Workbench = app.workbench, by: Owner = owner): Promise<Adas> {
    const { store, corrections, sweeps } = workbench;
    await clear(workbench);
    await layRooms(app);
    const run = (await store.create(DEFAULT_SETTINGS, { owner: by })).id;
    const ended = (await store.create(DEFAULT_SETTINGS, { owner: by })).id;
    const epoch = { epoch: 1, loss: 1, accuracy: 0.5, val_loss: 1, val_accuracy: 0.5, seconds: 1 };
    const checkpoint = { weights: new Float32Array(61_706), slots: {}, step: 1, random: [1, 2, 3, 4] };
    await addEpoch(store, ended, epoch, checkpoint, true);
    await end(store, ended, { state: 'stopped', reason: null });
    const grid = { settings: DEFAULT_SETTINGS, axes: { seed: [1, 2] }, trials: [DEFAULT_SETTINGS] };
    const sweep = (await sweeps.create(grid, { halving: false, owner: by })).sweep.id;
    const endedSweep = (await sweeps.create(grid, { halving: false, owner: by })).sweep.id;
    await sweeps.stop(endedSweep);
    const probabilities = new Array<number>(10).fill(0.1);
    const image = Uint8Array.from(MATRIX);
    const said = { truth: 1, answer: 7, probabilities, model: 'x', image, strokes: null, owner: by };
    const correction = (await corrections.add(said)).id;

    return { run, ended, sweep, endedSweep, correction, owner: by.id, workbench };
  }
  return { app, ada, owner: owner as { id: string; name: string }, lay };
}

/** A room of nobody's, and none that a request has made. */
async function layRooms({ workbenches: { rooms } }: FastifyInstance): Promise<void> {
  const { digests } = makeTokens();
  const made = rooms.named('New room');
  if (made) await rooms.delete(made.id);
  if (rooms.named('Other') === null) await rooms.create('Other', digests);
}

async function clear({ store, corrections, sweeps, choice }: Workbench): Promise<void> {
  for (const { sweep } of await sweeps.list(1000)) {
    await sweeps.stop(sweep.id);
    await sweeps.delete(sweep.id);
  }
  await choice.serve('shipped');
  for (const { id } of (await store.list({ limit: 1000 } as object)).runs) {
    await store.stop(id, 'To be deleted.');
    if (!(await store.delete(id))) throw new Error(`run ${id} cannot be deleted`);
  }
  while ((await corrections.deleteSome({})) > 0);
}

/** All that somebody could have changed. */
async function state({ workbench, workbenches }: FastifyInstance): Promise<string> {
  return JSON.stringify([await stateOf(workbench), workbenches.rooms.list()]);
}

async function stateOf({ store, corrections, sweeps, recognition }: Workbench): Promise<string> {
  return JSON.stringify([
    (await store.list()).runs,
    (await Array.fromAsync(corrections.each())).map(({ id }) => id),
    (await sweeps.list(1000)).map(({ sweep, state }) => [sweep.id, state]),
    recognition.serving?.source,
  ]);
}

const addressOf = ({ url }: Row, adas: Adas) =>
  url.replace(/:(\w+)/g, (_, name: keyof Adas) => String(adas[name]));

/** "in", or "out" when it was refused for who asks. */
async function ask(app: FastifyInstance, name: string, adas: Adas, headers: Headers) {
  const method = name.split(' ')[0] as 'GET';
  const { payload, ...row } = ROUTES[name];
  if (name === 'POST /models/rollback') {
    // It was in service, so that one can go back to it.
    const { choice } = adas.workbench;
    for (const id of [adas.ended, 'shipped']) await choice.serve(id);
  }
  const request = { method, url: addressOf(row, adas), headers: { ...headers }, ...(payload && { payload }) };
  if (name === 'GET /model/events') {
    // It never ends.
    const { statusCode, stream } = await app.inject({ ...request, payloadAsStream: true });
    stream().destroy();
    return { statusCode, body: '', way: statusCode === 200 ? 'in' : 'out' };
  }
  const answer = await app.inject(request);
  const { statusCode } = answer;
  const isLedAway = String(answer.headers.location ?? '').startsWith('/sign-in');
  return { statusCode, body: answer.body, way: [401, 403].includes(statusCode) || isLedAway ? 'out' : 'in' };
}

t.test('every route is in the table', async (t) => {
  const app = await testApp(t);
  await app.ready();
  t.same(
    [...app.routeNames].filter((name) => name !== 'GET /dev/events').toSorted(),
    Object.keys(ROUTES).toSorted(),
  );
});

t.test(
  'each route lets in whom it should, in whatever form it is asked; a refusal changes nothing',
  async (t) => {
    const { app, ada, owner, lay } = await build(t);
    const [bob, teacher, guest] = [
      await signedIn(app),
      await signedIn(app, CLASS.adminToken),
      browserOf(app),
    ];
    await guest.inject({ url: '/' });
    const mac = createHmac('sha256', Buffer.alloc(32)).update('admin').digest('base64url');
    const lets: Readonly<Record<string, { readonly headers: Headers; readonly needs: readonly Need[] }>> = {
      guest: { headers: cookieOf(guest), needs: ['look', 'read'] },
      'a guest without cookies': { headers: {}, needs: ['look', 'read'] },
      'a guest with a made-up session': {
        headers: { cookie: `workbench-session=admin.zzzzzz.${'A'.repeat(22)}.${mac}` },
        needs: ['look', 'read'],
      },
      'a guest with Ada’s id as cookie and name': {
        headers: { cookie: `workbench-owner=${owner.id.padEnd(22, '_')}`, 'x-owner': owner.id },
        needs: ['look', 'read'],
      },
      'another pupil': { headers: cookieOf(bob), needs: ['look', 'read', 'change'] },
      'another pupil who says to be Ada': {
        headers: { ...cookieOf(bob), 'x-owner': owner.id },
        needs: ['look', 'read', 'change'],
      },
      'another pupil with Ada’s id as cookie': {
        headers: { ...bearer(CLASS.token), cookie: `workbench-owner=${owner.id.padEnd(22, '_')}` },
        needs: ['look', 'read', 'change'],
      },
      'a script with the class’s token': { headers: bearer(CLASS.token), needs: ['look', 'read', 'change'] },
      'a script that says who it is': {
        headers: bearer(CLASS.token, 'Bob'),
        needs: ['look', 'read', 'change'],
      },
      ada: { headers: cookieOf(ada), needs: ['look', 'read', 'change', 'own'] },
      admin: { headers: cookieOf(teacher), needs: ['look', 'read', 'change', 'own', 'admin', 'operator'] },
      'an admin’s script': {
        headers: bearer(CLASS.adminToken),
        needs: ['look', 'read', 'change', 'own', 'admin', 'operator'],
      },
    };
    let asked = 0;
    for (const [name, { need }] of Object.entries(ROUTES)) {
      // Would end the session that the others go on with.
      if (name === 'POST /sign-out') continue;
      for (const [who, { headers, needs }] of Object.entries(lets)) {
        for (const [form, accept] of Object.entries(FORMS)) {
          if (name === 'POST /sign-in' && 'cookie' in headers) continue;
          const adas = await lay();
          const before = await state(app);
          const { way, statusCode, body } = await ask(app, name, adas, { ...headers, ...accept });
          asked++;
          // A room's address leads whoever is not in it to its sign-in, and tells scripts to sign in.
          const isAsked = name === 'GET /rooms/:name' && !needs.includes('operator');
          const expected = needs.includes(need) && !(isAsked && way === 'out') ? 'in' : 'out';
          const what = `${name}, ${who}, ${form}`;
          if (way !== expected) t.fail(`${what}: ${way} (${statusCode}) ${body.slice(0, 200)}`);
          // One who has none of their own is let in, and told so.
          const hasNone = statusCode === 409 && name === 'POST /fine-tunes' && !needs.includes('own');
          if (way === 'in' && statusCode >= 400 && !hasNone)
            t.fail(`${what}: ${statusCode} ${body.slice(0, 200)}`);
          if (way === 'out' && (await state(app)) !== before)
            t.fail(`${what}: refused, and yet something changed`);
          if (/\bnull\b/.test(body) && way === 'out') t.fail(`${what}: ${body.slice(0, 200)}`);
        }
      }
    }
    t.ok(asked > 3000, `${asked} requests`);
  },
);

t.test('what another site has a browser send changes nothing, whoever is signed in there', async (t) => {
  const { app, lay } = await build(t);
  const admin = cookieOf(await signedIn(app, CLASS.adminToken));
  for (const name of Object.keys(ROUTES).filter((name) => !name.startsWith('GET'))) {
    for (const [from, headers] of Object.entries({
      site: { 'sec-fetch-site': 'cross-site' },
      subdomain: { 'sec-fetch-site': 'same-site' },
      origin: { origin: 'https://elsewhere.example' },
      'sandboxed frame': { origin: 'null' },
    })) {
      const adas = await lay();
      const before = await state(app);
      const { statusCode } = await ask(app, name, adas, { ...admin, ...FORMS.page, ...headers });
      t.equal(statusCode, 403, `${name}, ${from}`);
      t.equal(await state(app), before);
    }
  }
});

t.test('HEAD asks for no less than GET', async (t) => {
  const { app, lay } = await build(t);
  const bob = cookieOf(await signedIn(app));
  for (const [name, row] of Object.entries(ROUTES)) {
    if (!name.startsWith('GET') || row.need === 'look') continue;
    for (const headers of [{}, bob]) {
      const { statusCode } = await app.inject({ method: 'HEAD', url: addressOf(row, await lay()), headers });
      const asGet = await ask(app, name, await lay(), headers);
      t.equal(statusCode, asGet.statusCode, name);
    }
  }
});

t.test('alone each route lets everybody in: another browser, a private window, a script', async (t) => {
  const { app, lay } = await build(t, { host: '127.0.0.1', token: null, adminToken: null });
  const other = browserOf(app);
  await other.inject({ url: '/' });
  for (const name of Object.keys(ROUTES)) {
    for (const headers of [
      { ...cookieOf(other), ...FORMS.page, 'sec-fetch-site': 'same-origin' },
      { ...FORMS.fragment, 'sec-fetch-site': 'same-origin' },
      FORMS.json,
      { 'x-owner': 'Bob' },
    ]) {
      const { way, statusCode } = await ask(app, name, await lay(), headers as Headers);
      t.equal(way, 'in', `${name} ${JSON.stringify(headers)}`);
      t.ok(statusCode < 400, `${name}: ${statusCode}`);
    }
  }
});

t.test('with a token for reading, a drawing is read for those who have one', async (t) => {
  const { app, lay } = await build(t, { recognizeToken: 'look-and-read' });
  for (const [name, { need }] of Object.entries(ROUTES)) {
    if (need !== 'read') continue;
    t.equal((await ask(app, name, await lay(), {})).way, 'out', name);
    for (const token of ['look-and-read', CLASS.token, CLASS.adminToken]) {
      t.equal((await ask(app, name, await lay(), bearer(token))).way, 'in', `${name} ${token}`);
    }
  }
  for (const [name, { need }] of Object.entries(ROUTES)) {
    if (['look', 'read'].includes(need)) continue;
    t.equal(
      (await ask(app, name, await lay(), bearer('look-and-read'))).way,
      'out',
      `${name}: it allows nothing else`,
    );
  }
});

t.test('nobody’s is anybody’s who signed in, and no guest’s', async (t) => {
  const { app } = await build(t);
  const { id } = await app.workbench.store.create(DEFAULT_SETTINGS);
  await end(app.workbench.store, id, { state: 'stopped', reason: null });
  for (const form of Object.values(FORMS)) {
    const asked = await app.inject({ url: `/runs/${id}/delete`, headers: { ...form } });
    t.ok([401, 303].includes(asked.statusCode));
    t.notMatch(asked.body, /null/);
  }
  const bob = await signedIn(app);
  t.equal((await bob.inject({ url: `/runs/${id}/delete` })).statusCode, 200);
});

/** Ada's name in her room. */
const SECRET = 'Ada the Secret';

/** Who asks, as docs/access.md has them in its columns. */
const COLUMNS = ['guest', 'pupil', 'its owner', 'teacher', 'operator', 'another room'] as const;

t.test(
  'who may do what is as docs/access.md says, in a room that was made, and nothing of it reaches another room',
  async (t) => {
    const { app, lay } = await build(t);
    const { workbenches } = app;
    const [mine, others] = [makeTokens(), makeTokens()];
    const room = (await workbenches.rooms.create('7a', mine.digests))!;
    await workbenches.rooms.create('7b', others.digests);
    const workbench = await workbenches.in(room);
    const ada = { authorization: `Bearer ${mine.tokens.pupils}`, 'x-owner': SECRET };
    const probe = await app.inject({
      method: 'POST',
      url: '/corrections',
      headers: { ...ada, accept: 'application/json' },
      payload: { truth: 1, matrix: MATRIX },
    });
    const { owner } = probe.json();
    const askers: Readonly<Record<(typeof COLUMNS)[number], readonly Headers[]>> = {
      guest: [{}],
      pupil: [bearer(mine.tokens.pupils, 'Bob')],
      'its owner': [ada],
      teacher: [bearer(mine.tokens.teacher)],
      operator: [{ ...bearer(CLASS.adminToken), 'x-room': '7a' }],
      'another room': [
        bearer(others.tokens.pupils, 'Bob'),
        bearer(others.tokens.teacher),
        { ...bearer(CLASS.adminToken), 'x-room': '7b' },
      ],
    };
    const rows: string[] = [];
    for (const name of Object.keys(ROUTES)) {
      const cells: string[] = [];
      for (const column of COLUMNS) {
        const seen = new Set<string>();
        for (const headers of askers[column]) {
          const adas = await lay(workbench, owner);
          const before = await stateOf(workbench);
          const { statusCode, body, way } = await ask(app, name, adas, { ...headers, ...FORMS.json });
          const isOutside = column === 'another room' || column === 'guest';
          if (isOutside) {
            t.notOk(body.includes(SECRET), `${name}, ${column}`);
            t.equal(await stateOf(workbench), before, `${name}, ${column}: nothing has changed`);
          }
          // An operator may do in any room what is a server's.
          if (column === 'another room' && 'x-room' in headers && ROUTES[name].need === 'operator') continue;
          seen.add(
            way === 'out' ? (statusCode === 401 ? 'sign in' : 'no') : statusCode === 404 ? '404' : 'yes',
          );
          t.ok(statusCode < 500, `${name}, ${column}: ${statusCode} ${body}`);
        }
        const [first, second] = [...seen];
        // A pupil elsewhere and a teacher elsewhere differ only in what they may do at home.
        cells.push(second === undefined ? first : seen.has('404') ? '404' : 'there');
      }
      rows.push(`| \`${name.replaceAll('|', '\\|')}\` | ${cells.join(' | ')} |`);
    }
    const docs = readFileSync(new URL('../../../docs/access.md', import.meta.url), 'utf8');
    const table = docs.split('\n').filter((line) => line.startsWith('| `'));
    t.same(table, rows, rows.join('\n'));
  },
);
