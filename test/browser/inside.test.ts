/** The network under the pad: what it shows while one draws, points, taps and uses the keys. */
import type { Locator, Page } from 'playwright-core';
import t from 'tap';
import { testApp } from '../help/helper.ts';
import { launch, listen, lowContrast, open, overflow, seriousFaults } from './browser.ts';

const app = await testApp(t);
const url = await listen(app);
const browser = await launch(t);

const DESKTOP = { viewport: { width: 1280, height: 860 } };
const PHONE = { viewport: { width: 390, height: 640 }, hasTouch: true };
const SEVEN = [
  [90, 60],
  [210, 60],
  [130, 250],
] as const;
const ONE = [
  [150, 50],
  [150, 250],
] as const;

async function draw(page: Page, stroke: readonly (readonly [number, number])[]): Promise<void> {
  await page.locator('#writing').scrollIntoViewIfNeeded();
  const { x, y } = (await page.locator('#writing').boundingBox())!;
  const [[dx, dy], ...rest] = stroke;
  await page.mouse.move(x + dx, y + dy);
  await page.mouse.down();
  for (const [dx, dy] of rest) await page.mouse.move(x + dx, y + dy, { steps: 6 });
  const answered = page.waitForResponse(/recognize/);
  await page.mouse.up();
  await answered;
}

/** In view, and its script there. */
async function opened(page: Page): Promise<Locator> {
  await page.locator('.space').scrollIntoViewIfNeeded();
  await page.locator('[data-layer=probabilities] canvas').waitFor();
  return page.locator('[data-inside]');
}

const title = (page: Page) => page.locator('[data-value] h3');
const about = (page: Page) => page.locator('[data-about]');

const moved = (page: Page) =>
  page.evaluate(() => (window as unknown as { moved: number }).moved) as Promise<number>;

/** Counts what moves without the viewer's doing. */
async function watchMoves(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const counted = window as unknown as { moved: number };
    counted.moved = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as unknown as { value: number; hadRecentInput: boolean }[])
        if (!entry.hadRecentInput) counted.moved += entry.value;
    }).observe({ type: 'layout-shift', buffered: true });
  });
}

t.test('the first page stays small, and the diagram comes when it is scrolled into view', async (t) => {
  const context = await browser.newContext(PHONE);
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send('Network.enable');
  let [requests, bytes] = [0, 0];
  session.on('Network.requestWillBeSent', ({ request }) => {
    if (!request.url.startsWith('data:')) requests++;
  });
  session.on('Network.loadingFinished', ({ encodedDataLength }) => {
    bytes += encodedDataLength;
  });
  await page.goto(url, { waitUntil: 'networkidle' });
  t.ok(requests <= 8 && bytes <= 40_000, `${requests} requests, ${bytes} bytes`);
  t.equal(await page.locator('[data-inside]').count(), 0);
  const before = bytes;
  await opened(page);
  t.ok(bytes - before <= 60_000, `${bytes - before} bytes for the diagram`);
  await context.close();
});

t.test('it shows the last drawing, in the frame in which its answer appears', async (t) => {
  const { page, problems } = await open(browser, url, DESKTOP);
  await opened(page);
  t.match(await about(page).textContent(), /An example, until you draw/);
  await page.evaluate(() => {
    const frames: string[] = [];
    const canvas = document.querySelector('[data-layer=conv2] canvas') as HTMLCanvasElement;
    const look = () => {
      frames.push(`${document.querySelector('#predictresult')?.textContent}|${canvas.toDataURL()}`);
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
    Object.assign(window, { frames });
  });
  await draw(page, SEVEN);
  await page.locator('#predictresult').filter({ hasText: 'Digit 7' }).waitFor();
  await about(page).filter({ hasText: 'Your last drawing' }).waitFor();
  await draw(page, ONE);
  await page.waitForTimeout(300);
  const frames = await page.evaluate(() => (window as unknown as { frames: string[] }).frames);
  const shown = new Map<string, Set<string>>();
  for (const frame of frames) {
    const [answer, picture] = frame.split('|');
    shown.set(answer, (shown.get(answer) ?? new Set()).add(picture));
  }
  t.same([...shown].map(([answer, pictures]) => [answer.trim(), pictures.size]).slice(0, 2), [
    ['?', 1],
    ['Digit 7', 1],
  ]);
  const before = await page
    .locator('[data-layer=conv2] canvas')
    .evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
  await page.locator('[data-clear]').click();
  t.match(await page.locator('#predictresult').textContent(), /\?/);
  t.equal(
    await page
      .locator('[data-layer=conv2] canvas')
      .evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL()),
    before,
    'an empty pad leaves it',
  );
  t.same(problems, []);
});

t.test('a value is written out when it is pointed at, and follows the next drawing', async (t) => {
  const { page, problems } = await open(browser, url, DESKTOP);
  await opened(page);
  const conv2 = (await page.locator('[data-layer=conv2] input').boundingBox())!;
  // The third map of the second row, its pixel in row 6, column 4: 21 + 5 pixels down, 2 · 11 + 3 to the right.
  await page.mouse.move(conv2.x + 51, conv2.y + 33);
  await title(page).filter({ hasText: 'Convolution 2, map 7, row 6, column 4' }).waitFor();
  t.equal(await page.locator('[data-value] svg').first().locator('rect').count(), 6, 'a window on each map');
  await draw(page, SEVEN);
  await about(page).filter({ hasText: 'Your last drawing' }).waitFor();
  t.match(await title(page).textContent(), 'Convolution 2, map 7, row 6, column 4', 'of the new drawing');
  const link = (await page.locator('[data-state]').getAttribute('href'))!;
  t.match(link, /at=conv2%2C6%2C5%2C3$/);
  const sums = await page.locator('.sums').textContent();
  await page.goto(new URL(link, url).href);
  t.equal(await page.locator('.sums').textContent(), sums, 'its link shows the same');
  t.same(problems, []);
});

t.test('keys reach every value, and what they reach is said', async (t) => {
  const { page, problems } = await open(browser, url, DESKTOP);
  await opened(page);
  const strip = page.locator('.strip');
  await strip.focus();
  await page.keyboard.press('Tab');
  t.equal(await page.evaluate(() => document.activeElement?.getAttribute('name')), 'conv1');
  await page.keyboard.press('Tab');
  await title(page)
    .filter({ hasText: /^Pooling 1/ })
    .waitFor();
  await page.keyboard.press('Home');
  await title(page)
    .filter({ hasText: /^Pooling 1, map 1,/ })
    .waitFor();
  for (let i = 0; i < 14; i++) await page.keyboard.press('ArrowLeft');
  for (let i = 0; i < 14; i++) await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('PageDown');
  await title(page).filter({ hasText: 'Pooling 1, map 2, row 2, column 1' }).waitFor();
  t.equal(await title(page).getAttribute('aria-live'), 'polite');
  for (let i = 0; i < 4; i++) await page.keyboard.press('Tab');
  await page.keyboard.press('ArrowDown');
  await title(page)
    .filter({ hasText: /^Dense, unit \d+/ })
    .waitFor();
  await page.keyboard.press('Enter');
  t.equal(new URL(page.url()).pathname, '/', 'Enter does not leave');
  t.same(problems, []);
});

t.test('on a phone it is a strip, and a tap writes out', async (t) => {
  const { page, problems } = await open(browser, url, PHONE);
  await opened(page);
  t.equal(await overflow(page), 0);
  t.notOk(await title(page).isVisible(), 'until then it takes no room');
  const strip = page.locator('.strip');
  t.ok(await strip.evaluate((strip) => strip.scrollWidth > 1.5 * strip.clientWidth));
  const output = page.locator('[data-layer=probabilities] input');
  await output.scrollIntoViewIfNeeded();
  const { x, y } = (await output.boundingBox())!;
  await page.touchscreen.tap(x + 7.5 * 11, y + 5);
  await title(page).filter({ hasText: 'Softmax of digit 7' }).waitFor();
  t.equal(await page.locator('.terms tbody tr').count(), 10);
  t.same(problems, []);
});

t.test('nothing jumps, and nothing is wrong for those who see or hear it otherwise', async (t) => {
  for (const [options, colorScheme] of [
    [DESKTOP, 'light'],
    [DESKTOP, 'dark'],
    [PHONE, 'dark'],
    [{ viewport: { width: 820, height: 1180 } }, 'light'],
  ] as const) {
    const name = `${options.viewport.width} ${colorScheme}`;
    const { page, problems } = await open(browser, `${url}/now`, { ...options, colorScheme });
    await watchMoves(page);
    await page.goto(url);
    await opened(page);
    await draw(page, SEVEN);
    await about(page).filter({ hasText: 'Your last drawing' }).waitFor();
    for (const layer of ['conv1', 'pool2', 'conv3', 'logits'] as const) {
      await page.locator(`[data-layer=${layer}] input`).hover();
      await page.waitForTimeout(150);
    }
    t.ok((await moved(page)) < 0.02, `${name}: ${await moved(page)}`);
    t.same(await seriousFaults(page), [], name);
    t.same(await lowContrast(page), [], name);
    t.equal(await overflow(page), 0, name);
    await page.goto(`${url}/inside?at=conv2`);
    t.same(await seriousFaults(page), [], `${name}, the page`);
    t.equal(await overflow(page), 0, `${name}, the page`);
    t.same(problems, []);
  }
});

t.test('with scripts off a click on a map is answered by the server', async (t) => {
  const { page, problems } = await open(browser, url, { ...DESKTOP, javaScriptEnabled: false });
  await page.getByRole('link', { name: 'See inside the network' }).click();
  const output = page.locator('[name=probabilities]');
  await output.click({ position: { x: 3.5 * 11, y: 5 } });
  t.match(await title(page).textContent(), 'Softmax of digit 3');
  await page.locator('button[value=conv2]').click();
  t.match(await title(page).textContent(), /^Convolution 2, map/);
  await page.locator('.map button', { hasText: '0.000' }).first().click();
  t.match(await title(page).textContent(), /: 0\.000$/);
  t.same(problems, []);
});
