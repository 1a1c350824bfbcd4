import type { Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { testApp } from '../help/helper.ts';
import { storeRun } from '../help/stored-run.ts';
import { addEpoch, end } from '../help/train.ts';
import { launch, listen, lowContrast, open, overflow, seriousFaults } from './browser.ts';

const TOKEN = 'chalk-and-slate';
const browser = await launch(t);

const tested = (accuracy: number) => ({
  state: 'finished' as const,
  reason: null,
  test: { loss: 0.04, accuracy, answers: new Uint8Array(10_000) },
});

/** Neither by what it says nor by how it looks does the page shut anybody out, on a phone either. */
async function looksRight(t: Test, page: Page): Promise<void> {
  t.same(await seriousFaults(page), []);
  await page.emulateMedia({ colorScheme: 'dark' });
  t.same(await lowContrast(page), [], 'in the dark');
  await page.setViewportSize({ width: 320, height: 640 });
  t.equal(await overflow(page), 0);
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 1280, height: 860 });
}

t.test('alone: what a run took over is switched back, and a guesser is shown as one', async (t) => {
  const app = await testApp(t);
  const url = await listen(app);
  const id = await storeRun(app, { state: tested(0.9714) });
  await app.workbench.choice.serve(id);
  const { page, problems } = await open(browser, `${url}/runs/${id}`);
  const line = page.locator('#progressdisplay .hint', { hasText: 'the model before it' });
  t.match(
    (await line.textContent())?.replace(/\s+/g, ' '),
    'It now reads your drawings. It gets 97.14 % of the test images right; the model before it, the built-in model, got 99.38 %.',
  );
  await looksRight(t, page);
  await page.getByRole('button', { name: 'Switch back' }).click();
  await page.locator('#serving', { hasText: 'the built-in model' }).waitFor();
  t.equal(app.workbench.recognition.serving?.source.kind, 'shipped');

  const guesser = (await app.workbench.store.create((await app.workbench.store.get(id))!.settings)).id;
  const metrics = { epoch: 1, loss: 2.3, accuracy: 0.1, val_loss: 2.3, val_accuracy: 0.106, seconds: 1 };
  const weights = new Float32Array(61_706);
  await addEpoch(
    app.workbench.store,
    guesser,
    metrics,
    { weights, slots: {}, step: 1, random: [1, 2, 3, 4] },
    true,
  );
  await end(app.workbench.store, guesser, tested(0.1135));
  await page.goto(`${url}/runs/${guesser}`);
  const colour = (at: string) => page.locator(at).evaluate((element) => getComputedStyle(element).color);
  const green = await page.locator('#serving b').evaluate((element) => getComputedStyle(element).color);
  t.not(await colour('.badge'), green);
  t.not(await colour('.metrics .best dd'), green);
  t.notMatch(await page.locator('#use').getAttribute('class'), /main/);
  await looksRight(t, page);
  await page.goto(`${url}/runs/${id}`);
  t.equal(await colour('.badge'), green);
  t.equal(await colour('.metrics .best dd'), green);
  t.same(problems, []);
});

t.test('a class: the page says by what a pupil is read', async (t) => {
  const app = await testApp(t, { host: '0.0.0.0', token: TOKEN, adminToken: 'red-pencil-case' });
  const url = await listen(app);
  const { page, problems } = await open(browser, `${url}/sign-in`);
  await page.locator('#token').fill(TOKEN);
  await page.locator('form .main').click();
  await page.locator('#epochs').fill('1');
  await page.locator('#batchsize').fill('128');
  await page.locator('#train').click();
  const serving = page.locator('#serving', { hasText: 'Your model: run 1, epoch 1' });
  await serving.waitFor({ timeout: 90_000 });
  t.match((await serving.textContent())?.replace(/\s+/g, ' '), 'class model: the built-in model · 99.38 %');
  t.equal(await page.locator('#use').count(), 0);
  await looksRight(t, page);
  t.same(problems, []);
});
