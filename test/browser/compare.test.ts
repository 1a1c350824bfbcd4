import type { Locator } from 'playwright-core';
import sharp from 'sharp';
import t from 'tap';
import { readTestLabels } from '../../src/datasets/mnist.ts';
import type { Checkpoint } from '../../src/training/checkpoint.ts';
import { DEFAULT_SETTINGS } from '../../src/training/settings.ts';
import { testApp, until } from '../help/helper.ts';
import { addEpoch, end } from '../help/train.ts';
import { inkOf, launch, listen, lowContrast, open, overflow, seriousFaults } from './browser.ts';

const app = await testApp(t);
const url = await listen(app);
const browser = await launch(t);

const CHECKPOINT: Checkpoint = { weights: new Float32Array(1), slots: {}, step: 1, random: [] };

/** Eight runs that have ended, with 2 to 9 epochs; the first one is pinned and has a long name. */
for (let i = 1; i <= 8; i++) {
  const { store } = app.workbench;
  const owner = { id: 'ada', name: 'Ada' };
  const { id } = await store.create(
    { ...DEFAULT_SETTINGS, seed: i, augmentation: i > 4 ? 'elastic' : 'off' },
    { owner },
  );
  for (let epoch = 1; epoch <= i + 1; epoch++) {
    const metrics = {
      loss: 0.3 / epoch,
      accuracy: 0.9,
      val_loss: 0.1 + i / epoch / 50,
      val_accuracy: 1 - i / epoch / 50,
    };
    await addEpoch(store, id, { epoch, seconds: 1.6, ...metrics }, CHECKPOINT, true);
  }
  const wrong = 8 * (2 + i);
  const answers = readTestLabels().map((label, k) => (k < wrong ? (label + 1) % 10 : label));
  await end(store, id, {
    state: 'finished',
    reason: null,
    test: { loss: 0.04, accuracy: 1 - (2 + i) / 1250, answers },
  });
}
await app.workbench.store.setLabel(1, { name: 'The one with the longest of all names', pinned: true });

t.test('from the list to the comparison: tick, compare, look', async (t) => {
  const { page, problems } = await open(browser, `${url}/runs`);
  await page.getByRole('link', { name: 'test accuracy' }).click();
  t.equal(
    await page
      .locator('[aria-sort="descending"]')
      .textContent()
      .then((text) => text?.trim()),
    'test accuracy ↓',
  );
  t.match(await page.locator('tbody th').first().textContent(), /Run 1\s/);
  await page.getByLabel('Compare run 3').check();
  await page.getByLabel('Compare run 8').check();
  await page.getByRole('button', { name: 'Compare ticked runs' }).click();
  t.match(page.url(), /\/compare\?run=3&run=8$/);
  t.match(
    await page.locator('.verdicts').textContent(),
    'Run 3 is better than run 8 by 40 test images, p < 0.001',
  );

  await until(async () => (await inkOf(page.locator('canvas'))) > 0);
  const before = await page.locator('canvas').screenshot();
  await page.getByLabel('Loss on a log scale').check();
  t.notSame(await page.locator('canvas').screenshot(), before, 'drawn anew');
  t.equal(await page.locator('table[data-metric="val_loss"]').isVisible(), false, 'the tables are closed');
  t.same(problems, []);
});

t.test('the button says what is to be ticked, and works with two to eight', async (t) => {
  const { page, problems } = await open(browser, `${url}/runs`);
  const button = page.getByRole('button', { name: 'Compare ticked runs' });
  const hint = page.locator('[data-compare-hint]');
  const state = async () => [await button.isEnabled(), await hint.textContent()];
  t.same(await state(), [false, 'Tick two to eight runs']);
  await page.getByLabel('Compare run 3').check();
  t.same(await state(), [false, 'One ticked: tick another']);
  await page.getByLabel('Compare run 8').check();
  t.same(await state(), [true, '2 ticked']);
  // Somebody names a run meanwhile: the list is swapped.
  await app.workbench.store.setLabel(2, { name: 'named meanwhile', pinned: false });
  await page.mouse.move(0, 0);
  await page.locator('.runlabel', { hasText: 'named meanwhile' }).waitFor({ timeout: 15_000 });
  t.same(await state(), [true, '2 ticked'], 'also after the list has followed');
  await page.getByLabel('Compare run 8').uncheck();
  t.same(await state(), [false, 'One ticked: tick another']);
  t.same(problems, []);
});

t.test('without script the list itself says what is to be ticked, and keeps the tick', async (t) => {
  const { page } = await open(browser, `${url}/runs`, { javaScriptEnabled: false });
  const press = () => page.getByRole('button', { name: 'Compare ticked runs' }).click();
  await press();
  t.equal(
    await page.getByRole('alert').textContent(),
    'No run is ticked. Tick two to 8 runs to compare them.',
  );
  t.equal(await page.locator('h1').textContent(), 'Runs');
  await page.getByLabel('Compare run 3').check();
  await press();
  t.match(await page.getByRole('alert').textContent(), 'Only one run is ticked.');
  t.ok(await page.getByLabel('Compare run 3').isChecked());
  await page.getByLabel('Compare run 8').check();
  await press();
  t.match(page.url(), /\/compare\?run=8&run=3$/);
});

t.test('a table that is wider than the window shows where it goes on', async (t) => {
  const addresses = ['/runs', '/compare?run=1&run=2&run=3&run=4&run=5&run=6&run=7&run=8', '/sweeps'];
  let cut = 0;
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [390, 820, 1280]) {
      for (const address of addresses) {
        const viewport = { width, height: 900 };
        const { page } = await open(browser, url + address, { viewport, colorScheme });
        if (address === '/runs') {
          const { x, width: badge } = (await page.locator('tbody .badge').first().boundingBox())!;
          t.ok(x + badge < width, `the state is within ${width} pixels`);
        }
        for (const wrap of await page.locator('.tablewrap:visible').all()) {
          const [isCut, where] = await wrap.evaluate((element) => [
            element.scrollWidth > element.clientWidth + 1,
            `${element.getAttribute('aria-label')}`,
          ]);
          t.equal(await isShaded(wrap), isCut, `${where} of ${address} at ${width}, ${colorScheme}`);
          if (!isCut) continue;
          cut++;
          await wrap.evaluate((element) => element.scrollTo(element.scrollWidth, 0));
          t.equal(await isShaded(wrap), false, 'not at its end');
        }
        await page.context().close();
      }
    }
  }
  t.ok(cut >= 6, `${cut} tables are cut`);
});

/** Is its right edge another colour than the card it lies on? In the lowest row of pixels but a line, where no text is. */
async function isShaded(wrap: Locator): Promise<boolean> {
  const { data, info } = await sharp(await wrap.screenshot())
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const card = await wrap.evaluate(
    (element) => getComputedStyle(element.closest('.card') as Element).backgroundColor,
  );
  const wanted = card.match(/\d+/g)!.map(Number);
  const at = ((info.height - 4) * info.width + info.width - 2) * 3;
  return wanted.some((value, i) => Math.abs(value - data[at + i]) > 20);
}

t.test('filtering with the form', async (t) => {
  const { page, problems } = await open(browser, `${url}/runs`);
  await page.getByRole('checkbox', { name: 'Pinned' }).check();
  await page.getByRole('button', { name: 'Show' }).click();
  t.equal(await page.locator('tbody tr').count(), 1);
  t.ok(await page.getByRole('checkbox', { name: 'Pinned' }).isChecked());
  await page.getByRole('link', { name: 'all runs' }).click();
  t.equal(await page.locator('tbody tr').count(), 8);
  t.same(problems, []);
});

t.test('without script the tables are open and tell it all', async (t) => {
  const { page } = await open(browser, `${url}/compare?run=1&run=8`, { javaScriptEnabled: false });
  const cells = await page
    .locator('table[data-metric="val_accuracy"] tbody tr')
    .last()
    .locator('td')
    .allTextContents();
  t.same(cells, ['–', '98.22\u00a0%']);
  t.equal(await page.locator('canvas').isVisible(), false);
});

t.test('fits a phone, in the light and in the dark, for everybody', async (t) => {
  const eight = Array.from({ length: 8 }, (_, i) => `run=${i + 1}`).join('&');
  for (const path of ['/runs', `/compare?${eight}`]) {
    for (const colorScheme of ['light', 'dark'] as const) {
      const viewport = { width: 360, height: 740 };
      const { page, problems } = await open(browser, url + path, { viewport, colorScheme });
      t.equal(await overflow(page), 0, `${path} ${colorScheme}`);
      t.same(await seriousFaults(page), []);
      t.same(await lowContrast(page), []);
      t.same(problems, []);
    }
  }
});
