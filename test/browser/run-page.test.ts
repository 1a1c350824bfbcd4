import t from 'tap';
import { testApp } from '../help/helper.ts';
import { storeRun } from '../help/stored-run.ts';
import { launch, listen, lowContrast, open, overflow, seriousFaults } from './browser.ts';

const app = await testApp(t);
const url = await listen(app);
const browser = await launch(t);
const { store } = app.workbench;

const DISCLOSURES = ['fork', 'checkpoints', 'label', 'copies'];

t.test('everything seldom needed is folded away, and right when it is opened', async (t) => {
  const id = await storeRun(app, { epochs: 9 });
  await store.setLabel(id, { name: 'first try', note: 'A note.', pinned: true });
  const { page, problems } = await open(browser, `${url}/runs/${id}`);
  for (const name of DISCLOSURES) {
    t.equal(await page.locator(`#${name}`).getAttribute('open'), null, name);
    await page.locator(`#${name} > summary`).focus();
    await page.keyboard.press('Enter');
    await page.locator(`#${name}[open]`).waitFor();
  }
  t.equal(await page.locator('#checkpoints tbody tr').count(), 9);
  t.same(await seriousFaults(page), []);
  await page.emulateMedia({ colorScheme: 'dark' });
  t.same(await lowContrast(page), [], 'in the dark');
  await page.setViewportSize({ width: 320, height: 640 });
  t.equal(await overflow(page), 0, 'fits 320 pixels');
  t.same(problems, []);
});

t.test('a fork by hand: from the table of checkpoints to the new run', async (t) => {
  const id = await storeRun(app, { epochs: 2, settings: { learningrate: 0.002 } });
  const { page, problems } = await open(browser, `${url}/runs/${id}`, { expected: /422/ });
  await page.locator('#checkpoints > summary').click();
  await page.getByRole('link', { name: 'Fork from epoch 1' }).click();
  t.equal(await page.locator('#epoch').inputValue(), '1');
  const rate = page.locator('#learningrate');
  t.equal(await rate.getAttribute('placeholder'), '0.002, as before');
  await page.locator('#optimizer').selectOption('sgd');
  t.equal(await rate.getAttribute('placeholder'), "0.1 (sgd's default)");
  await page.locator('#epochs').fill('1');
  await page.locator('#fork button').click();
  t.equal(await page.locator('#epochserror').textContent(), 'A fork after epoch 1 needs more than 1 epochs.');
  t.equal(await page.locator('#optimizer').inputValue(), 'sgd', 'what was chosen is kept');
  await page.locator('#epochs').fill('2');
  await page.locator('#batchsize').fill('128');
  await page.locator('#fork button').click();
  await page.waitForURL(`${url}/runs/${id + 1}`);
  t.match(await page.locator('.facts').innerText(), new RegExp(`Forked from\\s+run ${id}, epoch 1`));
  t.equal(await page.locator('#checkpoints').count(), 1, 'the epoch that it took over');
  await page.locator('.badge.finished').waitFor({ timeout: 60_000 });
  await page.locator('#checkpoints > summary', { hasText: /2\sepochs/ }).waitFor({ state: 'attached' });
  t.same(problems, [], 'the last poll brought the rest of the page up to date');
});

t.test('what can be copied is copied', async (t) => {
  const id = await storeRun(app);
  const { page, problems } = await open(browser, `${url}/runs/${id}`, {
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  await page.locator('#copies > summary').click();
  await page.getByRole('button', { name: 'Copy: Link to this run' }).click();
  await page.locator('[data-copy=copylink]', { hasText: 'Copied' }).waitFor();
  t.equal(await page.evaluate(() => navigator.clipboard.readText()), `${url}/runs/${id}`);
  const settings = await page.locator('#copysettings').inputValue();
  await page.goto(settings);
  t.equal(await page.locator('#epochs').inputValue(), '10', 'the link fills the form');
  t.same(problems, []);
});
