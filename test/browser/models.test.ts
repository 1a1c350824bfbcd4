/** Whose model reads whose pad: three pupils and a teacher of a room, a guest, and another room, in browsers of their own. */
import type { Browser, Page } from 'playwright-core';
import t from 'tap';
import { DEFAULT_SETTINGS } from '../../src/training/settings.ts';
import { makeTokens } from '../../src/web/http/room-tokens.ts';
import type { Workbench } from '../../src/workbench.ts';
import { testApp } from '../help/helper.ts';
import { addEpoch, end } from '../help/train.ts';
import { launch, listen, lowContrast, open, overflow, seriousFaults } from './browser.ts';

/** Draws a seven and says what is answered. */
async function draw(page: Page): Promise<string> {
  const { x, y } = (await page.locator('#writing').boundingBox())!;
  await page.click('[data-clear]');
  await page.mouse.move(x + 90, y + 60);
  await page.mouse.down();
  await page.mouse.move(x + 210, y + 60, { steps: 6 });
  await page.mouse.move(x + 130, y + 250, { steps: 6 });
  const answered = page.waitForResponse(/recognize/);
  await page.mouse.up();
  await (await answered).finished();
  await page.locator('#predictresult', { hasText: 'Digit' }).waitFor();
  return (await page.locator('#predictresult').textContent())!.trim();
}

/** A run that says of a seven 7 + by: the built-in weights with their outputs turned. */
async function turned({ store, choice, room }: Workbench, by: number, owner: string | null): Promise<number> {
  const { activation, inputScale, weights } = (await choice.model('shipped'))!;
  const copy = weights.slice();
  const from = copy.length - 850;
  for (let i = from; i < copy.length; i++)
    copy[i - ((i - from) % 10) + ((((i - from) % 10) + by) % 10)] = weights[i];
  const { id } = await store.create(
    { ...DEFAULT_SETTINGS, activation },
    { owner: owner === null ? null : { id: owner, name: '' }, inputScale, room: room.id },
  );
  const metrics = { epoch: 1, loss: 1, accuracy: 0.97, val_loss: 1, val_accuracy: 0.97, seconds: 1 };
  await addEpoch(store, id, metrics, { weights: copy, slots: {}, step: 1, random: [1, 2, 3, 4] }, true);
  await end(store, id, { state: 'finished', reason: null });
  return id;
}

t.test(
  'each pad is read by its own model; the teacher’s choice reaches everybody who has none',
  async (t) => {
    const browser = await launch(t);
    const app = await testApp(t, {
      host: '0.0.0.0',
      token: 'chalk-and-slate',
      adminToken: 'red-pencil-case',
    });
    await app.workbench.training.close();
    const url = await listen(app);
    const [mine, others] = [makeTokens(), makeTokens()];
    const room = (await app.workbenches.rooms.create('7a', mine.digests))!;
    await app.workbenches.rooms.create('7b', others.digests);
    const workbench = await app.workbenches.in(room);
    const signIn = async (token: string) => {
      const opened = await open(browser, `${url}/sign-in`);
      await opened.page.fill('#token', token);
      await opened.page.keyboard.press('Enter');
      await opened.page.waitForURL(`${url}/`);
      return opened;
    };
    const pupils = [
      await signIn(mine.tokens.pupils),
      await signIn(mine.tokens.pupils),
      await signIn(mine.tokens.pupils),
    ];
    const teacher = await signIn(mine.tokens.teacher);
    const other = await signIn(others.tokens.pupils);
    const guest = await open(browser, url);
    const runs: number[] = [];
    for (const [i, { page }] of pupils.entries()) {
      // Who a browser is, the server says of what it has made.
      const { owner } = await page.evaluate(async () =>
        (
          await fetch('/corrections', {
            method: 'POST',
            headers: { accept: 'application/json', 'content-type': 'application/json' },
            body: JSON.stringify({
              truth: 1,
              strokes: [
                [
                  [9, 6],
                  [21, 6],
                  [13, 24],
                ],
              ],
            }),
          })
        ).json(),
      );
      runs.push(await turned(workbench, i + 1, owner.id));
    }
    const said = async () => Promise.all([...pupils, teacher, other, guest].map(({ page }) => draw(page)));
    t.same(await said(), ['Digit 8', 'Digit 9', 'Digit 0', 'Digit 7', 'Digit 7', 'Digit 7']);

    await teacher.page.goto(`${url}/models/${runs[1]}`);
    await teacher.page.click('form button.main');
    await teacher.page.waitForURL(`${url}/models`);
    t.match(await teacher.page.locator('#currenttitle + p').textContent(), `run ${runs[1]}, epoch 1`);
    await teacher.page.goto(url);
    t.same(
      await said(),
      ['Digit 8', 'Digit 9', 'Digit 0', 'Digit 9', 'Digit 7', 'Digit 7'],
      'in its room alone',
    );

    const { page } = pupils[0];
    await page.click('#readers summary');
    const chosen = page.waitForResponse(/reader/);
    await page.selectOption('#model', 'service');
    await chosen;
    t.equal(await draw(page), 'Digit 9', 'whoever wants the class’s model is read by it');
    const second = page.waitForResponse(/reader/);
    await page.selectOption('#beside', 'mine');
    await second;
    await draw(page);
    t.match(await page.locator('.answer.beside').textContent(), /Digit 8/);
    await page.reload();
    t.equal(await page.inputValue('#model'), 'service', 'it is remembered');

    await teacher.page.goto(`${url}/models`);
    await teacher.page.click('form button');
    await teacher.page.locator('#currenttitle + p', { hasText: 'the built-in model' }).waitFor();
    await teacher.page.goto(url);
    t.equal(await draw(teacher.page), 'Digit 7', 'rolled back');
    t.same(
      [...pupils, teacher, other, guest].flatMap(({ problems }) => problems),
      [],
    );
  },
);

t.test('the pages of models stand on a phone and a desktop, light and dark', async (t) => {
  const browser: Browser = await launch(t);
  const app = await testApp(t);
  const run = await turned(app.workbench, 1, null);
  await app.workbench.choice.serve(run, { by: { id: 'a', name: 'Ada' } });
  await app.workbench.choice.serve('shipped');
  const url = await listen(app);
  for (const [width, colorScheme] of [
    [390, 'dark'],
    [820, 'light'],
    [1280, 'light'],
  ] as const) {
    const { page, problems } = await open(browser, `${url}/models`, {
      viewport: { width, height: 800 },
      colorScheme,
    });
    for (const path of ['/models', `/models/${run}`, '/models/shipped']) {
      await page.goto(url + path);
      t.same(await seriousFaults(page), [], path);
      t.same(await lowContrast(page), [], path);
      t.equal(await overflow(page), 0, path);
    }
    t.same(problems, []);
    await page.context().close();
  }
});
