import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t from 'tap';
import { buildApp } from '../../src/app.ts';
import { TEST_CONFIG } from '../help/helper.ts';
import { launch, listen, open } from './browser.ts';

/** Chromium's own line for each request without an answer; no script can keep it from that, only ask seldom. */
const AWAY = /^Failed to load resource: net::ERR_/;

t.test('the server goes away in a run and comes back: the page says so and goes on by itself', async (t) => {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'workbench-'));
  t.teardown(() => rmSync(dataDir, { recursive: true, force: true }));
  let app = await buildApp({ ...TEST_CONFIG, dataDir });
  t.teardown(() => app.close());
  const url = await listen(app);
  const browser = await launch(t);
  const { page, problems } = await open(browser, url, { expected: AWAY });
  const banner = page.locator('[data-connection]');
  const failures: string[] = [];
  page.on('requestfailed', (request) => failures.push(request.url()));
  await page.locator('#train').click();
  await page.locator('#progressdisplay', { hasText: /batch [\d,]+ of/ }).waitFor();
  t.notOk(await banner.isVisible());

  const closing = app.close();
  app.server.closeAllConnections();
  await closing;
  await banner.filter({ hasText: 'cannot be reached' }).waitFor({ timeout: 10_000 });
  const box = (await page.locator('#writing').boundingBox())!;
  await page.mouse.move(box.x + 150, box.y + 60);
  await page.mouse.down();
  await page.mouse.move(box.x + 150, box.y + 240, { steps: 8 });
  await page.mouse.up();
  t.equal(await page.locator('#predictresult').textContent(), '?', 'no answer yet');

  await page.waitForTimeout(4000);
  t.ok(failures.length <= 6, `asked ${failures.length} times in vain`);

  app = await buildApp({ ...TEST_CONFIG, dataDir });
  await listen(app, Number(new URL(url).port));
  await banner.waitFor({ state: 'hidden', timeout: 10_000 });
  await page.locator('#predictresult', { hasText: 'Digit 1' }).waitFor({ timeout: 10_000 });
  await page.locator('.badge.running').waitFor({ timeout: 10_000 });
  t.pass('what was drawn meanwhile is read, and the run goes on by itself');
  t.same(problems, []);
});
