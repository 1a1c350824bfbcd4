/** The pages below a path of a proxy that has several rooms, in a real browser. */
import { request as ask, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { CLASS } from '../help/cookie-jar.ts';
import { testApp, until } from '../help/helper.ts';
import { storeRun } from '../help/stored-run.ts';
import { inkOf, launch, listen, open } from './browser.ts';

const BASE = '/labs/room-3';
const browser = await launch(t);

/** Passes on what is below the base, with it or without; all else belongs to others. */
async function proxy(t: Test, target: string, keepsBase: boolean): Promise<string> {
  const { hostname, port } = new URL(target);
  const server = createServer((request, reply) => {
    const { url = '', method, headers } = request;
    if (!url.startsWith(`${BASE}/`) && url !== BASE) {
      reply.writeHead(404).end('Another room.');
      return;
    }
    const path = keepsBase ? url : url.slice(BASE.length) || '/';
    const passed = ask({ hostname, port, path, method, headers }, (answer) => {
      reply.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(reply);
    });
    request.pipe(passed);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

for (const keepsBase of [true, false]) {
  t.test(
    `drawn, followed, looked at and stopped behind a proxy that ${keepsBase ? 'keeps' : 'takes away'} the path`,
    async (t) => {
      const app = await testApp(t, { basePath: BASE });
      const url = await proxy(t, await listen(app), keepsBase);
      const { page, problems } = await open(browser, `${url}${BASE}/`);
      const { x, y } = (await page.locator('#writing').boundingBox())!;
      await page.mouse.move(x + 90, y + 60);
      await page.mouse.down();
      await page.mouse.move(x + 210, y + 60, { steps: 6 });
      await page.mouse.move(x + 130, y + 250, { steps: 6 });
      await page.mouse.up();
      await page.locator('#predictresult', { hasText: 'Digit 7' }).waitFor();
      await page.mouse.move(0, 0);
      const id = await storeRun(app);
      await page.locator('#progressdisplay', { hasText: `Run ${id}` }).waitFor();
      await page.locator('#progressdisplay h2 a').click();
      t.equal(new URL(page.url()).pathname, `${BASE}/runs/${id}`);
      await until(async () => (await inkOf(page.locator('canvas'))) > 0);
      await page.locator('.masthead nav a', { hasText: 'Runs' }).click();
      await page.getByRole('link', { name: 'test accuracy' }).click();
      await page.locator('tbody th').first().waitFor();
      const waiting = await storeRun(app, { state: 'queued' });
      await page.goto(`${url}${BASE}/runs/${waiting}`);
      await page.getByRole('button', { name: 'Cancel' }).click();
      await page.locator('.badge', { hasText: 'stopped' }).first().waitFor();
      t.same(problems, []);
    },
  );
}

t.test('a pupil of one room signs in there, and is nobody in the next', async (t) => {
  const app = await testApp(t, { ...CLASS, basePath: BASE });
  const url = await proxy(t, await listen(app), true);
  const { page } = await open(browser, `${url}${BASE}/runs`);
  await page.getByRole('link', { name: 'Sign in' }).click();
  await page.getByLabel('Token').fill(CLASS.token);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
  t.ok(new URL(page.url()).pathname.startsWith(BASE), page.url());
  const cookies = await page.context().cookies(`${url}/labs/room-4/`);
  t.same(cookies, [], 'its cookies go nowhere else');
});
