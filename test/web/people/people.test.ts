import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { FastifyInstance } from 'fastify';
import t from 'tap';
import type { Owner } from '../../../src/runs/run.ts';
import { DEFAULT_SETTINGS } from '../../../src/training/settings.ts';
import { CLASS } from '../../help/cookie-jar.ts';
import { testApp } from '../../help/helper.ts';
import { storeRun } from '../../help/stored-run.ts';

const ADA = { id: 'ada0000000000000', name: 'Ada Lovelace-Byron' };
const BOB = { id: 'bob0000000000000', name: 'Bob' };
/** Pixels that nobody else has. */
const DRAWING = Uint8Array.from({ length: 784 }, (_, i) => (i * 37 + 11) % 251);
const STROKES = '[[[123.25,45.5],[67.125,89.75]]]';

async function correct({ workbench }: FastifyInstance, owner: Owner): Promise<void> {
  const image = owner === ADA ? DRAWING : new Uint8Array(784);
  const probabilities = new Array<number>(10).fill(0.1);
  const strokes = owner === ADA ? STROKES : null;
  await workbench.corrections.add({ truth: 1, answer: 7, probabilities, model: 'x', image, strokes, owner });
}

/** Ada has a run, a sweep and a correction, and Bob has forked from her. */
async function build(app: FastifyInstance) {
  const { sweeps, corrections } = app.workbench;
  for (const owner of [ADA, BOB]) await correct(app, owner);
  const learnt = { data: 'mnist+corrections' } as const;
  const hers = await storeRun(app, { settings: learnt, start: { owner: ADA, corrections: { owner: ADA } } });
  const fork = { runId: hers, epoch: 2, keeps: { slots: true, random: true } };
  const his = await storeRun(app, { settings: learnt, epochs: 0, start: { owner: BOB, fork } });
  const grid = {
    settings: DEFAULT_SETTINGS,
    axes: { seed: [1, 2] },
    trials: [DEFAULT_SETTINGS, DEFAULT_SETTINGS],
  };
  const sweep = (await sweeps.create(grid, { halving: true, owner: ADA })).sweep.id;
  t.equal(await corrections.count(), 2);
  return { hers, his, sweep };
}

const ask = (
  app: FastifyInstance,
  method: 'GET' | 'DELETE' | 'POST',
  url: string,
  accept = 'application/json',
) => app.inject({ method, url, headers: { accept } });

t.test('a person is erased: runs, sweeps, corrections and name, and nothing of others', async (t) => {
  const dataDir = t.testdir({});
  const app = await testApp(t, { dataDir });
  await app.workbench.training.close();
  const { hers, his, sweep } = await build(app);
  const { store, corrections, sweeps, choice } = app.workbench;
  await choice.serve(hers, { by: ADA });

  const list = (await ask(app, 'GET', '/people')).json().people;
  t.match(list, [
    { id: ADA.id, name: ADA.name, runs: 3, sweeps: 1, corrections: 1 },
    { id: BOB.id, name: 'Bob', runs: 1, sweeps: 0, corrections: 1 },
  ]);
  const page = await ask(app, 'GET', '/people', 'text/html');
  t.match(page.body, /Ada Lovelace-Byron/);
  t.match((await ask(app, 'GET', '/status', 'text/html')).body, /href="\/people"/);
  const asks = await ask(app, 'GET', `/people/${ADA.id}/erase`, 'text/html');
  t.match(asks.body, /Erase Ada Lovelace-Byron\?/);
  t.match(
    asks.body,
    /3 runs with their epochs and weights, 1 sweep, 1 correction with its drawing, and the name go\./,
  );

  const dry = await ask(app, 'DELETE', `/people/${ADA.id}?dry_run=true`);
  t.match(dry.json(), { erased: false, person: { runs: 3, sweeps: 1, corrections: 1 } });
  t.equal((await store.get(hers))?.id, hers, 'a dry run erases nothing');
  t.equal((await ask(app, 'DELETE', `/people/${ADA.id}?dry_run=yes`)).statusCode, 422);
  t.equal((await ask(app, 'DELETE', `/people/${ADA.id}?dryrun=true`)).statusCode, 422, 'nor does a slip');
  t.equal((await store.get(hers))?.id, hers);

  const erased = await ask(app, 'DELETE', `/people/${ADA.id}`);
  t.match(erased.json(), { erased: true, person: { id: ADA.id, runs: 3 } });
  t.equal(await store.get(hers), null);
  t.equal(await sweeps.get(sweep), null);
  t.equal(await corrections.count(), 1);
  t.match(
    await store.get(his),
    { owner: BOB, epochsDone: 2, parent: { runId: null } },
    'what Bob forked is his',
  );
  t.equal((await store.get(his))?.corrections?.owner?.name, '');
  t.match((await ask(app, 'GET', '/model')).json(), { source: { kind: 'shipped' } });
  t.match(choice.service, { model: { kind: 'shipped' }, chosenBy: null, reason: 'erased' });
  t.ok(
    (await choice.history(9)).every(({ chosenBy }) => chosenBy === null),
    'who chose is forgotten',
  );
  const left = (await ask(app, 'GET', '/people')).json().people;
  t.same(
    left.map(({ id }: { id: string }) => id),
    [BOB.id],
  );
  t.equal((await ask(app, 'DELETE', `/people/${ADA.id}`)).statusCode, 404);
  t.equal((await ask(app, 'GET', '/people/nobody/erase', 'text/html')).statusCode, 404);
  for (const url of ['/runs', '/corrections.json', '/runs.csv', '/sweeps']) {
    t.notMatch((await ask(app, 'GET', url)).body, /Lovelace/, url);
  }
  // Another database has its own files.
  if (process.env.TEST_DATABASE === undefined) {
    for (const file of readdirSync(dataDir)) {
      const bytes = readFileSync(path.join(dataDir, file));
      for (const [what, trace] of Object.entries({
        name: 'Lovelace',
        drawing: DRAWING,
        strokes: '123.25,45.5',
      })) {
        t.equal(bytes.indexOf(trace), -1, `${what} in ${file}`);
      }
      t.ok(file !== 'workbench.sqlite' || bytes.includes('Bob'), 'as one finds what is there');
    }
  }
});

t.test('what trains is stopped first', async (t) => {
  const app = await testApp(t);
  const { training, store } = app.workbench;
  const { id } = await training.enqueue({ ...DEFAULT_SETTINGS, epochs: 50, batchsize: 128 }, { owner: ADA });
  const next = await training.enqueue({ ...DEFAULT_SETTINGS, epochs: 1, batchsize: 128 }, { owner: BOB });
  const after = await training.enqueue({ ...DEFAULT_SETTINGS, epochs: 1 }, { owner: ADA });
  await once(training, 'epoch');
  const posted = await ask(app, 'POST', `/people/${ADA.id}/erase`, 'text/html');
  t.equal(posted.statusCode, 303);
  t.equal(posted.headers.location, '/people');
  t.equal(await store.get(id), null);
  t.equal(await store.get(after.id), null);
  t.match(await store.get(next.id), { owner: BOB }, 'the queue goes on');
  await training.stop(next.id);
  await training.ended(next.id);
});

t.test('of a class only an admin sees who is here', async (t) => {
  const app = await testApp(t, CLASS);
  await correct(app, ADA);
  const as = async (token: string, method: 'GET' | 'DELETE', url: string) =>
    (
      await app.inject({
        method,
        url,
        headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
      })
    ).statusCode;
  t.equal(await as(CLASS.token, 'GET', '/people'), 403);
  t.equal(await as(CLASS.token, 'DELETE', `/people/${ADA.id}?dry_run=true`), 403);
  t.equal(await as(CLASS.adminToken, 'DELETE', `/people/${ADA.id}?dry_run=true`), 200);
});
