import type { Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { testApp } from '../help/helper.ts';
import { inkOf, launch, listen, type OpenOptions, open, overflow } from './browser.ts';

type Point = readonly [x: number, y: number];

/** A seven of two straight lines, and a bar through it; in pixels of the pad. */
const SEVEN: readonly Point[] = [
  [85, 75],
  [215, 75],
  [130, 240],
];
const BAR: readonly Point[] = [
  [120, 150],
  [205, 150],
];

/** A dot alone is answered with 422, which browsers log. */
const A_DOT = /willReadFrequently|status of 422/;

const url = await listen(await testApp(t));
const browser = await launch(t);

async function openPad(options: OpenOptions = {}) {
  // The tests read the canvas back, which the page itself never does.
  const opened = await open(browser, url, { expected: /willReadFrequently/, ...options });
  const { page } = opened;
  const box = await page.locator('#writing').boundingBox();
  if (!box) throw new Error('there is no pad');
  const at = ([x, y]: Point) => ({ x: box.x + x, y: box.y + y });
  return { ...opened, at, answer: page.locator('#predictresult') };
}

async function drawWithMouse(page: Page, stroke: readonly { x: number; y: number }[]) {
  const [first, ...rest] = stroke;
  await page.mouse.move(first.x, first.y);
  await page.mouse.down();
  for (const { x, y } of rest) await page.mouse.move(x, y, { steps: 8 });
  await page.mouse.up();
}

const padInk = (page: Page) => inkOf(page.locator('#writing'));

/** The two newest frames have been painted. */
const painted = (page: Page) =>
  page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));

/** The matrices that were posted, in order. */
function watchMatrices(page: Page): string[] {
  const posted: string[] = [];
  page.on('request', (request) => {
    if (new URL(request.url()).pathname === '/recognize') posted.push(request.postData() ?? '');
  });
  return posted;
}

async function hasAnswer(t: Test, page: Page, text: string) {
  await page.locator('#predictresult', { hasText: text }).waitFor({ timeout: 10_000 });
  t.equal(await page.locator('#predictresult').textContent(), text);
}

t.test('a digit drawn with the mouse is read on pen-up', async (t) => {
  const { page, problems, at, answer } = await openPad({ expected: A_DOT });
  t.equal(await answer.textContent(), '?', 'nothing drawn yet');
  const size = await page
    .locator('#writing')
    .evaluate(({ offsetWidth, offsetHeight }: HTMLElement) => [offsetWidth, offsetHeight]);
  t.same(size, [300, 300]);

  await page.mouse.move(at(SEVEN[0]).x, at(SEVEN[0]).y);
  await page.mouse.down();
  await painted(page);
  t.ok((await padInk(page)) > 250, 'a dot at the first pixel');
  await page.mouse.up();
  await page.locator('[data-clear]').click();

  await drawWithMouse(page, SEVEN.map(at));
  await hasAnswer(t, page, 'Digit 7');
  t.match(await page.locator('.sure').textContent(), /^(over )?\d\d\.\d\s% sure/);
  const bars = await page
    .locator('.bars li')
    .evaluateAll((items) => items.map((item) => Number(/([\d.]+)\s%/.exec(item.textContent ?? '')?.[1])));
  t.equal(bars.length, 10);
  t.ok(Math.abs(bars.reduce((a, b) => a + b) - 100) < 1, `bars sum to 100 %: ${bars}`);
  t.equal(bars.indexOf(Math.max(...bars)), 7);

  await page.locator('.saw summary').click();
  const numbers = JSON.parse((await page.locator('#lastinput').textContent()) ?? '');
  t.equal(numbers.length, 28);
  const shown = await page.locator('[data-seen]').evaluate((image: HTMLImageElement) => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 28, height: 28 });
    const context = canvas.getContext('2d') as CanvasRenderingContext2D;
    context.drawImage(image, 0, 0, 28, 28);
    return [...context.getImageData(0, 0, 28, 28).data].filter((_, i) => i % 4 === 0);
  });
  t.same(shown, numbers.flat(), 'the picture shows the numbers');
  t.ok(Math.max(...shown) > 200);

  await drawWithMouse(page, BAR.map(at));
  await hasAnswer(t, page, 'Digit 7');
  t.ok(await page.locator('#lastinput').isVisible(), 'opened numbers stay open');
  t.same(problems, []);
});

t.test('the answer is there within 50 ms of pen-up', async (t) => {
  const { page, at } = await openPad();
  const times: number[] = [];
  for (let i = 0; i < 5; i++) {
    await drawWithMouse(page, SEVEN.map(at).slice(0, 2));
    await page.waitForTimeout(120);
    await page.evaluate(() => {
      const pad = window as unknown as { took: Promise<number> };
      pad.took = new Promise((resolve) => {
        let start = 0;
        document.querySelector('#writing')?.addEventListener(
          'pointerup',
          () => {
            start = performance.now();
          },
          { once: true, capture: true },
        );
        document.addEventListener('htmx:after:swap', () => resolve(performance.now() - start), {
          once: true,
        });
      });
    });
    await drawWithMouse(page, SEVEN.map(at).slice(1));
    times.push(await page.evaluate(() => (window as unknown as { took: Promise<number> }).took));
    await page.locator('[data-clear]').click();
  }
  times.sort((a, b) => a - b);
  t.comment(`pen-up to answer: ${times.map((time) => time.toFixed(0)).join(', ')} ms`);
  t.ok(times[1] < 50, 'when the machine is not busy with other tests');
});

t.test(
  'a digit drawn with a finger; a second finger does not draw, and the page does not scroll',
  async (t) => {
    const posted: string[][] = [];
    for (const fingers of [1, 2]) {
      const { page, problems, at } = await openPad({
        hasTouch: true,
        isMobile: true,
        viewport: { width: 375, height: 700 },
      });
      const matrices = watchMatrices(page);
      const devtools = await page.context().newCDPSession(page);
      const second = { ...at([30, 30]), id: 1 };
      const others = (moved: number) =>
        fingers === 2 && moved > 0 ? [{ ...second, y: second.y + 20 * moved }] : [];
      const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', touchPoints: object[]) =>
        devtools.send('Input.dispatchTouchEvent', { type, touchPoints: touchPoints as never });
      await touch('touchStart', [{ ...at(SEVEN[0]), id: 0 }]);
      for (const [i, point] of SEVEN.entries()) {
        if (i === 1 && fingers === 2) await touch('touchStart', [{ ...at(SEVEN[0]), id: 0 }, ...others(1)]);
        await touch('touchMove', [{ ...at(point), id: 0 }, ...others(i)]);
      }
      await touch('touchEnd', []);
      await hasAnswer(t, page, 'Digit 7');
      t.equal(await page.evaluate(() => scrollY), 0);
      t.same(problems, []);
      posted.push(matrices);
    }
    t.equal(posted[0].length, 1);
    t.same(posted[1], posted[0], 'the same image with the second finger as without');
  },
);

t.test('a palm that rests before and while the pen draws is no ink', async (t) => {
  const { page, problems, at } = await openPad();
  const matrices = watchMatrices(page);
  const point = (type: string, pointerType: string, pointerId: number, position: Point) =>
    page.locator('#writing').dispatchEvent(type, {
      pointerId,
      pointerType,
      button: 0,
      buttons: type === 'pointerup' ? 0 : 1,
      isPrimary: true,
      bubbles: true,
      clientX: at(position).x,
      clientY: at(position).y,
    });
  await point('pointerdown', 'touch', 5, [250, 280]);
  await point('pointermove', 'touch', 5, [255, 285]);
  await point('pointerdown', 'pen', 6, SEVEN[0]);
  for (const position of SEVEN) await point('pointermove', 'pen', 6, position);
  await point('pointerdown', 'touch', 7, [20, 280]);
  await point('pointerup', 'pen', 6, SEVEN[2]);
  await point('pointerup', 'touch', 7, [20, 280]);
  await point('pointerup', 'touch', 5, [255, 285]);
  await hasAnswer(t, page, 'Digit 7');
  t.equal(matrices.length, 1, 'only the pen asked');
  t.same(problems, []);
});

t.test('the pad clears itself 5 s after the last stroke; the answer stays', async (t) => {
  const { page, at, problems } = await openPad();
  await page.clock.install({ time: 0 });
  await page.clock.pauseAt(1000);
  const draw = async (stroke: readonly Point[]) => {
    const answered = page.waitForResponse(/recognize/);
    await drawWithMouse(page, stroke.map(at));
    await answered;
  };
  await draw(SEVEN);
  await page.clock.runFor(4900);
  t.ok((await padInk(page)) > 0, 'still there after 4.9 s');
  await draw(BAR);
  await page.clock.runFor(4900);
  t.ok((await padInk(page)) > 0, 'a new stroke starts the 5 s anew');
  await page.clock.runFor(200);
  t.equal(await padInk(page), 0, 'blank');
  await hasAnswer(t, page, 'Digit 7');
  t.same(problems, []);
});

t.test('Undo takes the last stroke back, Clear all of them', async (t) => {
  const { page, at, answer, problems } = await openPad();
  const matrices = watchMatrices(page);
  await drawWithMouse(page, SEVEN.map(at));
  await hasAnswer(t, page, 'Digit 7');
  await drawWithMouse(page, BAR.map(at));
  const answered = page.waitForResponse(/recognize/);
  await page.locator('[data-undo]').click();
  await answered;
  t.equal(matrices.length, 3);
  t.equal(matrices[2], matrices[0], 'reads what is left');
  t.not(matrices[1], matrices[0]);
  await drawWithMouse(page, BAR.map(at));
  await page.locator('[data-clear]').click();
  await painted(page);
  t.equal(await padInk(page), 0);
  t.equal(await answer.textContent(), '?');
  await drawWithMouse(page, BAR.map(at));
  await page.locator('[data-undo]').click();
  t.equal(await answer.textContent(), '?', 'nothing is left to read');
  t.same(problems, []);
});

t.test('a digit drawn with the keyboard alone', async (t) => {
  const { page, problems } = await openPad({ expected: A_DOT });
  await page.keyboard.press('Tab');
  while ((await page.evaluate(() => document.activeElement?.id)) !== 'writing')
    await page.keyboard.press('Tab');
  t.ok(await page.locator('#writinghelp').isVisible(), 'says how');
  for (let i = 0; i < 9; i++) await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Space');
  for (let i = 0; i < 18; i++) await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Space');
  await hasAnswer(t, page, 'Digit 1');
  await page.keyboard.press('Escape');
  t.equal(await page.locator('#predictresult').textContent(), '?', 'Escape clears');
  for (let i = 0; i < 40; i++) await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Enter');
  await page.locator('#predictresult', { hasText: 'Nothing drawn.' }).waitFor();
  await page.keyboard.press('Backspace');
  t.equal(await page.locator('#predictresult').textContent(), '?', 'Backspace takes the dot back');
  t.same(problems, []);
});

t.test('sharp on a dense screen, and on a phone 320 pixels wide', async (t) => {
  const { page, at, problems } = await openPad({
    viewport: { width: 320, height: 640 },
    deviceScaleFactor: 3,
  });
  t.equal(await overflow(page), 0, 'no sideways scrolling');
  const pad = await page.locator('#writing').evaluate((canvas: HTMLCanvasElement) => ({
    store: canvas.width,
    shown: canvas.clientWidth,
  }));
  t.equal(pad.store, pad.shown * 3);
  const scale = pad.shown / 300;
  await drawWithMouse(
    page,
    SEVEN.map(([x, y]) => at([x * scale, y * scale])),
  );
  await hasAnswer(t, page, 'Digit 7');
  t.same(problems, []);
});

t.test('a picture file is read in place, and may be sent again', async (t) => {
  const { page, problems } = await openPad({ expected: /415/ });
  const broken = { name: 'seven.png', mimeType: 'image/png', buffer: Buffer.from('no picture') };
  await page.setInputFiles('#image', broken);
  await page.locator('#pictureproblem', { hasText: 'PNG, JPEG or WebP' }).waitFor();
  t.equal(await page.locator('#image').inputValue(), '', 'ready for the same file');
  t.equal(page.url(), `${url}/`);
  t.same(problems, []);
});
