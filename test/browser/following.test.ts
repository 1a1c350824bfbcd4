import type { Page } from 'playwright-core';
import t from 'tap';
import { DEFAULT_SETTINGS } from '../../src/training/settings.ts';
import { testApp } from '../help/helper.ts';
import { storeRun } from '../help/stored-run.ts';
import { addEpoch, begin, end } from '../help/train.ts';
import { launch, listen, open } from './browser.ts';

const app = await testApp(t);
const url = await listen(app);
const browser = await launch(t);
const { store } = app.workbench;

const OTHER = { owner: { id: 'another-browser', name: 'Ben' } } as const;
const QUICK = { timeout: 10_000 } as const;

/** Requests of a page, by path. */
function watchRequests(page: Page): string[] {
  const paths: string[] = [];
  page.on('request', (request) => paths.push(new URL(request.url()).pathname));
  return paths;
}

/**
 * As if time passed faster, until it has been asked so many times whether anything happened. Time stands while a request
 * is answered: a busy machine would seem to be a server that is away.
 */
async function untilAsked(page: Page, times: number): Promise<void> {
  for (let asked = 0; asked < times; asked++) {
    let isSent = false;
    const answer = page.waitForResponse('**/revision');
    const sent = page.waitForRequest('**/revision').then(() => {
      isSent = true;
    });
    while (!isSent) await page.clock.runFor(500);
    await Promise.all([sent, answer]);
  }
}

const shownRun = (page: Page, id: number, state: string) =>
  page.locator('#progressdisplay', { hasText: new RegExp(`Run ${id}\\s.*${state}`, 's') }).waitFor(QUICK);

t.test('an idle page shows the run that somebody else begins, its end, and the next one', async (t) => {
  const { page, problems } = await open(browser, url);
  const list = await open(browser, `${url}/runs`);
  t.match(await page.locator('#progressdisplay').textContent(), /Nothing trained yet/);
  t.match(await list.page.locator('#runlist').textContent(), /No runs yet/);
  await page.locator('#epochs').focus();

  const first = await storeRun(app, { start: OTHER, epochs: 1, state: 'running' });
  await shownRun(page, first, 'running');
  await list.page.locator(`#run-${first} .badge.running`).waitFor(QUICK);
  t.equal(await page.locator('#progressdisplay [role=status]').count(), 0, 'read out to nobody');
  await end(store, first, { state: 'finished', reason: null });
  await shownRun(page, first, 'finished');
  const second = await storeRun(app, { start: OTHER, epochs: 2, state: 'running' });
  await shownRun(page, second, 'running');
  await list.page.locator(`#run-${second} .badge.running`).waitFor(QUICK);
  t.match(await list.page.locator(`#run-${first} .badge`).textContent(), /finished/);
  t.equal(await page.evaluate(() => document.activeElement?.id), 'epochs', 'the focus stays');
  await end(store, second, { state: 'stopped', reason: null });
  t.same([...problems, ...list.problems], []);
});

t.test('who has just trained sees the result for a minute, whoever trains then', async (t) => {
  const { page, problems } = await open(browser, `${url}/?epochs=1&batchsize=128`);
  await page.locator('#train').click();
  await page.locator('.badge.finished').waitFor({ timeout: 60_000 });
  const own = Number(/\d+/.exec((await page.locator('#progressdisplay h2').textContent()) ?? ''));
  const other = await storeRun(app, { start: OTHER, epochs: 1, state: 'running' });
  await page.locator('#progressdisplay', { hasText: `Run ${other} (Ben's) is training` }).waitFor(QUICK);
  await shownRun(page, own, 'finished');
  await end(store, other, { state: 'stopped', reason: null });
  t.same(problems, []);
});

t.test('what somebody ticked, types or looks at stays as it is', async (t) => {
  const kept = await storeRun(app);
  const { page, problems } = await open(browser, `${url}/runs`);
  await page.clock.install();
  await page.reload();
  await page.locator(`#run-${kept} input`).check();
  await page.locator('#text').fill('half a wo');
  const next = await storeRun(app, { epochs: 2, state: 'running' });
  await untilAsked(page, 3);
  t.equal(await page.locator(`#run-${next}`).count(), 0, 'nothing moves while somebody types');
  await page.locator('#text').blur();
  await page.locator(`#run-${next}`).waitFor(QUICK);
  t.ok(await page.locator(`#run-${kept} input`).isChecked(), 'the tick stays with its run');
  t.equal(await page.locator('#text').inputValue(), 'half a wo');
  await store.delete(kept);
  await end(store, next, { state: 'stopped', reason: null });
  await untilAsked(page, 3);
  t.equal(await page.locator(`#run-${kept}`).count(), 1, 'a tick is not taken away');
  t.same(problems, []);
});

t.test('an idle page asks seldom and is answered with nothing; in the background it is silent', async (t) => {
  const { page, problems } = await open(browser, url);
  await page.clock.install();
  await page.reload();
  await untilAsked(page, 1);
  const answers: string[] = [];
  page.on('response', (response) => {
    answers.push(`${new URL(response.url()).pathname} ${response.status()}`);
  });
  const before = await page.evaluate(() => performance.now());
  await untilAsked(page, 4);
  const seconds = ((await page.evaluate(() => performance.now())) - before) / 1000;
  t.same([...new Set(answers)], ['/revision 304']);
  t.ok(seconds / answers.length > 2.5, `${answers.length} requests in ${seconds} s`);

  await page.evaluate(() => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => true });
  });
  const asked = watchRequests(page);
  const run = await storeRun(app, { start: OTHER, epochs: 1, state: 'running' });
  await page.clock.runFor(30_000);
  t.same(asked, [], 'nobody looks');
  await page.evaluate(() => {
    Reflect.deleteProperty(document, 'hidden');
    document.dispatchEvent(new Event('visibilitychange'));
  });
  await shownRun(page, run, 'running');
  await end(store, run, { state: 'stopped', reason: null });
  t.same(problems, []);
});

t.test('a page that is left and come back to says what its controls say, and how things are', async (t) => {
  // As a browser does that has thrown the page away meanwhile.
  const { page, problems } = await open(browser, `${url}/?epochs=20`);
  const text = (id: string) => page.locator(`#${id}`).textContent();
  await page.locator('#epochs').fill('7');
  await page.locator('#optimizer').selectOption('Nadam');
  await page.locator('#activation').selectOption('Hyperbolic tangent');
  await page.locator('#batchsize').fill('3');
  await page.locator('.masthead nav a', { hasText: 'Runs' }).click();
  const run = await storeRun(app, { start: OTHER, epochs: 1, state: 'running' });
  await page.goBack();
  await page.waitForFunction(() => (document.querySelector('#epochs') as HTMLInputElement).value === '7');
  await page.locator('#epochdisplay', { hasText: 'Epochs: 7' }).waitFor(QUICK);
  t.equal(await text('optimizerdisplay'), 'Optimizer: nadam');
  t.equal(await text('activationdisplay'), 'Activation: tanh');
  t.equal(await text('batchdisplay'), 'Batch size: 3');
  t.equal(await page.locator('#optimizer').inputValue(), 'nadam');
  t.equal(await page.locator('#learningrate').getAttribute('placeholder'), "0.001 (nadam's default)");
  await shownRun(page, run, 'running');
  await addEpoch(
    store,
    run,
    { epoch: 2, seconds: 1, loss: 0.1, accuracy: 0.9, val_loss: 0.1, val_accuracy: 0.9 },
    { weights: new Float32Array(61706), slots: {}, step: 1, random: [1, 2, 3, 4] },
    true,
  );
  await page
    .locator('#historytable tbody tr')
    .nth(1)
    .waitFor({ state: 'attached', ...QUICK });
  t.pass('the poll goes on');
  await end(store, run, { state: 'stopped', reason: null });
  t.same(problems, []);
});

t.test('a page whose run is deleted stops asking for it', async (t) => {
  const run = await store.create({ ...DEFAULT_SETTINGS });
  await begin(store, run.id);
  const { page, problems } = await open(browser, `${url}/runs/${run.id}`, { expected: /404/ });
  await end(store, run.id, { state: 'stopped', reason: null });
  await store.delete(run.id);
  await page.locator('#notice', { hasText: `no run ${run.id}` }).waitFor(QUICK);
  const asked = watchRequests(page);
  await page.waitForTimeout(1500);
  t.notMatch(asked.join(), /progress/);
  t.same(problems, []);
});
