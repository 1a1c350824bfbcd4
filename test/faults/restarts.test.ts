/** The server is ended and started again and again, while clients go on asking. */
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { until } from '../help/helper.ts';
import { address, start } from '../help/server-process.ts';
import { end, find, train } from './served-runs.ts';

const RESTARTS = 10;

t.test(`${RESTARTS} restarts in a row while clients ask and a run trains`, async (t) => {
  const DATA_DIR = t.testdir({});
  const statuses = new Set<number>();
  let url = '';
  let over = false;
  const client = async () => {
    const matrix = JSON.stringify(Array(784).fill(0).fill(255, 300, 310));
    for (let i = 0; !over; i++) {
      const asked =
        i % 2
          ? fetch(`${url}/recognize`, { method: 'POST', body: new URLSearchParams({ matrix }) })
          : fetch(`${url}/runs`);
      // Where no server is, nobody answers.
      const answer = await asked.catch(() => null);
      if (answer !== null) statuses.add(answer.status);
      await answer?.text().catch(() => t.fail('an answer was cut off'));
      await sleep(20);
    }
  };
  t.teardown(() => {
    over = true;
  });
  let clients: Promise<unknown> | null = null;
  for (let i = 0; i < RESTARTS; i++) {
    const started = start(t, { DATA_DIR });
    url = await address(started);
    if (i === 0) await train(url, 100);
    clients ??= Promise.all(Array.from({ length: 4 }, client));
    await until(async () => (await find(url, 1)).state !== 'interrupted');
    await sleep(300);
    await end(t, started);
  }
  over = true;
  await clients;
  t.ok(statuses.has(200));
  for (const status of statuses) t.ok([200, 503].includes(status), `${status}`);
  const last = start(t, { DATA_DIR });
  url = await address(last);
  await until(async () => (await find(url, 1)).state === 'running');
  const run = await find(url, 1);
  t.same(
    run.epochs.map(({ epoch }) => epoch),
    run.epochs.map((_, i) => i + 1),
    'no epoch is missing or twice',
  );
  await end(t, last);
});
