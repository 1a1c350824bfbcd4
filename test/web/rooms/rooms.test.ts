import t, { type Test } from 'tap';
import type { Config } from '../../../src/config.ts';
import { DEFAULT_SETTINGS } from '../../../src/training/settings.ts';
import type { Workbench } from '../../../src/workbench.ts';
import { browserOf, CLASS } from '../../help/cookie-jar.ts';
import { testApp } from '../../help/helper.ts';
import { addEpoch, end } from '../../help/train.ts';

const JSON_ONLY = { accept: 'application/json' };
const MATRIX = Array.from({ length: 784 }, (_, i) => (i % 28 === 14 && i > 112 && i < 672 ? 255 : 0));
const OPERATOR = { authorization: `Bearer ${CLASS.adminToken}` };

type Headers = Readonly<Record<string, string>>;

const bearer = (token: string, more: Headers = {}): Headers => ({
  authorization: `Bearer ${token}`,
  ...more,
});

/** A server of a school, whose training stands still, and a script's way to ask it. */
async function build(t: Test, config: Partial<Config> = {}) {
  const app = await testApp(t, { ...CLASS, ...config });
  await app.workbench.training.close();
  const ask = (
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    url: string,
    headers: Headers = {},
    payload?: object,
  ) => app.inject({ method, url, headers: { ...JSON_ONLY, ...headers }, ...(payload && { payload }) });
  const make = async (name: string, more = {}) => {
    const made = await ask('POST', '/rooms', OPERATOR, { name, ...more });
    t.equal(made.statusCode, 201, made.body);
    const { tokens } = made.json();
    const workbench = await app.workbenches.in(app.workbenches.rooms.named(name)!);
    return { ...(tokens as { pupils: string; teacher: string }), workbench, json: made.json(), made };
  };
  return { app, ask, make };
}

async function trained(workbench: Workbench, { epochs = 4 } = {}): Promise<number> {
  const { store, room } = workbench;
  const { id } = await store.create(DEFAULT_SETTINGS, { room: room.id });
  const checkpoint = { weights: new Float32Array(61_706), slots: {}, step: 1, random: [1, 2, 3, 4] };
  for (let epoch = 1; epoch <= epochs; epoch++) {
    const numbers = { epoch, loss: 1, accuracy: 0.9, val_loss: 1, val_accuracy: 0.9, seconds: 1 };
    await addEpoch(store, id, numbers, checkpoint, epoch === 2);
  }
  await end(store, id, { state: 'finished', reason: null });
  return id;
}

t.test('the operator makes a room, whose tokens are told once', async (t) => {
  const { app, ask, make } = await build(t);
  const room = await make('Class 7b', { runs: 10, megabytes: 200 });
  t.equal(room.made.headers.location, '/rooms/Class%207b');
  t.match(room.json.room, { name: 'Class 7b', budget: { runs: 10, megabytes: 200 }, runs: 0 });
  t.match(room.pupils, /^[2-9a-hjkmnp-z]{4}(-[2-9a-hjkmnp-z]{4}){2}$/);
  t.not(room.pupils, room.teacher);
  const { rooms } = (await ask('GET', '/rooms', OPERATOR)).json();
  t.match(rooms, [{ name: 'default', budget: { runs: 50, megabytes: null } }, { name: 'Class 7b' }]);
  const one = await ask('GET', '/rooms/class%207B', OPERATOR);
  t.match(one.json(), { name: 'Class 7b' }, 'in capital letters or small ones');
  t.notOk(one.body.includes(room.pupils) || one.body.includes(room.teacher));
  for (const [name, sentence] of [
    ['', /begins with a letter or a digit/],
    ['.hidden', /begins with a letter or a digit/],
    ['a/b', /begins with a letter or a digit/],
    ['x'.repeat(41), /at most 40 characters/],
    ['CLASS 7B', /There is a room named "CLASS 7B"/],
    ['Default', /There is a room named "Default"/],
  ] as const) {
    const refused = await ask('POST', '/rooms', OPERATOR, { name });
    t.equal(refused.statusCode, 422, name);
    t.match(refused.json().errors.name, sentence);
  }
  const many = await ask('POST', '/rooms', OPERATOR, {
    name: 'x',
    runs: -1,
    megabytes: 'lots',
    colour: 'red',
  });
  t.same(Object.keys(many.json().errors).toSorted(), ['colour', 'megabytes', 'runs']);
  t.equal((await ask('GET', '/rooms/none', OPERATOR)).statusCode, 404);
  for (const name of ['Klasse Ä', '七年级', "O'Hara"]) {
    const made = await make(name);
    const found = await app.inject({
      url: made.made.headers.location as string,
      headers: { ...OPERATOR, ...JSON_ONLY },
    });
    t.equal(found.json().name, name);
  }
});

t.test(
  'a form with errors shows them beside their fields; without JavaScript a room is made and entered',
  async (t) => {
    const { app, make } = await build(t);
    const operator = browserOf(app);
    await operator.inject({ method: 'POST', url: '/sign-in', payload: { token: CLASS.adminToken } });
    const post = (url: string, payload: Record<string, string>) =>
      operator.inject({
        method: 'POST',
        url,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        payload: new URLSearchParams(payload).toString(),
      });
    const refused = await post('/rooms', { name: '', runs: 'many', megabytes: '' });
    t.equal(refused.statusCode, 422);
    t.match(refused.body, /id="nameerror"[\s\S]*id="runserror"/);
    t.match(refused.body, 'value="many"', 'what was sent is kept');
    const made = await post('/rooms', { name: '8c', runs: '50', megabytes: '' });
    t.equal(made.statusCode, 201);
    t.match(made.body, /<code class="token">\w{4}-\w{4}-\w{4}<\/code>/);
    t.match(made.body, '/rooms/8c');
    t.equal(made.headers['cache-control'], 'no-store');

    const { workbench } = await make('9d');
    const id = await trained(workbench);
    t.equal(
      (await operator.inject({ url: `/runs/${id}` })).statusCode,
      404,
      'in the default room it is not there',
    );
    t.equal((await post('/rooms/9d/enter', {})).headers.location, '/');
    const page = await operator.inject({ url: `/runs/${id}` });
    t.equal(page.statusCode, 200);
    t.match(page.body, /class="room">.*9d/);
    t.equal((await post('/rooms/9d/settings', { runs: 'x', megabytes: '' })).statusCode, 422);
    t.equal((await post('/rooms/9d/settings', { runs: '5', megabytes: '7' })).statusCode, 303);
    t.same(workbench.room.budget, { runs: 5, megabytes: 7 });
    t.match((await operator.inject({ url: '/rooms/9d/delete' })).body, /1 run, 0 sweeps and 0 corrections/);
    t.equal((await post('/rooms/9d/delete', {})).statusCode, 303);
    t.equal(
      (await operator.inject({ url: '/' })).statusCode,
      200,
      'whoever was in it is in the default room',
    );
    t.match((await operator.inject({ url: '/rooms' })).body, />8c</);
    await post('/rooms/8c/enter', {});
    await post('/rooms/default/enter', {});
    t.match((await operator.inject({ url: '/rooms' })).body, /default[\s\S]*You are here/);
  },
);

t.test(
  'an address signs in with the room’s tokens alone, and says nothing about rooms that are not there',
  async (t) => {
    const { app, ask, make } = await build(t);
    const [mine, other] = [await make('7a'), await make('7b')];
    const asked = await browserOf(app).inject({ url: '/rooms/7a' });
    t.equal(asked.statusCode, 200);
    t.match(asked.body, /Sign in to 7a/);
    const none = await browserOf(app).inject({ url: '/rooms/zz' });
    t.equal(none.body.replaceAll('zz', '7a').length, asked.body.length, 'as for one that is there');
    t.equal((await ask('GET', '/rooms/7a')).statusCode, 401);
    t.equal((await ask('GET', '/rooms/none')).statusCode, 401);
    t.equal((await ask('GET', '/rooms/7a', bearer(mine.pupils))).json().name, '7a');
    t.equal((await ask('GET', '/rooms/7b', bearer(mine.teacher))).statusCode, 401);

    const signIn = async (token: string, room?: string) => {
      const browser = browserOf(app);
      const payload = { token, ...(room && { room }), to: '/' };
      const { statusCode } = await browser.inject({ method: 'POST', url: '/sign-in', payload });
      return { statusCode, page: await browser.inject({ url: '/' }), browser };
    };
    const pupil = await signIn(mine.pupils, '7a');
    t.equal(pupil.statusCode, 303);
    t.match(pupil.page.body, /class="room">.*7a/);
    t.equal((await pupil.browser.inject({ url: '/rooms/7A' })).headers.location, '/', 'signed in already');
    t.equal((await pupil.browser.inject({ url: '/people' })).statusCode, 403);
    t.equal((await signIn(mine.pupils.toUpperCase())).statusCode, 303, 'a token knows its room');
    t.equal((await signIn(other.pupils, '7a')).statusCode, 401, 'of another room');
    t.equal((await signIn(CLASS.token, '7a')).statusCode, 401);
    const teacher = await signIn(mine.teacher, '7a');
    t.match(teacher.page.body, /Sign out \(admin\)/);
    t.equal((await teacher.browser.inject({ url: '/people' })).statusCode, 200);
    t.equal((await teacher.browser.inject({ url: '/rooms', headers: JSON_ONLY })).statusCode, 403);
    const operator = await signIn(CLASS.adminToken, '7a');
    t.match(operator.page.body, /class="room">.*7a/);
  },
);

t.test('new tokens end the sessions that began with the old ones; a room that is gone, too', async (t) => {
  const { app, ask, make } = await build(t);
  const room = await make('7a');
  const pupil = browserOf(app);
  await pupil.inject({ method: 'POST', url: '/sign-in', payload: { token: room.pupils } });
  const { tokens } = (await ask('POST', '/rooms/7a/tokens', OPERATOR)).json();
  t.equal((await ask('GET', '/rooms/7a', bearer(room.pupils))).statusCode, 401);
  t.equal((await ask('GET', '/rooms/7a', bearer(tokens.pupils))).statusCode, 200);
  t.match((await pupil.inject({ url: '/' })).body, /You have been signed out: this room has new tokens/);
  await pupil.inject({ method: 'POST', url: '/sign-in', payload: { token: tokens.pupils } });
  t.match((await pupil.inject({ url: '/' })).body, /class="room">.*7a/);
  await ask('DELETE', '/rooms/7a', OPERATOR);
  t.match((await pupil.inject({ url: '/' })).body, /You have been signed out: this room no longer exists/);
  t.equal((await ask('GET', '/runs', bearer(tokens.pupils))).statusCode, 401);
  for (const way of ['tokens', 'delete']) {
    t.match((await ask('POST', `/rooms/default/${way}`, OPERATOR)).json(), { code: 'DEFAULT_ROOM' });
  }
});

t.test('runs, sweeps, corrections, people and the model in service are each room’s own', async (t) => {
  const { app, ask, make } = await build(t);
  const rooms = { '7a': await make('7a'), '7b': await make('7b') };
  const sent: Record<string, { run: number; sweep: number; correction: number }> = {};
  for (const [name, { pupils }] of Object.entries(rooms)) {
    // The same person in both.
    const as = bearer(pupils, { 'x-owner': 'Ada' });
    const run = (await ask('POST', '/runs', as, { epochs: 2 })).json();
    const sweep = (await ask('POST', '/sweeps', as, { settings: {}, grid: { seed: [1, 2] } })).json();
    const correction = (await ask('POST', '/corrections', as, { truth: 7, matrix: MATRIX })).json();
    sent[name] = { run: run.id, sweep: sweep.id, correction: correction.id };
  }
  t.equal((await ask('GET', '/runs', OPERATOR)).json().count, 0, 'none of it is in the default room');
  t.equal((await ask('GET', '/runs')).json().count, 0);
  for (const [name, { pupils, teacher }] of Object.entries(rooms)) {
    const [own, others] = name === '7a' ? [sent['7a'], sent['7b']] : [sent['7b'], sent['7a']];
    const { runs, count } = (await ask('GET', '/runs', bearer(pupils))).json();
    t.equal(count, 3);
    t.ok(runs.some(({ id }: { id: number }) => id === own.run));
    t.equal((await ask('GET', '/sweeps', bearer(pupils))).json().sweeps.length, 1);
    t.equal((await ask('GET', '/corrections', bearer(pupils))).json().count, 1);
    t.match((await ask('GET', '/people', bearer(teacher))).json().people, [
      { name: 'Ada', runs: 3, corrections: 1 },
    ]);
    for (const path of [
      `/runs/${others.run}`,
      `/runs/${others.run}/progress`,
      `/runs/${others.run}/events`,
      `/runs/${others.run}/export.json`,
      `/runs/${others.run}/epochs.csv`,
      `/runs/${others.run}/checkpoints`,
      `/compare?run=${own.run}&run=${others.run}`,
      `/sweeps/${others.sweep}`,
      `/sweeps/${others.sweep}/events`,
      `/sweeps/${others.sweep}.csv`,
    ]) {
      t.equal((await ask('GET', path, bearer(teacher))).statusCode, 404, `${name}: ${path}`);
    }
    for (const [method, path, payload] of [
      ['POST', `/runs/${others.run}/stop`],
      ['PATCH', `/runs/${others.run}`, { name: 'x' }],
      ['DELETE', `/runs/${others.run}`],
      ['POST', `/runs/${others.run}/fork`, { epoch: 1 }],
      ['POST', '/model', { run: others.run }],
      ['POST', `/sweeps/${others.sweep}/stop`],
      ['DELETE', `/sweeps/${others.sweep}`],
      ['DELETE', `/corrections/${others.correction}`],
      ['POST', '/recognize', { matrix: MATRIX, run: String(others.run) }],
    ] as const) {
      t.equal(
        (await ask(method, path, bearer(teacher), payload)).statusCode,
        404,
        `${name}: ${method} ${path}`,
      );
    }
  }

  const { workbench } = rooms['7a'];
  const run = await trained(workbench);
  const served = await ask('POST', '/model', bearer(rooms['7a'].teacher), { run: String(run) });
  t.match(served.json(), { source: { runId: run } });
  const read = async (headers: Headers) =>
    (await ask('POST', '/recognize', headers, { matrix: MATRIX })).json().model;
  t.equal(await read(bearer(rooms['7a'].pupils)), `run ${run}, epoch 2`);
  for (const headers of [bearer(rooms['7b'].pupils), bearer(CLASS.token), {}])
    t.equal(await read(headers), 'the built-in model');
  t.match((await ask('GET', '/v2/models/lenet5', bearer(rooms['7a'].pupils))).json(), {
    versions: [String(run)],
  });
  t.match((await ask('GET', '/v2/models/lenet5', bearer(rooms['7b'].pupils))).json(), {
    versions: ['shipped'],
  });
  t.equal(
    (await ask('GET', `/v2/models/lenet5/versions/${run}`, bearer(rooms['7b'].pupils))).statusCode,
    404,
  );

  const metrics = (await app.inject('/metrics')).body;
  t.notMatch(metrics, /7a|7b|Ada/, 'numbers of all rooms together, without their names');
  t.match(metrics, 'lenet5_runs{state="queued"} 6');
});

t.test('a script of the operator names the room by X-Room; others have only their own', async (t) => {
  const { ask, make } = await build(t);
  const [mine] = [await make('Klasse Ä'), await make('7b')];
  const count = async (headers: Headers) => (await ask('GET', '/runs', headers)).json().count;
  await ask(
    'POST',
    '/runs',
    { ...OPERATOR, 'x-room': Buffer.from('Klasse Ä').toString('latin1') },
    { epochs: 1 },
  );
  t.equal(await count(OPERATOR), 0);
  t.equal(await count({ ...OPERATOR, 'x-room': 'Klasse Ä' }), 1, 'as Latin-1, too');
  t.equal(await count({ ...OPERATOR, 'x-room': 'default' }), 0);
  t.equal(await count(bearer(mine.pupils, { 'x-room': 'klasse ä' })), 1);
  for (const headers of [
    { ...OPERATOR, 'x-room': 'none' },
    bearer(mine.teacher, { 'x-room': '7b' }),
    bearer(CLASS.token, { 'x-room': '7b' }),
    { 'x-room': '7b' },
  ]) {
    const refused = await ask('GET', '/runs', headers);
    t.equal(refused.statusCode, 404);
    t.match(refused.json(), { code: 'NO_SUCH_ROOM' });
  }
});

t.test('a room’s budget thins its own runs', async (t) => {
  const { ask, make } = await build(t);
  const [small, large, tight] = [
    await make('small', { runs: 1 }),
    await make('large'),
    await make('tight', { megabytes: 1 }),
  ];
  const kept = async ({ workbench }: { workbench: Workbench }, id: number) =>
    (await workbench.store.checkpoints.list(id)).map(({ epoch }) => epoch);
  const ids = new Map<object, number>();
  for (const room of [small, large, tight]) ids.set(room, await trained(room.workbench));
  for (const room of [small, large, tight]) await trained(room.workbench);
  t.same(await kept(small, ids.get(small)!), [2, 4], 'the best and the last');
  t.same(await kept(large, ids.get(large)!), [1, 2, 3, 4]);
  t.same(await kept(tight, ids.get(tight)!), [1, 2, 3, 4], 'four of 0.25 MB fit');
  await trained(tight.workbench);
  t.same(await kept(tight, ids.get(tight)!), [2, 4], 'eight do not');
  const changed = await ask('PATCH', '/rooms/large', OPERATOR, { runs: 0 });
  t.match(changed.json(), { budget: { runs: 0, megabytes: null } });
  await large.workbench.store.create(DEFAULT_SETTINGS);
  t.same(await kept(large, ids.get(large)!), [2, 4]);
  t.equal((await ask('PATCH', '/rooms/default', OPERATOR, { megabytes: 500 })).statusCode, 200);
});

t.test(
  'a deleted room takes everything with it, what trains first stopped; a dry run takes nothing',
  async (t) => {
    const { app, ask, make } = await build(t);
    const [gone, stays] = [await make('gone'), await make('stays')];
    for (const { pupils, workbench } of [gone, stays]) {
      const served = await trained(workbench);
      await workbench.choice.serve(served);
      await ask('POST', '/runs', bearer(pupils), { epochs: 2 });
      await ask('POST', '/sweeps', bearer(pupils), { settings: {}, grid: { seed: [1, 2] } });
      await ask('POST', '/corrections', bearer(pupils), { truth: 7, matrix: MATRIX });
    }
    const had = { room: { name: 'gone', runs: 4, sweeps: 1, corrections: 1 } };
    const dry = await ask('DELETE', '/rooms/gone?dry_run=true', OPERATOR);
    t.match(dry.json(), { ...had, deleted: false });
    t.equal((await ask('DELETE', '/rooms/gone?dryrun=true', OPERATOR)).statusCode, 422);
    t.match((await ask('GET', '/rooms/gone', OPERATOR)).json(), had.room);
    t.match((await ask('DELETE', '/rooms/gone', OPERATOR)).json(), { ...had, deleted: true });
    t.equal((await ask('GET', '/rooms/gone', OPERATOR)).statusCode, 404);
    const { store } = app.workbenches;
    const left = (await store.list({ limit: 100 })).runs;
    t.equal(left.length, 4);
    t.ok(left.every(({ room }) => room === stays.workbench.room.id));
    t.match((await ask('GET', '/rooms/stays', OPERATOR)).json(), { runs: 4, sweeps: 1, corrections: 1 });
    await t.rejects(gone.workbench.store.create(DEFAULT_SETTINGS), { code: 'NO_SUCH_ROOM' });
  },
);

t.test('rooms take turns in the queue, and each has its own places in it', async (t) => {
  const { app, ask, make } = await build(t);
  const [many, one] = [await make('many'), await make('one')];
  for (let i = 0; i < 4; i++)
    await ask('POST', '/runs', bearer(many.pupils, { 'x-owner': `pupil ${i}` }), {});
  const { id } = (await ask('POST', '/runs', bearer(one.pupils), {})).json();
  t.equal((await app.workbench.training.queue())[1].id, id);
  t.match((await ask('GET', `/runs/${id}/progress`, bearer(one.pupils))).json(), { queuePosition: 2 });
  const page = await app.inject({ url: '/', headers: { accept: 'text/html', ...bearer(one.pupils) } });
  t.notMatch(page.body, /pupil \d/, 'whose runs wait in another room is not shown');
});

t.test('without rooms nothing shows; alone, everybody may make them', async (t) => {
  const { app } = await build(t, { host: '127.0.0.1', token: null, adminToken: null });
  const browser = browserOf(app);
  const before = (await browser.inject({ url: '/' })).body;
  t.notMatch(before, 'class="room"');
  await browser.inject({ method: 'POST', url: '/rooms', payload: { name: 'evening' } });
  await browser.inject({ method: 'POST', url: '/rooms/evening/enter' });
  t.match((await browser.inject({ url: '/' })).body, /class="room">.*evening/);
});

t.test('a restart keeps rooms, their models in service and their sessions', async (t) => {
  const dataDir = t.testdir({});
  const first = await build(t, { dataDir });
  const room = await first.make('7a');
  const run = await trained(room.workbench);
  await room.workbench.choice.serve(run);
  const pupil = browserOf(first.app);
  await pupil.inject({ method: 'POST', url: '/sign-in', payload: { token: room.pupils } });
  await first.app.close();
  const { app, ask } = await build(t, { dataDir });
  const read = await ask('POST', '/recognize', bearer(room.pupils), { matrix: MATRIX });
  t.equal(read.json().model, `run ${run}, epoch 2`);
  const page = await app.inject({ url: '/', headers: { accept: 'text/html' }, cookies: pupil.cookies });
  t.match(page.body, /class="room">.*7a/);
});

t.test('events of a run reach its room alone', async (t) => {
  const { app, make } = await build(t);
  const [mine, other] = [await make('7a'), await make('7b')];
  const { id } = await mine.workbench.store.create(DEFAULT_SETTINGS);
  const address = await app.listen({ host: '127.0.0.1', port: 0 });
  const follow = (token: string) => fetch(`${address}/runs/${id}/events`, { headers: bearer(token) });
  t.equal((await follow(other.teacher)).status, 404);
  const stream = await follow(mine.pupils);
  t.equal(stream.status, 200);
  const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader();
  let heard = '';
  while (!heard.includes('"queued"')) heard += (await reader.read()).value;
  await mine.workbench.store.stop(id, 'By hand.');
  await app.workbench.training.changed(id);
  while (!heard.includes('"stopped"')) heard += (await reader.read()).value;
  t.match(heard, `"id":${id}`);
});

t.test('thirty browsers of two rooms at once see their own', async (t) => {
  const { app, make } = await build(t);
  const rooms = [await make('7a'), await make('7b')];
  const ids = await Promise.all(rooms.map(({ workbench }) => trained(workbench, { epochs: 1 })));
  const asked = Array.from({ length: 60 }, async (_, i) => {
    const own = i % 2;
    const headers = { ...JSON_ONLY, ...bearer(rooms[own].pupils) };
    const [mine, others] = await Promise.all(
      [ids[own], ids[1 - own]].map((id) => app.inject({ url: `/runs/${id}`, headers })),
    );
    return [mine.statusCode, others.statusCode].join();
  });
  t.same(new Set(await Promise.all(asked)), new Set(['200,404']));
});
