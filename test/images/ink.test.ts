import t from 'tap';
import { type GreyPicture, liftInk } from '../../src/images/ink.ts';

/** A picture made pixel by pixel. */
function paint(width: number, height: number, grey: (x: number, y: number) => number): GreyPicture {
  const bytes = Uint8Array.from({ length: width * height }, (_, i) => grey(i % width, Math.floor(i / width)));
  return { width, height, grey: bytes };
}

/** Deterministic grain of ±3 levels. */
const grain = (x: number, y: number) => ((x * 7919 + y * 104_729) % 7) - 3;
const isBar = (x: number, y: number) => x >= 45 && x < 52 && y >= 20 && y < 80;

/** Pixels of the bar that have ink, and pixels beside it that have. */
function compare(
  { width, ink }: { width: number; ink: Uint8Array },
  wanted: (x: number, y: number) => boolean,
) {
  let [hit, beside] = [0, 0];
  ink.forEach((value, i) => {
    if (value < 128) return;
    if (wanted(i % width, Math.floor(i / width))) hit++;
    else beside++;
  });
  return { hit, beside };
}

t.test('on paper of one shade the ink is the difference to it, stretched to full strength', async (t) => {
  const shades = [10, 90, 250];
  const picture = paint(30, 30, (x, y) => (y === 15 && x > 9 && x < 13 ? shades[x - 10] : 250));
  const { ink } = liftInk(picture)!;
  t.same([...ink.slice(15 * 30 + 10, 15 * 30 + 13)], [255, Math.round((160 / 240) * 255), 0]);
  t.equal(ink.filter((value) => value > 0).length, 2);
});

t.test('bright ink on dark paper is ink as well', async (t) => {
  const { ink } = liftInk(paint(40, 20, (x) => (x === 20 ? 200 : 60)))!;
  t.equal(ink[20], 255);
  t.equal(ink[21], 0);
});

t.test('a photograph: light that falls off, grain, specks and a shadow at the edge', async (t) => {
  const picture = paint(100, 100, (x, y) => {
    if (x > 94) return 20;
    const light = 220 - x - y / 3 + grain(x, y);
    if (isBar(x, y)) return light / 3;
    return x === 80 && y === 12 ? light / 3 : light;
  });
  const { hit, beside } = compare(liftInk(picture)!, isBar);
  t.ok(hit >= 0.9 * 7 * 60, `${hit} of 420 pixels of the bar`);
  t.equal(beside, 0);
});

t.test('ruled lines are no ink, whether faint or as dark as the pen', async (t) => {
  for (const rule of [0.8, 0.4]) {
    const picture = paint(100, 100, (x, y) => {
      const light = 200 + x / 5 + grain(x, y);
      if (isBar(x, y)) return light * 0.3;
      return y === 90 || y === 10 ? light * rule : light;
    });
    const { hit, beside } = compare(liftInk(picture)!, isBar);
    t.ok(hit >= 0.9 * 420, `${hit} of 420 pixels of the bar`);
    t.equal(beside, 0, `rules of ${rule}`);
  }
});

t.test('two parts of one digit both stay', async (t) => {
  const isDot = (x: number, y: number) => x >= 60 && x < 68 && y >= 30 && y < 38;
  const wanted = (x: number, y: number) => isBar(x, y) || isDot(x, y);
  const picture = paint(100, 100, (x, y) => (wanted(x, y) ? 60 : 200 + grain(x, y)));
  const { hit, beside } = compare(liftInk(picture)!, wanted);
  t.equal(hit, 420 + 64);
  t.equal(beside, 0);
});

t.test('a digit that reaches the edge stays when there is nothing else', async (t) => {
  const wanted = (x: number, y: number) => x >= 45 && x < 52 && y >= 60;
  const picture = paint(100, 100, (x, y) => (wanted(x, y) ? 60 : 200 + grain(x, y)));
  t.same(compare(liftInk(picture)!, wanted), { hit: 280, beside: 0 });
});

t.test('paper alone has no ink: plain, with grain, in uneven light', async (t) => {
  t.equal(liftInk(paint(10, 10, () => 255)), null);
  t.equal(liftInk(paint(1, 1, () => 7)), null);
  t.equal(liftInk(paint(100, 100, (x, y) => 200 + grain(x, y))), null);
  t.equal(liftInk(paint(100, 100, (x, y) => 230 - x / 2 + grain(x, y))), null);
  t.equal(liftInk(paint(30, 30, (x) => (x === 15 ? 190 : 200))), null, 'a trace too faint to be ink');
});
