import t from 'tap';
import { testApp } from '../help/helper.ts';
import { launch, listen, open, seriousFaults } from './browser.ts';

const url = await listen(await testApp(t));
const browser = await launch(t);

t.test('a run through the page: epochs appear without reload, and the trained network reads', async (t) => {
  const { page, problems } = await open(browser, url);
  const badge = page.locator('#progressdisplay .badge');
  const rows = page.locator('#historytable tbody tr');
  const chartLabels = () =>
    page.evaluate(() => {
      const { Chart } = window as unknown as {
        Chart?: { getChart(at: Element | null): { data: { labels: number[] } } };
      };
      return Chart?.getChart(document.querySelector('#historyfigure canvas'))?.data.labels;
    });
  t.match(await page.locator('#progressdisplay').textContent(), /Nothing trained yet/);
  await page.evaluate(() => Object.assign(window, { sameDocument: true }));

  await page.locator('#epochs').fill('2');
  await page.locator('#batchsize').fill('128');
  await page.locator('#train').click();
  await badge.filter({ hasText: 'running' }).waitFor();
  await page.locator('#progressdisplay', { hasText: /batch [\d,]+ of 430/ }).waitFor();
  t.ok(Number(await page.locator('progress').getAttribute('value')) < 1);
  t.same(await seriousFaults(page), [], 'while it runs');

  await rows.first().waitFor({ state: 'attached', timeout: 60_000 });
  t.equal(await rows.count(), 1, 'the first epoch, while the second is trained');
  t.equal(await page.locator('#historytable').getAttribute('open'), null, 'the table is folded away');
  await page.locator('#historytable summary').click();
  await page.locator('#stop').focus();
  await page.locator('[data-log-loss]').check();
  await page.evaluate(() => {
    const canvas = document.querySelector('#historyfigure canvas');
    Object.assign(window, { firstCanvas: canvas });
  });

  await rows.nth(1).waitFor({ state: 'attached', timeout: 60_000 });
  await badge.filter({ hasText: 'finished' }).waitFor({ timeout: 60_000 });
  t.equal(await rows.count(), 2);
  await page.waitForTimeout(300);
  t.same(await chartLabels(), [1, 2], 'the chart has both epochs');
  t.ok(await page.locator('#historytable table').isVisible(), 'the table stayed open');
  t.ok(await page.locator('[data-log-loss]').isChecked(), 'and the switch as it was');
  t.ok(
    await page.evaluate(() => {
      const { firstCanvas } = window as unknown as { firstCanvas: Element };
      return firstCanvas === document.querySelector('#historyfigure canvas');
    }),
    'the chart grew, it was not made anew',
  );
  t.ok(
    await page.evaluate(() => (window as unknown as { sameDocument?: boolean }).sameDocument),
    'no reload',
  );

  const accuracy = Number.parseFloat((await page.locator('.metrics .best dd').textContent()) ?? '');
  t.ok(accuracy > 95 && accuracy <= 100, `test accuracy ${accuracy} %`);
  await page.reload();
  t.match(await page.locator('#serving').textContent(), /run 1, epoch [12]/);
  t.match(await page.locator('#progressdisplay').textContent(), /It now reads your drawings/);
  t.same(problems, []);
});

t.test('labels follow their controls', async (t) => {
  const { page, problems } = await open(browser, `${url}/?optimizer=sgd&epochs=5`);
  const text = (id: string) => page.locator(`#${id}`).textContent();
  t.equal(await text('optimizerdisplay'), 'Optimizer: sgd', 'as the link says');
  t.equal(await text('epochdisplay'), 'Epochs: 5');
  t.equal(await page.locator('#learningrate').getAttribute('placeholder'), "0.1 (sgd's default)");
  await page.locator('#epochs').fill('42');
  await page.locator('#batchsize').fill('7');
  t.equal(await page.locator('#learningrate').getAttribute('placeholder'), "0.0875 (sgd's default)");
  await page.locator('#activation').selectOption('Hyperbolic tangent');
  await page.locator('#optimizer').selectOption('Adadelta');
  t.equal(await text('epochdisplay'), 'Epochs: 42');
  t.equal(await text('batchdisplay'), 'Batch size: 7');
  t.equal(await text('activationdisplay'), 'Activation: tanh');
  t.equal(await text('optimizerdisplay'), 'Optimizer: adadelta');
  t.equal(await page.locator('#learningrate').getAttribute('placeholder'), "1 (adadelta's default)");
  t.same(problems, []);
});

t.test('a value that cannot be used has its sentence beside its field, and the focus', async (t) => {
  const { page, problems } = await open(browser, url, { expected: /422/ });
  await page.locator('summary', { hasText: 'Advanced' }).click();
  await page.locator('#learningrate').fill('fast');
  await page.locator('#seed').fill('-1');
  await page.locator('#train').click();
  await page.locator('#learningrateerror').waitFor();
  t.equal(
    await page.locator('#learningrateerror').textContent(),
    'Learning rate must be a number above 0 and at most 10.',
  );
  t.equal(
    await page.locator('#seederror').textContent(),
    'Seed must be a whole number from 0 to 4294967295.',
  );
  t.equal(await page.evaluate(() => document.activeElement?.id), 'learningrate');
  t.equal(await page.locator('#learningrate').getAttribute('aria-describedby'), 'learningrateerror');
  t.equal(await page.locator('#learningrate').inputValue(), 'fast', 'what was typed is kept');
  t.same(await seriousFaults(page), []);
  await page.locator('#learningrate').fill('0.01');
  t.equal(await page.locator('#learningrateerror').count(), 0, 'forgiven once it is changed');
  t.equal(await page.locator('#learningrate').getAttribute('aria-invalid'), null);
  t.equal(await page.locator('#seederror').count(), 1);
  t.same(problems, []);
});

t.test('Stop ends a run early and keeps the focus nearby', async (t) => {
  const { page, problems } = await open(browser, `${url}/?batchsize=128`);
  await page.locator('#train').click();
  await page.locator('#progressdisplay', { hasText: /batch [\d,]+ of 430/ }).waitFor();
  await page.locator('#stop').focus();
  await page.keyboard.press('Enter');
  await page.locator('.badge.stopped').waitFor({ timeout: 20_000 });
  t.equal(
    await page.evaluate(() => document.activeElement?.closest('#progressdisplay')?.id),
    'progressdisplay',
  );
  t.match(await page.locator('#progressdisplay').textContent(), /Run 2\s+stopped/);
  t.same(problems, []);
});
