import t from 'tap';
import type { Ending } from '../../src/training/ending.ts';
import { testApp } from '../help/helper.ts';
import { storeRun } from '../help/stored-run.ts';
import { end } from '../help/train.ts';
import { launch, listen, lowContrast, open, overflow, seriousFaults } from './browser.ts';

const app = await testApp(t);
const url = await listen(app);
const browser = await launch(t);

const STATES: readonly (readonly [
  name: string,
  epochs: number,
  ending: Ending | 'running' | 'queued',
  shows: RegExp,
])[] = [
  ['queued', 0, 'queued', /queued.*(starts by itself|starts in a moment)/is],
  ['running', 0, 'running', /running.*Loading the training images/s],
  ['running', 3, 'running', /running.*97\.33/s],
  [
    'finished',
    4,
    {
      state: 'finished',
      reason: null,
      test: { loss: 0.04, accuracy: 0.9871, answers: new Uint8Array(10_000) },
    },
    /Use this model.*from epoch 4.*98\.71/s,
  ],
  [
    'stopped',
    2,
    { state: 'stopped', reason: 'Stopped by hand in epoch 3. The best weights, from epoch 2, are kept.' },
    /stopped.*best weights, from epoch 2, are kept/s,
  ],
  [
    'failed',
    1,
    { state: 'failed', reason: 'The loss is not finite in epoch 2. Try a lower learning rate.' },
    /not finite in epoch 2.*lower learning rate/s,
  ],
  [
    'interrupted',
    2,
    { state: 'interrupted', reason: null },
    /interrupted.*Resume continues after its last epoch/s,
  ],
];

t.test('before the first run, and with each page', async (t) => {
  for (const address of ['/', '/runs', '/nowhere']) {
    const { page, problems } = await open(browser, url + address, { expected: /404/ });
    t.same(await (address === '/' ? seriousFaults : lowContrast)(page), [], address);
    await page.emulateMedia({ colorScheme: 'dark' });
    t.same(await lowContrast(page), [], `${address} in the dark`);
    await page.setViewportSize({ width: 320, height: 640 });
    t.equal(await overflow(page), 0, `${address} fits 320 pixels`);
    t.same(problems, []);
  }
});

t.test('a run in each state', async (t) => {
  const { page, problems } = await open(browser, url);
  for (const [name, epochs, ending, shows] of STATES) {
    const id = await storeRun(app, { settings: { epochs: 100 }, epochs, state: ending });
    await page.setViewportSize({ width: 1280, height: 860 });
    await page.emulateMedia({ colorScheme: 'light' });
    await page.goto(`${url}/runs/${id}`);
    t.match(
      (await page.locator('#progressdisplay').innerText()).replaceAll('\u00a0', ' '),
      shows,
      `${name}, ${epochs} epochs`,
    );
    t.same(await lowContrast(page), [], name);
    await page.emulateMedia({ colorScheme: 'dark' });
    t.same(await lowContrast(page), [], `${name} in the dark`);
    await page.setViewportSize({ width: 320, height: 640 });
    t.equal(await overflow(page), 0, `${name} fits 320 pixels`);
    t.notMatch(await page.locator('main').innerText(), /undefined|NaN|null|\[object/);
    t.same(problems, []);
    if (ending === 'running' || ending === 'queued')
      await end(app.workbench.store, id, { state: 'stopped', reason: null });
  }
});

t.test('a finished run with its chart has no serious fault, and Use it puts it into service', async (t) => {
  const ending: Ending = {
    state: 'finished',
    reason: null,
    test: { loss: 0.04, accuracy: 0.9871, answers: new Uint8Array(10_000) },
  };
  const id = await storeRun(app, { settings: { epochs: 100 }, epochs: 4, state: ending });
  const { page, problems } = await open(browser, `${url}/runs/${id}`);
  t.same(await seriousFaults(page), []);
  await page.locator('#use').click();
  await page.locator('.hint', { hasText: 'It now reads your drawings' }).waitFor();
  t.match(await page.locator('#serving').textContent(), new RegExp(`run ${id}, epoch 4\\s+·\\s98\\.71`));
  t.same(problems, []);
});

t.test('the list of them all', async (t) => {
  const { page, problems } = await open(browser, `${url}/runs`);
  t.equal(await page.locator('tbody tr').count(), STATES.length + 1);
  t.same(await seriousFaults(page), []);
  await page.emulateMedia({ colorScheme: 'dark' });
  t.same(await lowContrast(page), [], 'in the dark');
  await page.setViewportSize({ width: 320, height: 640 });
  t.equal(await overflow(page), 0, 'the table scrolls, not the page');
  t.same(problems, []);
});

t.test('the chart: one axis as the tutorial, a log scale, the best epoch named', async (t) => {
  const id = await storeRun(app, {
    settings: { epochs: 100 },
    epochs: 6,
    state: {
      state: 'finished',
      reason: null,
      test: { loss: 0.04, accuracy: 0.9871, answers: new Uint8Array(10_000) },
    },
  });
  const { page, problems } = await open(browser, `${url}/runs/${id}`);
  await page.waitForFunction(() => 'Chart' in window);
  const options = () =>
    page.evaluate(() => {
      type Axis = { type: string; options: { title: { text: string } } };
      type Shown = {
        scales: Record<string, Axis>;
        options: { plugins: { title: { text: string } } };
        data: { datasets: { label: string; borderDash: number[] }[] };
      };
      const { Chart } = window as unknown as { Chart: { getChart(at: Element | null): Shown } };
      const chart = Chart.getChart(document.querySelector('#historyfigure canvas'));
      const axes = Object.entries(chart.scales).map(([name, axis]) => [
        name,
        axis.type,
        axis.options.title.text,
      ]);
      const dashed = chart.data.datasets
        .filter(({ borderDash }) => borderDash.length > 0)
        .map(({ label }) => label);
      return {
        title: chart.options.plugins.title.text,
        axes: axes.filter(([name]) => name !== 'gap').sort(),
        dashed,
      };
    });
  await page.waitForTimeout(400);
  const panels = [
    ['accuracy', 'linear', 'accuracy'],
    ['loss', 'linear', 'loss'],
    ['x', 'category', 'epochs'],
  ];
  t.same(await options(), {
    title: 'Model training metrics',
    axes: panels,
    dashed: ['val_accuracy', 'val_loss'],
  });
  await page.locator('[data-log-loss]').check();
  t.match((await options()).axes[1], ['loss', 'logarithmic']);
  await page.locator('[data-one-axis]').check();
  t.same((await options()).axes, [
    ['metric', 'linear', 'metric value'],
    ['x', 'category', 'epochs'],
  ]);
  t.match(await page.locator('tr.best').textContent(), /^\s*6\s+best/, 'the table names the best epoch');
  t.same(problems, []);
});

t.test(
  'the first page is small: few requests, none to another host, no chart library before it is needed',
  async (t) => {
    const fresh = await testApp(t);
    const address = await listen(fresh);
    const context = await browser.newContext();
    const page = await context.newPage();
    const devtools = await context.newCDPSession(page);
    await devtools.send('Network.enable');
    let bytes = 0;
    devtools.on('Network.loadingFinished', ({ encodedDataLength }) => {
      bytes += encodedDataLength;
    });
    const requests: string[] = [];
    page.on('request', (request) => {
      if (!request.url().startsWith('data:')) requests.push(request.url());
    });
    await page.goto(address, { waitUntil: 'networkidle' });
    await context.close();
    t.comment(`${requests.length} requests, ${(bytes / 1000).toFixed(1)} kB`);
    t.ok(requests.length <= 10);
    t.ok(requests.every((request) => request.startsWith(address)));
    t.notMatch(requests.join(), /chart/);
    t.ok(bytes > 10_000 && bytes < 150_000);
  },
);
