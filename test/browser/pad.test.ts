/** The pad where it is not shown as it was made, where a pointer goes without a word, and where there is much to draw. */
import type { CDPSession, Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { MOST_POINTS } from '../../src/images/drawing.ts';
import { testApp } from '../help/helper.ts';
import { launch, listen, type OpenOptions, open } from './browser.ts';

type Point = readonly [x: number, y: number];

/** In units of the pad's side, a 300th of it. */
const SEVEN: readonly Point[] = [
  [85, 75],
  [215, 75],
  [130, 240],
];

const app = await testApp(t);
const url = await listen(app);
const browser = await launch(t);

async function openPad(style = '', options: OpenOptions = {}) {
  const { page, problems } = await open(browser, url, options);
  await page.evaluate((style) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(style);
    document.adoptedStyleSheets = [sheet];
  }, style);
  const canvas = page.locator('#writing');
  await canvas.scrollIntoViewIfNeeded();
  const box = await canvas.boundingBox();
  if (!box) throw new Error('there is no pad');
  // Inside the border.
  const border = /#writing \{ border-width: (\d+)px/.exec(style)?.[1] ?? '2';
  const share = (place: number) => (Number(border) + (place * (300 - 2 * Number(border))) / 300) / 300;
  const at = ([x, y]: Point) => ({ x: box.x + share(x) * box.width, y: box.y + share(y) * box.height });
  return { page, problems, at, devtools: await page.context().newCDPSession(page) };
}

/** The strokes that the page holds for a correction. */
const drawn = (page: Page): Promise<Point[][]> =>
  page.evaluate(() => JSON.parse((document.querySelector('#drawn') as HTMLInputElement).value || '[]'));

async function hasAnswer(t: Test, page: Page, text: string) {
  await page.locator('#predictresult', { hasText: text }).waitFor({ timeout: 10_000 });
  t.equal(await page.locator('#predictresult').textContent(), text);
}

const mouse = (devtools: CDPSession, type: string, { x, y }: { x: number; y: number }, buttons: number) =>
  devtools.send('Input.dispatchMouseEvent', {
    type: type as 'mouseMoved',
    x,
    y,
    buttons,
    // As a browser tells of a move with the button down; without, it takes the capture away.
    button: type === 'mouseMoved' && buttons === 0 ? 'none' : 'left',
    clickCount: type === 'mouseMoved' ? 0 : 1,
  });

const touch = (devtools: CDPSession, type: string, touchPoints: readonly object[]) =>
  devtools.send('Input.dispatchTouchEvent', {
    type: type as 'touchStart',
    touchPoints: touchPoints as never,
  });

const SHOWN = {
  'as it was made': '',
  'by CSS zoom in': 'html { zoom: 1.5 }',
  'by CSS zoom out of what it lies in': 'main { zoom: 0.7 }',
  'by a transform': 'main { transform: scale(0.6); transform-origin: 30% 0 }',
  'by a transform of itself, unevenly': '#writing { transform: scale(1.2, 0.8) translate(20px, 10px) }',
  'with a thick border': '#writing { border-width: 15px }',
};

for (const [how, style] of Object.entries(SHOWN)) {
  t.test(`ink is where the pointer is: ${how}`, async (t) => {
    const { page, problems, at } = await openPad(style);
    const [first, ...rest] = SEVEN.map(at);
    await page.mouse.move(first.x, first.y);
    await page.mouse.down();
    for (const { x, y } of rest) await page.mouse.move(x, y);
    await page.mouse.up();
    await hasAnswer(t, page, 'Digit 7');
    const [stroke] = await drawn(page);
    t.equal(stroke.length, 3);
    for (const [i, [x, y]] of stroke.entries()) {
      t.ok(Math.hypot(x - SEVEN[i][0], y - SEVEN[i][1]) < 1.5, `${[x, y]} is ${SEVEN[i]}`);
    }
    t.same(problems, []);
  });
}

for (const percent of [50, 110, 300]) {
  // What a browser's own zoom does to a page: fewer and larger pixels.
  t.test(`ink is where the pointer is, and sharp, when the browser zooms to ${percent} %`, async (t) => {
    const zoom = percent / 100;
    const viewport = { width: Math.round(1280 / zoom), height: Math.round(860 / zoom) };
    const { page, problems, at } = await openPad('', { viewport, deviceScaleFactor: zoom });
    const [first, ...rest] = SEVEN.map(at);
    await page.mouse.move(first.x, first.y);
    await page.mouse.down();
    for (const { x, y } of rest) await page.mouse.move(x, y, { steps: 5 });
    await page.mouse.up();
    await hasAnswer(t, page, 'Digit 7');
    const { store, shown } = await page.locator('#writing').evaluate((canvas: HTMLCanvasElement) => ({
      store: canvas.width,
      shown: canvas.clientWidth,
    }));
    t.ok(Math.abs(store - shown * zoom) <= 1, `${store} pixels for ${shown} at ${zoom}`);
    const [stroke] = await drawn(page);
    t.ok(Math.hypot(stroke[0][0] - SEVEN[0][0], stroke[0][1] - SEVEN[0][1]) < 2.5, String(stroke[0]));
    t.same(problems, []);
  });
}

t.test('a slip of the pen is no more than a dot, beside a digit too', async (t) => {
  const { page, at, devtools } = await openPad();
  const slip = async ([x, y]: Point) => {
    const answered = page.waitForResponse(/recognize/);
    await mouse(devtools, 'mousePressed', at([x, y]), 1);
    await mouse(devtools, 'mouseMoved', at([x, y + 1]), 1);
    await mouse(devtools, 'mouseReleased', at([x, y + 1]), 0);
    return (await answered).status();
  };
  t.equal(await slip([150, 150]), 422);
  await hasAnswer(t, page, 'Nothing drawn.');
  await page.locator('[data-clear]').click();
  const [first, ...rest] = SEVEN.map(at);
  await mouse(devtools, 'mousePressed', first, 1);
  for (const point of rest) await mouse(devtools, 'mouseMoved', point, 1);
  await mouse(devtools, 'mouseReleased', rest[1], 0);
  await hasAnswer(t, page, 'Digit 7');
  t.equal(await slip([260, 200]), 200);
  await hasAnswer(t, page, 'Digit 7');
});

t.test('a mouse whose release the page never heard of does not go on drawing', async (t) => {
  const { page, problems, at, devtools } = await openPad();
  const [first, ...rest] = SEVEN.map(at);
  await mouse(devtools, 'mousePressed', first, 1);
  for (const point of rest) await mouse(devtools, 'mouseMoved', point, 1);
  // Released over a dialog, say: it comes back without a button.
  await mouse(devtools, 'mouseMoved', at([20, 20]), 0);
  await hasAnswer(t, page, 'Digit 7');
  await mouse(devtools, 'mouseMoved', at([250, 20]), 0);
  t.equal((await drawn(page))[0].length, 3, 'nothing of the way back');
  await mouse(devtools, 'mousePressed', at([120, 150]), 1);
  await mouse(devtools, 'mouseMoved', at([205, 150]), 1);
  const answered = page.waitForResponse(/recognize/);
  await mouse(devtools, 'mouseReleased', at([205, 150]), 0);
  await answered;
  t.equal((await drawn(page)).length, 2, 'the next stroke is one of its own');
  t.same(problems, []);
});

/** Ways to lose a pointer; each stroke before it is kept and read, and the pad draws on. */
const LOST: Readonly<Record<string, (page: Page, devtools: CDPSession) => Promise<unknown>>> = {
  'the system takes it (pointercancel)': (_page, devtools) => touch(devtools, 'touchCancel', []),
  'the window loses the focus': (page) => page.evaluate(() => window.dispatchEvent(new Event('blur'))),
};

for (const [how, lose] of Object.entries(LOST)) {
  t.test(`a finger that is lost has been lifted: ${how}`, async (t) => {
    const { page, problems, at, devtools } = await openPad('', { hasTouch: true });
    await touch(devtools, 'touchStart', [{ ...at(SEVEN[0]), id: 0 }]);
    for (const point of SEVEN.slice(1)) await touch(devtools, 'touchMove', [{ ...at(point), id: 0 }]);
    // Moves are told with the next frame.
    await page.evaluate(
      () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
    );
    await lose(page, devtools);
    await hasAnswer(t, page, 'Digit 7');
    if (!how.includes('pointercancel')) await touch(devtools, 'touchEnd', []);
    const answered = page.waitForResponse(/recognize/);
    await touch(devtools, 'touchStart', [{ ...at([120, 150]), id: 1 }]);
    await touch(devtools, 'touchMove', [{ ...at([205, 150]), id: 1 }]);
    await touch(devtools, 'touchEnd', []);
    await answered;
    t.equal((await drawn(page)).length, 2, 'the next finger draws');
    t.same(problems, []);
  });
}

for (const pointer of ['finger', 'mouse']) {
  t.test(`a ${pointer} that loses its capture while it is down draws on`, async (t) => {
    const { page, problems, at, devtools } = await openPad('', { hasTouch: pointer === 'finger' });
    await page.evaluate(() => {
      const canvas = document.querySelector('#writing') as HTMLCanvasElement;
      canvas.addEventListener(
        'gotpointercapture',
        ({ pointerId }) => canvas.releasePointerCapture(pointerId),
        {
          once: true,
        },
      );
      canvas.addEventListener('lostpointercapture', () => Object.assign(window, { lost: true }), {
        once: true,
      });
    });
    const [first, second, third] = SEVEN.map(at);
    const beyond = at([118, 310]);
    if (pointer === 'finger') {
      await touch(devtools, 'touchStart', [{ ...first, id: 0 }]);
      for (const point of [second, third, beyond]) await touch(devtools, 'touchMove', [{ ...point, id: 0 }]);
      await touch(devtools, 'touchEnd', []);
    } else {
      await mouse(devtools, 'mousePressed', first, 1);
      for (const point of [second, third, beyond]) await mouse(devtools, 'mouseMoved', point, 1);
      await mouse(devtools, 'mouseReleased', beyond, 0);
    }
    await hasAnswer(t, page, 'Digit 7');
    const strokes = await drawn(page);
    t.ok(await page.evaluate(() => 'lost' in window));
    t.equal(strokes.length, 1, 'one stroke');
    t.ok(strokes[0].at(-1)![1] > 300, 'which leaves the pad, too');
    t.same(problems, []);
  });
}

t.test('a finger whose end nobody told gives way to the next one, not to a second one', async (t) => {
  const { page, problems, at } = await openPad();
  const point = (type: string, pointerId: number, isPrimary: boolean, position: Point) =>
    page.locator('#writing').dispatchEvent(type, {
      pointerId,
      isPrimary,
      pointerType: 'touch',
      button: 0,
      buttons: type === 'pointerup' ? 0 : 1,
      bubbles: true,
      clientX: at(position).x,
      clientY: at(position).y,
    });
  await point('pointerdown', 5, true, SEVEN[0]);
  await point('pointerdown', 6, false, [20, 280]);
  await point('pointermove', 6, false, [40, 280]);
  for (const position of SEVEN) await point('pointermove', 5, true, position);
  await point('pointerdown', 7, true, [120, 150]);
  await point('pointermove', 7, true, [205, 150]);
  await point('pointerup', 7, true, [205, 150]);
  await hasAnswer(t, page, 'Digit 7');
  t.same(
    (await drawn(page)).map(({ length }) => length),
    [3, 2],
  );
  t.same(problems, []);
});

/** 25,000 points: so close that most are the same place, and so wide apart that none is. */
const LONG = {
  'of a mouse that measures 1,000 times a second': 0,
  'that wavers all the way': 4,
};

for (const [what, waver] of Object.entries(LONG)) {
  t.test(`a stroke of 25,000 points ${what} is painted once, read and kept`, async (t) => {
    const { page, problems, at } = await openPad();
    const corners = SEVEN.map(at);
    const painted = await page.evaluate(
      async ({ corners, waver, count }) => {
        const canvas = document.querySelector('#writing') as HTMLCanvasElement;
        const context = canvas.getContext('2d') as CanvasRenderingContext2D;
        const curve = context.quadraticCurveTo.bind(context);
        let curves = 0;
        context.quadraticCurveTo = (...places) => {
          curves++;
          curve(...places);
        };
        const fire = (type: string, place: number) => {
          const leg = Math.min(corners.length - 2, Math.floor(place * (corners.length - 1)));
          const share = place * (corners.length - 1) - leg;
          const [from, to] = [corners[leg], corners[leg + 1]];
          canvas.dispatchEvent(
            new PointerEvent(type, {
              bubbles: true,
              pointerId: 77,
              isPrimary: true,
              pointerType: 'mouse',
              button: type === 'pointermove' ? -1 : 0,
              buttons: type === 'pointerup' ? 0 : 1,
              clientX: from.x + (to.x - from.x) * share + waver * Math.sin(place * count),
              clientY: from.y + (to.y - from.y) * share + waver * Math.cos(place * count),
            }),
          );
        };
        fire('pointerdown', 0);
        for (let i = 1; i <= count; i++) {
          fire('pointermove', i / count);
          if (i % 200 === 0) await new Promise(requestAnimationFrame);
        }
        fire('pointerup', 1);
        return curves;
      },
      { corners, waver, count: 25_000 },
    );
    t.ok(painted < 4 * 25_000, `${painted} curves were painted, not each point in each frame`);
    await hasAnswer(t, page, 'Digit 7');
    const [stroke] = await drawn(page);
    t.ok(stroke.length <= MOST_POINTS, `${stroke.length} points`);
    t.ok(stroke.length > 500, `${stroke.length} points`);
    const kept = page.waitForResponse(/corrections/);
    await page.locator('[name=truth][value="7"]').click();
    t.equal((await kept).status(), 201);
    t.same(problems, []);
  });
}
