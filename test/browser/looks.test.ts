/** How pages stand: what moves, what covers what, what is seen in other colours, time zones and by a finger. */
import AxeBuilder from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import t from 'tap';
import { testApp } from '../help/helper.ts';
import { storeRun } from '../help/stored-run.ts';
import { launch, listen, open } from './browser.ts';

const app = await testApp(t);
await storeRun(app);
const url = await listen(app);
const browser = await launch(t);

const boxOf = async (page: Page, selector: string) => (await page.locator(selector).first().boundingBox())!;

async function draw(page: Page, stroke: readonly (readonly [number, number])[]): Promise<void> {
  const { x, y } = await boxOf(page, '#writing');
  const [first, ...rest] = stroke;
  await page.mouse.move(x + first[0], y + first[1]);
  await page.mouse.down();
  for (const [dx, dy] of rest) await page.mouse.move(x + dx, y + dy, { steps: 6 });
  const answered = page.waitForResponse(/recognize/);
  await page.mouse.up();
  await answered;
}

t.test('an answer pushes nothing away, sure or not', async (t) => {
  for (const width of [390, 1280]) {
    const { page, problems } = await open(browser, url, { viewport: { width, height: 860 } });
    const height = async () => (await boxOf(page, '#prediction')).height;
    const before = await height();
    const answer = page.locator('#predictresult');
    await draw(page, [
      [90, 60],
      [210, 60],
      [130, 250],
    ]);
    await answer.filter({ hasText: 'Digit 7' }).waitFor();
    t.equal(await height(), before, `at ${width}`);
    await page.locator('[data-clear]').click();
    await draw(page, [
      [90, 60],
      [120, 200],
      [220, 100],
      [150, 250],
      [60, 60],
    ]);
    await answer.filter({ hasText: 'Not' }).waitFor();
    t.equal(await height(), before, `at ${width}, when it is not sure`);
    t.same(problems, []);
  }
});

t.test('what the keys do covers no button', async (t) => {
  for (const width of [390, 1280]) {
    const { page } = await open(browser, url, { viewport: { width, height: 860 } });
    await page.locator('#writing').focus();
    await page.keyboard.press('ArrowLeft');
    const help = await boxOf(page, '#writinghelp');
    t.ok(help.height > 20, 'it is shown');
    for (const covered of ['#writing', '[data-undo]', '[data-clear]', '.upload', '.bars']) {
      const { y } = await boxOf(page, covered);
      t.ok(help.y + help.height <= y, `${covered} at ${width}`);
    }
  }
});

t.test('with forced colours only one link of the head looks current', async (t) => {
  const { page } = await open(browser, url, { forcedColors: 'active' });
  const colours = await page
    .locator('.masthead nav a')
    .evaluateAll((links) =>
      links.map(
        (link) => [link.hasAttribute('aria-current'), getComputedStyle(link).borderBottomColor] as const,
      ),
    );
  const canvas = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  t.same(
    colours.map(([isCurrent, colour]) => isCurrent === (colour !== canvas)),
    colours.map(() => true),
    JSON.stringify(colours),
  );
});

t.test('times are those of the machine that shows them', async (t) => {
  const { page } = await open(browser, `${url}/runs/1`, { timezoneId: 'Asia/Kathmandu' });
  const time = page.locator('time').first();
  const iso = (await time.getAttribute('datetime'))!;
  const there = new Date(Date.parse(iso) + (5 * 60 + 45) * 60_000).toISOString();
  t.equal(await time.textContent(), there.slice(0, 16).replace('T', ' '));
  t.equal(await time.getAttribute('title'), `${iso.slice(0, 16).replace('T', ' ')} UTC`);
  const plain = await open(browser, `${url}/runs/1`, { javaScriptEnabled: false });
  t.match(await plain.page.locator('time').first().textContent(), /^\d{4}-\d\d-\d\d \d\d:\d\d UTC$/);
});

t.test('each landmark has a name of its own, and a finger finds the links', async (t) => {
  for (const address of ['/', '/runs', '/runs/1', '/sweeps', '/corrections', '/people', '/docs', '/status']) {
    const { page } = await open(browser, url + address, {
      viewport: { width: 390, height: 800 },
      hasTouch: true,
    });
    const { violations } = await new AxeBuilder({ page })
      .withRules(['landmark-unique', 'target-size'])
      .analyze();
    t.same(
      violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 100)}`)),
      [],
      address,
    );
  }
});
