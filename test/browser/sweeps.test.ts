import t from 'tap';
import { testApp } from '../help/helper.ts';
import { launch, listen, lowContrast, open, overflow, seriousFaults } from './browser.ts';

t.setTimeout(180_000);

t.test('a sweep is asked for, watched and stopped', async (t) => {
  const browser = await launch(t);
  const url = await listen(await testApp(t));
  const { page, problems } = await open(browser, `${url}/runs`);
  await page.getByRole('link', { name: 'New sweep' }).click();
  await page.getByLabel('SGD').check();
  await page.getByLabel('Batch size').fill('64, 128');
  await page.getByLabel('Batch size').blur();
  await page.getByText('4 trials', { exact: true }).waitFor();
  t.same(await seriousFaults(page), []);

  await page.getByRole('button', { name: 'Train all' }).click();
  await page.waitForURL(`${url}/sweeps/1`);
  await page.getByRole('heading', { name: 'Sweep 1' }).waitFor();
  t.equal(await page.getByRole('rowheader').count(), 4);
  // It fills in by itself: the state is another one without a page being loaded.
  await page.evaluate(() => document.body.setAttribute('data-still', ''));
  await page.locator('tbody .badge.running').waitFor();
  t.same(await seriousFaults(page), []);

  await page.getByRole('button', { name: 'Stop all' }).click();
  await page.locator('.standing > .state .badge.stopped').waitFor();
  t.equal(await page.locator('tbody .badge.stopped').count(), 4);
  t.ok(await page.locator('body[data-still]').count(), 'the page was not loaded again');
  t.equal(await page.locator('#standing[hx-trigger]').count(), 0, 'and asks no more');

  await page.getByRole('button', { name: 'Delete sweep' }).click();
  await page.getByText('No sweeps yet').waitFor();
  t.same(problems, []);
});

t.test('its pages fit a phone, in the dark too', async (t) => {
  const browser = await launch(t);
  const app = await testApp(t);
  const url = await listen(app);
  const grid = { optimizer: ['adam', 'sgd', 'nadam'], schedule: ['constant', 'onecycle'] };
  await app.inject({ method: 'POST', url: '/sweeps', payload: { grid } });
  await app.inject({ method: 'POST', url: '/sweeps/1/stop' });
  for (const path of ['/sweeps', '/sweeps/new', '/sweeps/1']) {
    const viewport = { width: 360, height: 740 };
    const { page, problems } = await open(browser, url + path, { viewport, colorScheme: 'dark' });
    t.equal(await overflow(page), 0, path);
    t.same(await lowContrast(page), [], path);
    t.same(problems, [], path);
  }
});
