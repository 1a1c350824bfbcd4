import { mock } from 'node:test';
import type { FastifyInstance } from 'fastify';
import t, { type Test } from 'tap';
import { browserOf, CLASS, signedIn } from '../../help/cookie-jar.ts';
import { testApp } from '../../help/helper.ts';
import { storeRun } from '../../help/stored-run.ts';
import { begin, end } from '../../help/train.ts';

const JSON_ONLY = { accept: 'application/json' };
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const HTMX = { 'hx-request': 'true', 'hx-request-type': 'partial', accept: 'text/html' };

/** A run is under way and nobody trains it; an epoch of 32 images a step is said to take 1.82 s. */
async function busyApp(t: Test, config = {}): Promise<FastifyInstance> {
  const app = await testApp(t, config);
  const { speeds, training } = app.workbench;
  await training.close();
  speeds.get = (name) => ({ name, speed: { 1: 0.1, 8: 0.3, 32: 1, 128: 4 }, absent: null });
  const owner = { id: 'cyd', name: 'Cyd' };
  await storeRun(app, { state: 'running', epochs: 4, settings: { epochs: 100 }, start: { owner } });
  return app;
}

const train = (browser: ReturnType<typeof browserOf>, payload: string, headers = {}) =>
  browser.inject({ method: 'POST', url: '/runs', headers: { ...FORM, ...headers }, payload });

const text = (body: string) => body.replaceAll('\u00a0', ' ');

t.test(
  'two browsers at once: each sees its own place in the queue, and cannot touch the other’s run',
  async (t) => {
    const app = await busyApp(t, CLASS);
    const [ada, bob] = [await signedIn(app), await signedIn(app)];
    const first = await train(ada, 'epochs=100&who=Ada', HTMX);
    const second = await train(bob, 'epochs=100&who=Bob', HTMX);
    // Five of nine epochs of the running one, then the nine of Ada's: 5 · 1.822 s, and 14 · 1.822 s.
    t.match(
      text(first.body),
      /Run 2<.*It starts by itself in less than a minute, after the run ahead of it/s,
    );
    t.match(
      text(second.body),
      /Run 3<.*It starts by itself in less than a minute, after the 2 runs ahead of it/s,
    );
    const status = async (id: number) =>
      (await app.inject({ url: `/runs/${id}/progress`, headers: JSON_ONLY })).json();
    t.match(await status(2), { queuePosition: 1 });
    t.match(await status(3), { queuePosition: 2 });
    t.ok(Math.abs((await status(2)).startsIn - 5 * 1.82214) < 0.01, 'five epochs');
    t.ok(Math.abs((await status(3)).startsIn - 14 * 1.82214) < 0.01, 'fourteen epochs');

    const [adasHome, bobsHome] = [
      (await ada.inject({ url: '/' })).body,
      (await bob.inject({ url: '/' })).body,
    ];
    t.match(text(adasHome), /id="progressdisplay".*Run 2<.*after the run ahead of it/s);
    t.match(text(bobsHome), /id="progressdisplay".*Run 3<.*after the 2 runs ahead of it/s);
    t.match(text(bobsHome), /Run 1<\/a> \(Cyd(&#39;|')s\) is training; 1 other run is waiting\./);
    t.notMatch(bobsHome, /action="\/runs\/2\/stop"/);
    t.match(bobsHome, /action="\/runs\/3\/stop"/);
    t.equal((await bob.inject({ method: 'POST', url: '/runs/2/stop' })).statusCode, 403);
    t.equal((await bob.inject({ method: 'POST', url: '/runs/1/stop' })).statusCode, 403);
    t.equal((await ada.inject({ method: 'POST', url: '/runs/2/stop' })).statusCode, 303);
    t.match(await status(3), { queuePosition: 1 }, 'who waits behind moves up');
  },
);

t.test('a run that has just ended stays in its owner’s sight for a minute', async (t) => {
  const app = await busyApp(t);
  const { store } = app.workbench;
  const [ada, bob] = [browserOf(app), browserOf(app)];
  await train(ada, 'epochs=100&who=Ada', HTMX);
  await begin(store, 2);
  await end(store, 2, { state: 'finished', reason: null });
  const home = async (browser: typeof ada) => text((await browser.inject({ url: '/' })).body);
  t.match(await home(ada), /id="progressdisplay".*<h2[^>]*><a href="\/runs\/2">/s);
  t.match(
    await home(bob),
    /id="progressdisplay".*<h2[^>]*><a href="\/runs\/1">/s,
    'others follow whoever trains',
  );

  const later = Date.now() + 61_000;
  mock.timers.enable({ apis: ['Date'], now: later });
  t.teardown(() => mock.timers.reset());
  const afterwards = await home(ada);
  t.match(afterwards, /id="progressdisplay".*<h2[^>]*><a href="\/runs\/1">/s);
  t.match(afterwards, /Your newest run: <a href="\/runs\/2">run 2<\/a>, finished\./);
  t.notMatch(await home(bob), /Your newest run/);
});

t.test('ten Trains at once are ten runs in fair order', async (t) => {
  const app = await busyApp(t);
  const [ada, bob] = [browserOf(app), browserOf(app)];
  await Promise.all([ada.inject({ url: '/' }), bob.inject({ url: '/' })]);
  // Ada presses eight times, Bob twice.
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, i) => train(i < 8 ? ada : bob, `seed=${i}`)),
  );
  t.same(
    answers.map(({ statusCode }) => statusCode),
    Array(10).fill(303),
  );
  t.equal(new Set(answers.map(({ headers }) => headers.location)).size, 10);
  const queue = await app.workbench.training.queue();
  t.same(queue.map(({ settings }) => settings.seed).sort(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const [idOfAda, idOfBob] = [queue[0].owner!.id, queue[1].owner!.id];
  t.not(idOfAda, idOfBob);
  const turns = queue.map(({ owner }) => (owner!.id === idOfBob ? 'Bob' : 'Ada'));
  t.same(turns.slice(0, 4), ['Ada', 'Bob', 'Ada', 'Bob'], 'they take turns');
  t.same(new Set(turns.slice(4)), new Set(['Ada']));
  const page = text((await ada.inject({ url: '/runs/1' })).body);
  t.equal(page.match(/Cancel run \d+/g)?.length, 5, 'the first of them one by one');
  t.match(page, /5 other runs are waiting\./);
});

t.test('nobody knows when a run starts behind one of an engine that was never measured', async (t) => {
  const app = await testApp(t);
  await app.workbench.training.close();
  await storeRun(app, { state: 'running', epochs: 0 });
  const browser = browserOf(app);
  const answer = await train(browser, '', HTMX);
  t.match(text(answer.body), /It starts by itself after the run ahead of it\./);
  const status = await app.inject({ url: '/runs/2/progress', headers: JSON_ONLY });
  t.equal(status.json().startsIn, null);
});
