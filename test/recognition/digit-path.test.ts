import sharp from 'sharp';
import t from 'tap';
import { createEngine } from '../../src/engines/create-engine.ts';
import { drawingCells } from '../../src/images/digit-cells.ts';
import type { Cell } from '../../src/images/digit-layout.ts';
import { pictureToImages } from '../../src/images/picture.ts';
import type { DigitImages } from '../../src/images/taken.ts';
import { choosePath } from '../../src/recognition/digit-path.ts';
import { readShippedModel } from '../../src/recognition/model-reader.ts';
import { rowsOf, toReading } from '../../src/recognition/reading.ts';
import { RecognitionService } from '../../src/recognition/recognition-service.ts';
import { readPenDigits } from '../fixtures/pen-digits/pen-digits.ts';
import { drawRows, type Rows, type RowsOptions, writeRows } from '../fixtures/rows/rows.ts';

/** A digit as likely as that. */
const likely = (share: number, digit = 0) => ({
  digit: 1,
  probabilities: Array.from({ length: 10 }, (_, k) => (k === 1 ? 1 : 0)),
  kind: { digit: share, other: 1 - share, two: 0 },
  model: 'test',
  said: digit,
});
const cell = (from: number, to: number, more: Partial<Cell> = {}): Cell => ({
  box: { left: from, top: 0, width: 1, height: 1 },
  row: 0,
  from,
  to,
  ...more,
});

t.test('the most likely way to part the places', async (t) => {
  t.same(choosePath([likely(0.5)]), [0]);
  const cells = [cell(0, 1), cell(0, 2), cell(1, 2)];
  t.same(choosePath([likely(0.9), likely(0.2), likely(0.9)], cells), [0, 2]);
  t.same(choosePath([likely(0.5), likely(0.6), likely(0.9)], cells), [1]);
  t.same(
    choosePath([likely(0), likely(0), likely(0)], cells),
    [1],
    'when nothing is a digit, as few as possible',
  );
});

t.test('parts apart are one digit only if that is likely', async (t) => {
  const cells = [...Array.from({ length: 9 }, (_, i) => cell(i, i + 1)), cell(0, 9, { isWhole: true })];
  const all = (share: number) => [...Array.from({ length: 9 }, () => likely(0.2)), likely(share)];
  t.same(choosePath(all(0.6), cells), [9]);
  t.equal(choosePath(all(0.4), cells).length, 9);
});

t.test('ink at the edge of the picture counts only if it is a digit', async (t) => {
  const cells = [cell(0, 1), cell(1, 2, { isCut: true })];
  t.same(choosePath([likely(0.9), likely(0.9)], cells), [0, 1]);
  t.same(choosePath([likely(0.9), likely(0.3)], cells), [0]);
});

const recognition = new RecognitionService({ createEngine });
await recognition.serve(await readShippedModel());
t.teardown(() => recognition.close());

const textOf = ({ digits }: Rows) => digits.map((row) => row.join('')).join('/');

function read({ images, cells }: DigitImages): string {
  const { digit, digits } = toReading(
    images.map((image) => recognition.recognise(image)[0]),
    cells,
  );
  if (!digits) return String(digit);
  return rowsOf(digits)
    .map((row) => row.map((each) => each.digit).join(''))
    .join('/');
}

t.test('pen digits of several strokes stay one: roofs of 5, bars of 4 and 7', async (t) => {
  const several = readPenDigits().filter(({ strokes }) => strokes.length > 1);
  t.ok(several.length > 350);
  const parted = several.filter(({ strokes }) => read(drawingCells(strokes)).length > 1);
  t.ok(parted.length <= 2, `parted: ${parted.map(({ label }) => label)}`);
});

const SHEETS: Record<string, Omit<RowsOptions, 'seed'>> = {
  'two digits': { lengths: [2], gap: [0.2, 0.6] },
  'nine digits, unevenly spaced': { lengths: [9], gap: [0.15, 0.9] },
  'four neighbours hardly apart': { lengths: [4], gap: [0.03, 0.15] },
  'four that overlap, seen from above': { lengths: [4], gap: [-0.12, 0.05] },
  'two rows': { lengths: [5, 4], gap: [0.2, 1] },
  'five tilted rows': { lengths: [4, 6, 5, 3, 5], gap: [0.2, 1], tilt: 0.05 },
};

t.test('rows that were drawn', async (t) => {
  for (const [name, options] of Object.entries(SHEETS)) {
    const sheets = Array.from({ length: 20 }, (_, seed) => writeRows({ ...options, seed }));
    const right = sheets.filter((sheet) => read(drawingCells(sheet.strokes)) === textOf(sheet)).length;
    t.ok(right >= 18, `${name}: ${right} of 20 wholly right`);
  }
});

// Drawn before sharp's own settings change.
const pictures = await Promise.all(
  Object.entries(SHEETS).flatMap(([name, options]) =>
    Array.from({ length: 10 }, async (_, seed) => {
      const sheet = writeRows({ ...options, seed });
      return { name, sheet, png: await sharp(drawRows(sheet)).png().toBuffer() };
    }),
  ),
);

t.test('rows in pictures', async (t) => {
  for (const name of Object.keys(SHEETS)) {
    let right = 0;
    for (const { sheet, png } of pictures.filter((picture) => picture.name === name)) {
      if (read(await pictureToImages(png)) === textOf(sheet)) right++;
    }
    // Where ink overlaps, cuts go through it.
    const least = name.startsWith('four that overlap') ? 3 : 9;
    t.ok(right >= least, `${name}: ${right} of 10 wholly right`);
  }
});
