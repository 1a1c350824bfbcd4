import sharp from 'sharp';
import t from 'tap';
import { testApp } from '../help/helper.ts';
import { addEpoch, begin, end } from '../help/train.ts';
import { launch, listen, open, overflow } from './browser.ts';

const app = await testApp(t);
const url = await listen(app);
const browser = await launch(t);
const without = { javaScriptEnabled: false } as const;

t.test('without script: train, watch, stop', async (t) => {
  const { page } = await open(browser, url, without);
  await page.locator('#epochs').fill('3');
  await page.locator('#train').click();
  await page.waitForURL(/\/runs\/1$/);
  t.equal(await page.locator('meta[http-equiv=refresh]').count(), 1, 'comes again by itself');
  await page.locator('progress').waitFor({ timeout: 20_000 });
  await page.waitForEvent('framenavigated', { timeout: 10_000 });
  t.match(await page.locator('#progressdisplay').textContent(), /Run 1\s+running/);

  await page.locator('#stop').click();
  await page.locator('.badge.stopped').waitFor({ timeout: 20_000 });
  t.equal(await page.locator('meta[http-equiv=refresh]').count(), 0, 'nothing to wait for any more');
  await page.locator('a', { hasText: 'Runs' }).click();
  t.match(await page.locator('tbody').textContent(), /Run 1\b.*stopped/s);
});

t.test('without script: the epochs are a table', async (t) => {
  const { store } = app.workbench;
  const { id } = await store.create((await store.get(1))!.settings);
  await begin(store, id);
  const epoch = { epoch: 1, loss: 0.25, accuracy: 0.92, val_loss: 0.125, val_accuracy: 0.96, seconds: 1.5 };
  const weights = (await store.model(1))?.weights ?? new Float32Array(61_706);
  await addEpoch(store, id, epoch, { weights, slots: {}, step: 1, random: [1, 2, 3, 4] }, true);
  await end(store, id, { state: 'stopped', reason: null });
  const { page } = await open(browser, `${url}/runs/${id}`, without);
  t.match(
    (await page.locator('#historytable tbody tr').innerText()).replaceAll('\u00a0', ' ').split(/\s*\t\s*/),
    [/^1/, '0.2500', '92.00 %', '0.1250', '96.00 %', '1.5 s'],
  );
  t.notOk(await page.locator('#historyfigure').isVisible(), 'no empty place where the chart would be');
});

t.test('without script: a value that cannot be used, a picture that can, one that cannot', async (t) => {
  const { page } = await open(browser, url, without);
  t.notOk(await page.locator('#writing').isVisible(), 'no dead pad');
  t.match(await page.locator('.draw').innerText(), /needs JavaScript/);
  await page.locator('summary', { hasText: 'Advanced' }).click();
  await page.locator('#seed').fill('x');
  await page.locator('#train').click();
  t.match(await page.locator('#seederror').textContent(), /Seed must be a whole number/);

  const seven =
    '<path d="M78 76 Q150 62 214 70 Q186 150 140 236" fill="none" stroke="#000" stroke-width="20" stroke-linecap="round"/>';
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="300" height="300"><rect width="300" height="300" fill="#fff"/>${seven}</svg>`;
  const buffer = await sharp(Buffer.from(svg)).png().toBuffer();
  await page.goto(url);
  await page.setInputFiles('#image', { name: 'seven.png', mimeType: 'image/png', buffer });
  await page.getByRole('button', { name: 'Read the picture' }).click();
  t.equal(await page.locator('#predictresult').textContent(), 'Digit 7');
  t.equal(JSON.parse((await page.locator('#lastinput').textContent()) ?? '').flat().length, 784);

  await page.locator('a', { hasText: 'Back to the workbench' }).click();
  await page.setInputFiles('#image', { name: 'seven.png', mimeType: 'image/png', buffer: Buffer.from('no') });
  await page.getByRole('button', { name: 'Read the picture' }).click();
  t.match(await page.locator('.failed #predictresult').textContent(), /\w/);
  await page.setViewportSize({ width: 320, height: 640 });
  t.equal(await overflow(page), 0);
});
