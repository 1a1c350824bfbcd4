import t from 'tap';
import { testApp, until } from '../help/helper.ts';
import { launch, listen, lowContrast, open, overflow, seriousFaults } from './browser.ts';

const app = await testApp(t);
const url = await listen(app);
const browser = await launch(t);
const { corrections } = app.workbench;

t.test('a digit that was drawn is corrected with its strokes, undone, corrected again', async (t) => {
  const { page, problems } = await open(browser, url);
  const { x, y } = (await page.locator('#writing').boundingBox())!;
  await page.mouse.move(x + 80, y + 70);
  await page.mouse.down();
  for (const [dx, dy] of [
    [150, 66],
    [214, 70],
    [180, 160],
    [140, 236],
  ]) {
    await page.mouse.move(x + dx, y + dy, { steps: 4 });
  }
  await page.mouse.up();
  await page.locator('.wrong button', { hasText: '1' }).click();
  await page.getByText('Saved as a 1').waitFor();
  t.equal(await page.locator('.wrong button:focus').innerText(), 'Undo', 'the focus stays nearby');
  const [kept] = await corrections.list({}, { limit: 1 });
  t.match(kept, { truth: 1, answer: 7 });
  const strokes = JSON.parse((await corrections.strokes(kept.id))!);
  t.equal(strokes.length, 1, 'its one stroke');
  t.ok(strokes[0].length >= 16);

  await page.getByRole('button', { name: 'Undo' }).last().click();
  await page.locator('.wrong legend').waitFor();
  t.equal(await page.locator('.wrong button:focus').innerText(), '0');
  t.equal(await corrections.count(), 0);
  await page.locator('.wrong button', { hasText: '2' }).click();
  await page.getByText('Saved as a 2').waitFor();
  const [again] = await corrections.list({}, { limit: 1 });
  t.match(again, { truth: 2, answer: 7 });
  t.equal(JSON.parse((await corrections.strokes(again.id))!).length, 1);
  t.same(await seriousFaults(page), []);
  t.same(problems, []);
});

t.test('without script: a list, a fine-tune, what it changed, deleting after a question', async (t) => {
  const { page } = await open(browser, `${url}/corrections`, { javaScriptEnabled: false });
  t.equal(await page.getByAltText('Digit 2').count(), 1);
  await page.getByRole('button', { name: 'Fine-tune' }).click();
  await page.waitForURL(/\/runs\/1$/);
  await page.locator('.comparisons').waitFor({ timeout: 60_000 });
  t.match(
    await page.locator('.comparisons tbody').innerText(),
    /MNIST's test images\s+10,000[\s\S]*Corrections trained on\s+1\s/,
  );
  await page.getByRole('button', { name: 'Use this model' }).click();
  await until(() => app.workbench.recognition.serving?.source.kind === 'run');

  await page.goto(`${url}/corrections`);
  await page.getByRole('link', { name: /^Delete it/ }).click();
  await page.getByRole('link', { name: 'Keep them' }).click();
  t.equal(await corrections.count(), 1);
  await page.getByRole('link', { name: /^Delete it/ }).click();
  await page.getByRole('button', { name: 'Delete' }).click();
  await page.getByText('No corrections yet').waitFor();
  t.equal(await corrections.count(), 0);
});

t.test('the pages fit a phone and can be read in the light and in the dark', async (t) => {
  for (let i = 0; i < 30; i++) {
    const image = new Uint8Array(784).fill(200, 300, 300 + i);
    const probabilities = new Array(10).fill(0.1);
    await corrections.add({
      truth: i % 10,
      answer: (i * 3) % 10,
      image,
      probabilities,
      strokes: null,
      model: 'run 1, epoch 5',
    });
  }
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const path of ['/corrections', '/corrections/delete?truth=3', '/runs/1']) {
      const { page, problems } = await open(browser, url + path, { colorScheme });
      t.same(await seriousFaults(page), [], `${path}, ${colorScheme}`);
      t.same(await lowContrast(page), [], `${path}, ${colorScheme}`);
      await page.setViewportSize({ width: 320, height: 640 });
      t.equal(await overflow(page), 0, `${path} fits`);
      t.same(problems, []);
    }
  }
});
