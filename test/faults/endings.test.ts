/** The server is told to end, in whatever it does. */
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { readEvents } from '../help/events.ts';
import { until } from '../help/helper.ts';
import { address, start } from '../help/server-process.ts';
import { askUntilGone, CLIENT_KINDS } from './clients-that-ask.ts';
import { end, find, train } from './served-runs.ts';

t.test('while one run trains and others wait: they do so again after the next start', async (t) => {
  const DATA_DIR = t.testdir({});
  const first = start(t, { DATA_DIR });
  const url = await address(first);
  for (let i = 0; i < 3; i++) await train(url, 50);
  t.equal((await find(url, 3)).state, 'queued');
  await end(t, first);
  const second = start(t, { DATA_DIR });
  const again = await address(second);
  t.same(await Promise.all([1, 2, 3].map(async (id) => (await find(again, id)).state)), [
    'running',
    'queued',
    'queued',
  ]);
  await end(t, second);
});

t.test('while a run is tested after its last epoch: it has its test after the next start', async (t) => {
  const DATA_DIR = t.testdir({});
  const first = start(t, { DATA_DIR });
  const url = await address(first);
  await train(url, 1);
  for await (const { event } of readEvents(await fetch(`${url}/runs/1/events`))) if (event === 'epoch') break;
  await end(t, first);
  const second = start(t, { DATA_DIR });
  const again = await address(second);
  await until(async () => (await find(again, 1)).state === 'finished');
  const { epochs, testAccuracy } = await find(again, 1);
  t.equal(epochs.length, 1, 'without another epoch');
  t.ok(testAccuracy! > 0.9);
  await end(t, second);
});

t.test('while clients of every kind go on asking: each request is answered', async (t) => {
  for (const trains of [false, true]) {
    const started = start(t, { DATA_DIR: t.testdir({}) });
    const url = await address(started);
    if (trains) await train(url, 50);
    const asked = askUntilGone(
      url,
      CLIENT_KINDS.flatMap((kind) => Array(4).fill(kind)),
    );
    await sleep(1000);
    await end(t, started);
    const { answered, statuses, cut } = await asked;
    t.same(cut, []);
    t.ok(answered > 20, `${answered}`);
    t.same([...statuses], []);
  }
});

t.test('told twice at once it ends as told once; again later, at once', async (t) => {
  const started = start(t, { DATA_DIR: t.testdir({}) });
  const url = await address(started);
  await fetch(`${url}/now`);
  started.process.kill('SIGTERM');
  await sleep(100);
  started.process.kill('SIGTERM');
  started.process.kill('SIGINT');
  t.same(await started.ended, { code: 0, signal: null });

  const stubborn = start(t, { DATA_DIR: t.testdir({}) });
  const upload = request(`${await address(stubborn)}/recognize`, { method: 'POST' });
  upload.on('error', () => {}).write('begun');
  await sleep(200);
  const told = performance.now();
  stubborn.process.kill('SIGTERM');
  await sleep(1100);
  stubborn.process.kill('SIGTERM');
  t.same(await stubborn.ended, { code: 1, signal: null });
  t.ok(performance.now() - told < 4000, 'before the upload has had its time');
});

t.test('before it has answered anything', async (t) => {
  const started = start(t, { DATA_DIR: t.testdir({}) });
  await sleep(50);
  started.process.kill('SIGTERM');
  const { code, signal } = await started.ended;
  t.ok(code === 0 || signal === 'SIGTERM', `${code} ${signal}`);
});
