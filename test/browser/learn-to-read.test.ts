import t from 'tap';
import { testApp } from '../help/helper.ts';
import { launch, listen, open, overflow } from './browser.ts';

const url = await listen(await testApp(t));
const browser = await launch(t);

type Point = readonly [x: number, y: number];
const SEVEN: readonly Point[] = [
  [60, 75],
  [140, 75],
  [90, 220],
];
const ONE: readonly Point[] = [
  [220, 75],
  [216, 220],
];

async function openPad() {
  const { page, problems } = await open(browser, url);
  const box = await page.locator('#writing').boundingBox();
  if (!box) throw new Error('there is no pad');
  async function draw([[x, y], ...rest]: readonly Point[]) {
    const { x: left, y: top } = box!;
    await page.mouse.move(left + x, top + y);
    await page.mouse.down();
    for (const [u, v] of rest) await page.mouse.move(left + u, top + v, { steps: 6 });
    await page.mouse.up();
  }
  const answered = (text: string) => page.locator('#predictresult', { hasText: text }).waitFor();
  return { page, problems, draw, answered };
}

t.test('two digits on the pad are read one by one', async (t) => {
  const { page, problems, draw, answered } = await openPad();
  await draw(SEVEN);
  await answered('Digit 7');
  await draw(ONE);
  await answered('Digits 7 1');
  t.equal(await page.locator('.saw img').count(), 2);
  const bars = page.locator('.bars');
  t.same([await bars.nth(0).isVisible(), await bars.nth(1).isVisible()], [true, false]);
  await page.locator('summary', { hasText: 'Digit 2 of 2' }).click();
  t.same([await bars.nth(0).isVisible(), await bars.nth(1).isVisible()], [false, true], 'of one at a time');
  for (const width of [320, 390, 820, 1280]) {
    await page.setViewportSize({ width, height: 860 });
    const { height } = (await page.locator('.number').boundingBox())!;
    const line = await page.locator('.number').evaluate((number) => number.getClientRects().length);
    t.equal(line, 1, `the number stands on one line of ${height} pixels at ${width}`);
    t.equal(await overflow(page), 0);
  }
  t.same(problems, []);
});

t.test('while a run trains, what is on the pad is read again after each epoch', async (t) => {
  const { page, problems, draw, answered } = await openPad();
  await draw(SEVEN);
  await answered('Digit 7');
  await page.locator('#epochs').fill('2');
  await page.locator('#batchsize').fill('128');
  await page.locator('#train').click();
  await page.locator('#progressdisplay .badge', { hasText: 'running' }).waitFor();
  await draw(SEVEN);
  await answered('Digit 7');
  t.equal(await page.locator('[data-reader]').count(), 0, 'the serving model has read it');

  await page.locator('[data-reader]', { hasText: /run \d+, epoch 1/ }).waitFor({ timeout: 90_000 });
  await page.locator('#progressdisplay .badge', { hasText: 'finished' }).waitFor({ timeout: 90_000 });
  await page.locator('[data-reader]').waitFor({ state: 'detached' });
  await answered('Digit 7');
  t.same(problems, []);
});
