/** A class on tablets: who is not signed in is led to the page for it, and comes back. */
import t from 'tap';
import { testApp } from '../help/helper.ts';
import { launch, listen, lowContrast, open, overflow, seriousFaults } from './browser.ts';

const TOKEN = 'chalk-and-slate';
/** Chromium's own line. */
const REFUSED = /status of 401/;

t.test('a refused Train is told where one looks, leads to sign in, back, and then trains', async (t) => {
  const browser = await launch(t);
  const app = await testApp(t, { host: '0.0.0.0', token: TOKEN });
  const url = await listen(app);
  for (const [width, colorScheme] of [
    [360, 'light'],
    [1280, 'dark'],
  ] as const) {
    const { page, problems } = await open(browser, `${url}/?epochs=1`, {
      viewport: { width, height: 700 },
      colorScheme,
      expected: REFUSED,
    });
    await page.click('#trainform button.main');
    const link = page.locator('#notice a');
    await link.waitFor();
    const box = await link.boundingBox();
    t.ok(box && box.y >= 0 && box.y < 700, 'within the window, however far it was scrolled');
    await link.click();
    t.equal(await page.evaluate(() => document.activeElement?.id), 'token', 'one may type at once');
    t.same(await seriousFaults(page), []);
    t.same(await lowContrast(page), []);
    t.equal(await overflow(page), 0);
    await page.keyboard.type('no-such-token');
    await page.keyboard.press('Enter');
    await page.locator('#tokenerror').waitFor();
    await page.fill('#token', TOKEN);
    await page.keyboard.press('Enter');
    await page.waitForURL(`${url}/?epochs=1`);
    const before = (await app.workbench.store.list()).count;
    await page.click('#trainform button.main');
    await page.waitForFunction(() =>
      /Run \d+|run \d+/.test(document.querySelector('#progressdisplay')?.textContent ?? ''),
    );
    t.equal((await app.workbench.store.list()).count, before + 1);
    await page.goto(`${url}/status`);
    t.same(await seriousFaults(page), []);
    t.same(await lowContrast(page), []);
    t.equal(await overflow(page), 0);
    await page.click('footer button');
    await page.waitForURL(`${url}/`);
    t.equal(await page.locator('footer a[href="/sign-in"]').count(), 1, 'signed out');
    t.same(problems, []);
    await page.context().close();
  }
});

t.test(
  'a restart: who trains keeps the button, or is told where one looks that it is gone, and why',
  async (t) => {
    const browser = await launch(t);
    for (const [token, width] of [
      [TOKEN, 1280],
      [null, 360],
    ] as const) {
      const config = { host: '0.0.0.0', token, dataDir: t.testdir({ [String(token)]: {} }) };
      let app = await testApp(t, config);
      const url = await listen(app);
      const { page, problems } = await open(browser, `${url}/sign-in?to=/%3Fepochs=100`, {
        viewport: { width, height: 700 },
        expected: /ERR_CONNECTION_REFUSED|ERR_INCOMPLETE|Failed to fetch|status of 503|ERR_EMPTY_RESPONSE/,
      });
      await page.fill('#token', token ?? app.access.madeToken!);
      await page.keyboard.press('Enter');
      await page.click('#trainform button.main');
      await page.locator('#stop').waitFor();
      await app.close();
      app = await testApp(t, config);
      await listen(app, Number(new URL(url).port));
      if (token !== null) {
        await page.waitForFunction(() => document.querySelector('#unreachable')?.textContent === '');
        await page.waitForResponse(/progress/);
        t.equal(await page.locator('#stop').count(), 1, 'Stop is there');
        t.equal(await page.locator('#signedout').innerText(), '');
      } else {
        const notice = page.locator('#signedout a');
        await notice.waitFor();
        t.equal(await page.locator('#stop').count(), 0, 'Stop is gone');
        const box = await notice.boundingBox();
        t.ok(box && box.y >= 0 && box.y < 700, 'within the window');
        t.equal(await overflow(page), 0);
        t.same(await seriousFaults(page), []);
        t.same(await lowContrast(page), []);
        await notice.click();
        await page.fill('#token', app.access.madeToken!);
        await page.keyboard.press('Enter');
        await page.locator('#stop').waitFor();
        t.equal(await page.locator('#signedout').innerText(), '');
      }
      await page.click('#stop');
      await page.locator('#resume, #use').first().waitFor();
      t.same(problems, []);
      await page.context().close();
    }
  },
);

t.test('without script the same way', async (t) => {
  const browser = await launch(t);
  const app = await testApp(t, { host: '0.0.0.0', token: TOKEN });
  const url = await listen(app);
  const { page } = await open(browser, url, { javaScriptEnabled: false });
  await page.click('#trainform button.main');
  await page.waitForURL(/\/sign-in\?to=%2F$/);
  await page.fill('#token', TOKEN);
  await page.click('main button.main');
  await page.waitForURL(`${url}/`);
  await page.click('#trainform button.main');
  await page.waitForURL(/\/runs\/1$/);
});
