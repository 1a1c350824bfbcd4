import t from 'tap';
import { readPenDigits } from '../../src/datasets/pen-digits.ts';
import type { Drawing, Point } from '../../src/recognition/drawing.ts';
import { splitDigits } from '../../src/recognition/split-digits.ts';

const pen = readPenDigits();
const shifted = (drawing: Drawing, dx: number): Drawing =>
  drawing.map((stroke) => stroke.map(([x, y]): Point => [x + dx, y]));
const xs = (drawing: Drawing) => drawing.flat().map(([x]) => x);

t.test('digits of several strokes stay one: roofs of 5, bars of 4 and 7', async (t) => {
  const several = pen.filter(({ strokes }) => strokes.length > 1);
  t.ok(several.length > 350);
  t.same(
    several.filter(({ strokes }) => splitDigits(strokes).length > 1).map(({ label }) => label),
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
    const got = splitDigits([...row[2], ...row[0], ...row[1]]);
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
  t.equal(splitDigits([bar(0), bar(14)]).length, 1, 'too near');
  t.equal(splitDigits([bar(0), bar(16)]).length, 2);
  const dash: Point[] = [
    [50, 0],
    [50, 39],
  ]; // prettier-ignore
  t.equal(splitDigits([bar(0), dash]).length, 1, 'a low part is no digit');
  const bars = (count: number) => Array.from({ length: count }, (_, i) => bar(i * 30));
  t.equal(splitDigits(bars(16)).length, 16);
  t.equal(splitDigits(bars(17)).length, 1, 'no number has so many');
  t.equal(splitDigits([[[0, 0]], [[9, 0]], [[18, 0]]]).length, 1, 'dots are no digits');
  t.equal(splitDigits([bar(0), [], bar(30)]).length, 2, 'an empty stroke is nothing');
  const one = [bar(0)];
  t.equal(splitDigits(one)[0], one);
});
