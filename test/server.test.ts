/** The process as a user starts it: from its sources, which are what the build compiles. */
import { once } from 'node:events';
import { request } from 'node:http';
import path from 'node:path';
import t from 'tap';
import { until } from './help/helper.ts';
import { address, start } from './help/server-process.ts';

t.test('prints its address, answers, and ends on SIGTERM', async (t) => {
  const started = start(t, { DATA_DIR: t.testdir({}) });
  const url = await address(started);
  t.match(url, /^http:\/\/127\.0\.0\.1:\d+$/);
  t.match(await (await fetch(`${url}/now`)).text(), /UTC$/);
  started.process.kill('SIGTERM');
  t.same(await started.ended, { code: 0, signal: null });
});

t.test('a run that the process dies in is not shown as running', async (t) => {
  const DATA_DIR = t.testdir({});
  const first = start(t, { DATA_DIR });
  const url = await address(first);
  await fetch(`${url}/runs`, { method: 'POST', body: new URLSearchParams({ epochs: '1' }) });
  first.process.kill('SIGKILL');
  await first.ended;
  const second = start(t, { DATA_DIR });
  const again = await address(second);
  const { runs } = (await (await fetch(`${again}/runs`)).json()) as { runs: { reason: string }[] };
  t.equal(runs.length, 1, 'it is still there');
  second.process.kill('SIGTERM');
  t.same(await second.ended, { code: 0, signal: null }, 'also while something is trained');
});

t.test(
  'it ends with 0 while streams are open and a run trains, and the run goes on at the next start',
  async (t) => {
    const DATA_DIR = t.testdir({});
    const first = start(t, { DATA_DIR });
    const url = await address(first);
    const json = { accept: 'application/json' };
    await fetch(`${url}/runs`, {
      method: 'POST',
      headers: json,
      body: new URLSearchParams({ epochs: '30' }),
    });
    const run = async (at: string) =>
      (await (await fetch(`${at}/runs/1`, { headers: json })).json()) as { state: string; epochs: unknown[] };
    await until(async () => (await run(url)).epochs.length >= 1);
    const events = await fetch(`${url}/runs/1/events`);
    const lines = request(`${url}/recognize`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
    });
    const cut = new Promise((resolve) =>
      lines.on('error', resolve).on('response', (response) => response.on('error', resolve).resume()),
    );
    const answered = once(lines, 'response');
    lines.write('{}\n');
    await answered;
    const ended = events.text();
    first.process.kill('SIGTERM');
    t.match(await ended, /event: epoch/, 'the stream of events ended as a whole');
    t.match(
      await (await fetch(`${url}/readyz`)).json(),
      { status: 'draining' },
      'it says so while the other stream is in flight',
    );
    t.same(
      await first.ended,
      { code: 0, signal: null },
      'within the 10 s after which it would be cut off with 1',
    );
    await cut;
    const second = start(t, { DATA_DIR });
    const again = await address(second);
    await until(async () => (await run(again)).state === 'running');
    t.ok((await run(again)).epochs.length >= 1, 'no epoch is lost');
    second.process.kill('SIGTERM');
    await second.ended;
  },
);

t.test('where other machines reach it, it prints the token to train with', async (t) => {
  const started = start(t, { HOST: '0.0.0.0', DATA_DIR: t.testdir({}) });
  const url = (await address(started)).replace('0.0.0.0', '127.0.0.1');
  await until(() => /sign in with the token/.test(started.output()));
  const token = /sign in with the token (\S+)/.exec(started.output())![1];
  const stop = (headers: Record<string, string>) => fetch(`${url}/runs/1/stop`, { method: 'POST', headers });
  t.equal((await stop({})).status, 401);
  t.equal((await stop({ authorization: `Bearer ${token}` })).status, 404);
  started.process.kill('SIGTERM');
  await started.ended;
});

t.test('what cannot be used is one sentence, and no start', async (t) => {
  const file = t.testdir({ file: 'no folder', 'workbench.sqlite': 'no database' });
  for (const [environment, sentence] of [
    [{ PORT: 'eighty' }, /^PORT must be a whole number from 0 to 65535, not "eighty"\.\n$/],
    [{ DATA_DIR: path.join(file, 'file') }, /^DATA_DIR must be a folder that can be made and written\.\n$/],
    ...(process.platform === 'linux'
      ? ([
          [
            { DATA_DIR: '/proc/nothing/data' },
            /^DATA_DIR must be a folder that can be made and written\.\n$/,
          ],
        ] as const)
      : []),
    [{ DATA_DIR: file }, /^The database file is not a database\..*\n$/],
    [
      { MODEL: path.join(file, 'nothing.h5'), DATA_DIR: path.join(file, 'new') },
      /^MODEL: nothing\.h5 cannot be opened.*\n$/,
    ],
    [
      { HOST: '203.0.113.1', DATA_DIR: path.join(file, 'new') },
      /^HOST 203\.0\.113\.1 is not an address of this machine\.\n$/,
    ],
  ] as const) {
    const started = start(t, environment);
    const { code } = await started.ended;
    t.equal(code, 1, JSON.stringify(environment));
    t.match(started.output(), sentence);
    t.notMatch(started.output(), /at .*:\d+/);
  }
});

t.test('a second server on the same data folder is refused; the first one trains on', async (t) => {
  const DATA_DIR = t.testdir({});
  const first = start(t, { DATA_DIR });
  const url = await address(first);
  const json = { accept: 'application/json' };
  await fetch(`${url}/runs`, {
    method: 'POST',
    headers: json,
    body: new URLSearchParams({ epochs: '2', seed: '1' }),
  });
  const second = start(t, { DATA_DIR });
  t.same(await second.ended, { code: 1, signal: null });
  t.match(
    second.output(),
    `The data folder (DATA_DIR) is in use by another server (process ${first.process.pid} on `,
  );
  t.notMatch(second.output(), /http:/);
  const run = async () =>
    (await (await fetch(`${url}/runs/1`, { headers: json })).json()) as { state: string; epochs: unknown[] };
  await until(async () => (await run()).state === 'finished');
  t.equal((await run()).epochs.length, 2);

  first.process.kill('SIGTERM');
  const third = start(t, { DATA_DIR });
  await address(third);
  t.same(await first.ended, { code: 0, signal: null }, 'who starts amid its end waits for it');
  third.process.kill('SIGKILL');
  await third.ended;
  const fourth = start(t, { DATA_DIR });
  await address(fourth);
  t.notMatch(fourth.output(), 'waiting', 'one that was killed is not waited for');
});
