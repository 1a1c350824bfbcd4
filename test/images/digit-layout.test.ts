import t from 'tap';
import { type Extent, type LaidOutCell, layOut } from '../../src/images/digit-layout.ts';

const box = (left: number, top: number, width: number, height: number): Extent => ({
  left,
  top,
  right: left + width,
  bottom: top + height,
});
/** A digit of usual shape. */
const digit = (left: number, top = 0) => box(left, top, 60, 100);

/** "0:1 2" is what the first place of the first row has: the parts 1 and 2. */
const said = (cells: LaidOutCell[] | null) =>
  cells
    ?.filter(({ isWhole }) => !isWhole)
    .map(({ row, from, to, parts }) => `${row}, ${from}–${to}: ${[...parts].sort().join(' ')}`);

t.test('digits apart come from left to right, in whatever order they were drawn', async (t) => {
  const cells = layOut([digit(200), digit(0), digit(100)]);
  t.same(said(cells), ['0, 0–1: 1', '0, 1–2: 2', '0, 2–3: 0']);
  t.same(cells?.[1].box, { left: 100, top: 0, width: 60, height: 100 });
});

t.test('last comes all of it, which may be one digit', async (t) => {
  t.match(layOut([digit(0), digit(100)])?.at(-1), { row: 0, from: 0, to: 2, isWhole: true, parts: [0, 1] });
});

t.test('one part, or none, is one digit', async (t) => {
  t.equal(layOut([]), null);
  t.equal(layOut([digit(0)]), null);
});

t.test('neighbours hardly apart may be one digit or two: both are offered', async (t) => {
  t.same(said(layOut([digit(0), digit(74)])), ['0, 0–1: 0', '0, 0–2: 0 1', '0, 1–2: 1']);
  t.same(said(layOut([digit(0), digit(76)])), ['0, 0–1: 0', '0, 1–2: 1'], 'apart by 0.16 of their height');
  t.same(said(layOut([digit(0), digit(50)])), ['0, 0–1: 0', '0, 0–2: 0 1', '0, 1–2: 1'], 'overlapping');
  const row = said(layOut([0, 70, 140, 210].map((left) => digit(left))));
  t.equal(row?.length, 10);
});

t.test('what lies above or within another is one digit with it', async (t) => {
  t.equal(layOut([box(0, 30, 60, 70), box(10, 0, 50, 8)]), null, 'the roof of a 5');
  t.equal(layOut([box(0, 0, 60, 60), box(30, 0, 4, 100)]), null, 'the bar of a 4');
  t.equal(layOut([box(0, 0, 50, 48), box(0, 51, 50, 48)]), null, 'an 8 of two rings');
  t.same(
    said(layOut([box(0, 30, 60, 70), box(10, 0, 50, 8), digit(120)])),
    ['0, 0–1: 0 1', '0, 1–2: 2'],
    'beside another digit, too',
  );
});

t.test('rows, also tilted ones, come from top to bottom', async (t) => {
  const rows = [0, 100, 200, 300].flatMap((left) => [digit(left, left / 10), digit(left, 170 + left / 10)]);
  t.same(
    said(layOut(rows)),
    [0, 2, 4, 6, 1, 3, 5, 7].map((part, i) => `${i < 4 ? 0 : 1}, ${i}–${i + 1}: ${part}`),
  );
  t.same(said(layOut([digit(0), digit(0, 140)])), ['0, 0–1: 0', '1, 1–2: 1'], 'of one digit each');
  t.same(said(layOut([digit(0), digit(0, 120)])), ['0, 0–1: 0', '1, 1–2: 1'], 'or nearer');
});

t.test('dots and dashes between digits are left out; beside a single one they stay', async (t) => {
  const dash = box(90, 48, 40, 5);
  t.same(said(layOut([digit(0), dash, digit(160)])), ['0, 0–1: 0', '0, 1–2: 2']);
  t.equal(layOut([digit(0), dash]), null);
  t.same(said(layOut([digit(0), box(64, 90, 8, 8), digit(160)])), ['0, 0–1: 0 1', '0, 1–2: 2'], 'a near one');
});

t.test('the bounds', async (t) => {
  const bars = (count: number) => Array.from({ length: count }, (_, i) => box(i * 30, 0, 0, 100));
  t.equal(layOut(bars(32))?.length, 33);
  t.equal(layOut(bars(33)), null, 'no number has so many');
  t.equal(layOut(Array.from({ length: 13 }, (_, i) => digit(0, 150 * i))), null, 'nor so many rows');
  t.equal(layOut(Array.from({ length: 20_000 }, (_, i) => digit(99 * i))), null);
  t.equal(layOut([box(0, 0, 0, 0), box(9, 0, 0, 0)]), null, 'dots are no digits');
});
