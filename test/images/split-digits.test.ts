import t from 'tap';
import { readPenDigits } from '../../src/datasets/pen-digits.ts';
import type { Drawing, Point } from '../../src/images/drawing.ts';
import { splitDrawing, splitInk } from '../../src/images/split-digits.ts';

const pen = readPenDigits();
const shifted = (drawing: Drawing, dx: number): Drawing =>
  drawing.map((stroke) => stroke.map(([x, y]): Point => [x + dx, y]));
const xs = (drawing: Drawing) => drawing.flat().map(([x]) => x);

t.test('digits of several strokes stay one: roofs of 5, bars of 4 and 7', async (t) => {
  const several = pen.filter(({ strokes }) => strokes.length > 1);
  t.ok(several.length > 350);
  t.same(
    several.filter(({ strokes }) => splitDrawing(strokes).length > 1).map(({ label }) => label),
    [],
  );
});

t.test('drawn apart they come from left to right, whatever was drawn first', async (t) => {
  let parted = 0;
  for (let i = 0; i + 2 < 300; i += 3) {
    const digits = pen.slice(i, i + 3).map(({ strokes }) => strokes);
    let from = 0;
    const row = digits.map((strokes) => {
      const placed = shifted(strokes, from - Math.min(...xs(strokes)));
      from = Math.max(...xs(placed)) + 120;
      return placed;
    });
    const got = splitDrawing([...row[2], ...row[0], ...row[1]]);
    const isRight =
      got.length === 3 && got.every((part, k) => part.length === row[k].length && xs(part)[0] >= 0);
    if (isRight && got.every((part, k) => Math.min(...xs(part)) === Math.min(...xs(row[k])))) parted++;
  }
  t.ok(parted >= 97, `${parted} of 100`);
});

const BAR = [
  [0, 0],
  [0, 100],
] as const; // prettier-ignore
const bar = (x: number): Drawing[number] => BAR.map(([, y]): Point => [x, y]);

t.test('the bounds', async (t) => {
  t.equal(splitDrawing([bar(0), bar(14)]).length, 1, 'too near');
  t.equal(splitDrawing([bar(0), bar(16)]).length, 2);
  const dash: Point[] = [
    [50, 0],
    [50, 39],
  ]; // prettier-ignore
  t.equal(splitDrawing([bar(0), dash]).length, 1, 'a low part is no digit');
  const bars = (count: number) => Array.from({ length: count }, (_, i) => bar(i * 30));
  t.equal(splitDrawing(bars(16)).length, 16);
  t.equal(splitDrawing(bars(17)).length, 1, 'no number has so many');
  t.equal(splitDrawing([[[0, 0]], [[9, 0]], [[18, 0]]]).length, 1, 'dots are no digits');
  t.equal(splitDrawing([bar(0), [], bar(30)]).length, 2, 'an empty stroke is nothing');
  const one = [bar(0)];
  t.equal(splitDrawing(one)[0], one);
});

/** Ink where strokes of a 200-pixel picture have been, drawn by a plain pen of 3 pixels. */
function inked(drawing: Drawing) {
  const [width, height] = [1 + Math.ceil(Math.max(...xs(drawing))) + 4, 520];
  const ink = new Uint8Array(width * height);
  for (const stroke of drawing) {
    stroke.slice(1).forEach(([bx, by], i) => {
      const [ax, ay] = stroke[i];
      const steps = Math.ceil(Math.hypot(bx - ax, by - ay)) + 1;
      for (let step = 0; step <= steps; step++) {
        const [x, y] = [ax + ((bx - ax) * step) / steps, ay + ((by - ay) * step) / steps].map(Math.round);
        for (let v = 0; v < 3; v++) ink.fill(255, (y + v) * width + x, (y + v) * width + x + 3);
      }
    });
  }
  return { width, height, ink };
}

t.test('a picture is split where its strokes would be', async (t) => {
  const lines = pen.filter(({ strokes }) => strokes.flat().length > strokes.length).slice(0, 60);
  for (let i = 0; i + 1 < lines.length; i += 2) {
    const [first, second] = [lines[i].strokes, lines[i + 1].strokes];
    const beside = shifted(second, Math.max(...xs(first)) + 150 - Math.min(...xs(second)));
    const whole = inked([...first, ...beside]);
    const digits = splitInk(whole);
    t.equal(digits.length, 2);
    t.equal(
      digits.reduce((width, digit) => width + digit.width, 0) < whole.width - 100,
      true,
      'the paper between them is in neither',
    );
    t.equal(splitInk(inked(first)).length, splitDrawing(first).length);
  }
});

t.test('a picture of one digit is given back as it is', async (t) => {
  const one = inked(pen[0].strokes);
  t.equal(splitInk(one)[0], one);
  const nothing = { width: 4, height: 2, ink: new Uint8Array(8) };
  t.equal(splitInk(nothing)[0], nothing);
});

t.test('thousands of strokes one over another are one part, thousands apart are no number', async (t) => {
  const over: Drawing = Array.from({ length: 20_000 }, (_, i) => [
    [i, 0],
    [i + 2, 9],
  ]);
  t.same(splitDrawing(over), [over]);
  const apart: Drawing = Array.from({ length: 20_000 }, (_, i) => [
    [99 * i, 0],
    [99 * i, 9],
  ]);
  t.same(splitDrawing(apart), [apart]);
});
