/** Two classes on one server, three pupils and a teacher each, in browsers of their own. */
import type { Page } from 'playwright-core';
import t from 'tap';
import { testApp } from '../help/helper.ts';
import { launch, listen, lowContrast, open, overflow, seriousFaults } from './browser.ts';

const ADMIN_TOKEN = 'red-pencil-case';
/** Chromium's own line for a page that is not there. */
const MISSING = /status of 404/;

/** Signs in at the room's address, as a pupil would who was told it. */
async function enter(page: Page, url: string, token: string): Promise<void> {
  await page.goto(url);
  await page.fill('#token', token);
  await page.keyboard.press('Enter');
  await page.waitForURL((at) => at.pathname === '/');
}

async function train(page: Page, name: string): Promise<number> {
  await page.evaluate(() => document.querySelector('#who')?.closest('details')?.setAttribute('open', ''));
  await page.fill('#who', name);
  const created = page.waitForResponse((answer) => answer.request().method() === 'POST');
  await page.click('#trainform button.main');
  await created;
  const { runs } = await page.evaluate(async () =>
    (await fetch('/runs?mine=1', { headers: { accept: 'application/json' } })).json(),
  );
  return runs[0].id;
}

t.test('two rooms: nothing of one is seen, changed or read by the other', async (t) => {
  const browser = await launch(t);
  const app = await testApp(t, { host: '0.0.0.0', token: 'chalk-and-slate', adminToken: ADMIN_TOKEN });
  await app.workbench.training.close();
  const url = await listen(app);

  const { page: operator, problems: operators } = await open(browser, `${url}/sign-in?to=/rooms`);
  await operator.fill('#token', ADMIN_TOKEN);
  await operator.keyboard.press('Enter');
  await operator.locator('#roomstitle').waitFor();
  const classes: { name: string; address: string; pupils: string; teacher: string }[] = [];
  for (const name of ['Class 7a', 'Class 7b']) {
    await operator.goto(`${url}/rooms`);
    await operator.fill('#name', name);
    await operator.keyboard.press('Enter');
    await operator.locator('#tokenstitle').waitFor();
    const [address, pupils, teacher] = await operator.locator('dd code').allTextContents();
    classes.push({ name, address, pupils, teacher });
  }

  const rooms = await Promise.all(
    classes.map(async ({ name, address, pupils, teacher }) => {
      const pages: { page: Page; problems: readonly string[] }[] = [];
      for (const [i, token] of [pupils, pupils, pupils, teacher].entries()) {
        const viewport = { width: i === 0 ? 390 : 1280, height: 800 };
        const opened = await open(browser, `${url}/livez`, { viewport, expected: MISSING });
        await enter(opened.page, address, token);
        t.match(await opened.page.locator('.masthead .room').textContent(), name);
        pages.push(opened);
      }
      return { name, pages };
    }),
  );
  const trained: number[][] = [];
  for (const { name, pages } of rooms) {
    const ids: number[] = [];
    for (const [i, { page }] of pages.slice(0, 3).entries())
      ids.push(await train(page, `${name} pupil ${i}`));
    trained.push(ids);
  }
  for (const [i, { name, pages }] of rooms.entries()) {
    const other = rooms[1 - i].name;
    for (const { page } of pages) {
      for (const path of ['/', '/runs', '/sweeps', '/corrections', '/status']) {
        await page.goto(url + path);
        const text = (await page.locator('body').textContent()) ?? '';
        t.notMatch(text, other, `${name}: ${path}`);
      }
      await page.goto(`${url}/runs`);
      t.equal(await page.locator('table tbody tr').count(), 3, `${name} lists its three runs`);
      for (const id of trained[1 - i]) {
        const answer = await page.goto(`${url}/runs/${id}`);
        t.equal(answer?.status(), 404);
        const stopped = await page.evaluate(
          async (id) => (await fetch(`/runs/${id}/stop`, { method: 'POST' })).status,
          id,
        );
        t.equal(stopped, 404, 'and cannot be stopped');
      }
    }
    const teacher = pages[3].page;
    await teacher.goto(`${url}/people`);
    t.equal(await teacher.locator('tbody tr').count(), 3);
    await teacher.goto(`${url}/runs/${trained[i][0]}`);
    await teacher.locator('#stop').click();
    await teacher.locator('#stop').waitFor({ state: 'detached' });
  }
  const states = (await app.workbenches.store.list({ ascending: true, limit: 10 })).runs;
  t.same(
    states.map(({ state }) => state),
    ['stopped', 'queued', 'queued', 'stopped', 'queued', 'queued'],
    'each teacher has stopped one of their own',
  );
  t.same([...operators, ...rooms.flatMap(({ pages }) => pages.flatMap(({ problems }) => problems))], []);
});

t.test('the pages of rooms stand on a phone and a desktop, light and dark', async (t) => {
  const browser = await launch(t);
  const app = await testApp(t);
  const url = await listen(app);
  for (const [width, colorScheme] of [
    [390, 'dark'],
    [820, 'light'],
    [1280, 'light'],
  ] as const) {
    const { page, problems } = await open(browser, `${url}/rooms`, {
      viewport: { width, height: 800 },
      colorScheme,
      expected: /status of 422/,
    });
    const check = async (what: string) => {
      t.same(await seriousFaults(page), [], what);
      t.same(await lowContrast(page), [], what);
      t.equal(await overflow(page), 0, what);
    };
    await check('the list');
    await page.fill('#name', `A room with a name of forty letters ${width}`);
    await page.fill('#runs', 'many');
    await page.keyboard.press('Enter');
    await page.locator('#runserror').waitFor();
    await check('an error');
    await page.fill('#runs', '20');
    await page.keyboard.press('Enter');
    await page.locator('#tokenstitle').waitFor();
    await check('the tokens');
    await page.goto(`${url}/rooms/${encodeURIComponent(`A room with a name of forty letters ${width}`)}`);
    await check('the settings');
    await page.click('form button.main');
    await page.locator('.masthead .room').waitFor();
    await check('within the room');
    await page.goto(
      `${url}/rooms/${encodeURIComponent(`A room with a name of forty letters ${width}`)}/delete`,
    );
    await check('before it is deleted');
    await page.click('form button.main');
    await page.locator('#roomstitle').waitFor();
    t.same(problems, []);
  }
});
