import t from 'tap';
import { readMnist } from '../../src/datasets/mnist.ts';
import { drawingToImage } from '../../src/images/drawing.ts';
import { matrixToImage, matrixToImages } from '../../src/images/matrix.ts';
import { readPenDigits } from '../fixtures/pen-digits/pen-digits.ts';

const { images } = readMnist('test');
const image = (i: number) => images.subarray(i * 784, (i + 1) * 784);
const rows = (numbers: readonly number[]) =>
  Array.from({ length: 28 }, (_, row) => numbers.slice(row * 28, (row + 1) * 28));

t.test("MNIST's own images are left as they are, all 10,000", async (t) => {
  let changed = 0;
  for (let i = 0; i < 10_000; i++) {
    if (Buffer.compare(matrixToImage([...image(i)]), image(i)) !== 0) changed++;
  }
  t.equal(changed, 0);
});

t.test('so are drawings, as the pad sends them', async (t) => {
  for (const { strokes } of readPenDigits().slice(0, 300)) {
    const drawn = drawingToImage(strokes);
    if (Buffer.compare(matrixToImage([...drawn]), drawn) !== 0) t.fail('a drawing was changed');
  }
  t.pass('300 drawings');
});

t.test('flat or in rows, of 0–255 or of 0–1: the same image', async (t) => {
  const seven = [...image(0)];
  t.same(matrixToImage(rows(seven)), image(0));
  t.same(matrixToImage(seven.map((value) => value / 255)), image(0));
  t.same(matrixToImage(rows(seven.map((value) => value / 255))), image(0));
});

t.test('numbers of only 0 and 1 run from 0 to 1', async (t) => {
  const bar = Array.from({ length: 784 }, (_, i) => (i % 28 === 14 && i >= 4 * 28 && i < 24 * 28 ? 1 : 0));
  const white = matrixToImage(bar);
  t.equal(Math.max(...white), 255);
  t.equal(white.filter((value) => value === 255).length, 20);
});

t.test('an image that is not centred or scaled as MNIST is brought into that form', async (t) => {
  const corner = new Array(784).fill(0);
  for (let y = 0; y < 10; y++)
    for (let x = 0; x < 10; x++) corner[y * 28 + x] = image(0)[(7 + 2 * y) * 28 + 6 + 2 * x];
  const normalised = matrixToImage(corner);
  const inked = [...normalised.entries()].filter(([, value]) => value > 0).map(([pixel]) => pixel);
  const lines = inked.map((pixel) => Math.floor(pixel / 28));
  t.ok(Math.max(...lines) - Math.min(...lines) >= 18, 'the ink is 20 pixels long');
  t.ok(Math.min(...lines) >= 3, 'and no longer in the corner');
});

t.test('digits apart become an image each', async (t) => {
  const both = new Array(784).fill(0);
  for (let y = 0; y < 14; y++)
    for (let x = 0; x < 14; x++) {
      both[(7 + y) * 28 + x] = image(0)[2 * y * 28 + 2 * x];
      both[(7 + y) * 28 + 14 + x] = image(1)[2 * y * 28 + 2 * x];
    }
  const { images, cells } = matrixToImages(both);
  const [first, second, ...more] = images.filter((_, i) => !cells?.[i].isWhole && !cells?.[i].isParted);
  t.same(more, []);
  const inkOf = (digit: Uint8Array) => digit.filter((value) => value > 127).length;
  t.ok(inkOf(first) > 20 && inkOf(second) > 20);
  t.same(matrixToImages([...image(0)]).images, [image(0)]);
});

t.test('a matrix that cannot be read is refused with a sentence', async (t) => {
  const zeros = new Array(784).fill(0);
  const shape = '784 numbers, flat or as 28 rows of 28';
  const cases: [matrix: unknown, message: string][] = [
    [undefined, `The matrix must be a list of ${shape}.`],
    [7, `The matrix must be a list of ${shape}.`],
    ['[]', `The matrix must be a list of ${shape}.`],
    [{ 0: 1 }, `The matrix must be a list of ${shape}.`],
    [[], `The matrix has 0 numbers; it must have ${shape}.`],
    [zeros.slice(1), `The matrix has 783 numbers; it must have ${shape}.`],
    [rows(zeros).slice(1), 'The matrix has 27 rows; it must have 28.'],
    [rows(zeros).with(4, [1, 2, 3]), 'Row 5 of the matrix has 3 numbers; it must have 28.'],
    [rows(zeros).with(2, 5 as never), 'Row 3 of the matrix is not a list of numbers.'],
    [zeros.with(9, '7'), 'Number 10 of the matrix is not a number.'],
    [zeros.with(9, null), 'Number 10 of the matrix is not a number.'],
    [zeros.with(9, [1]), 'Number 10 of the matrix is not a number.'],
    [zeros.with(9, Number.NaN), 'Number 10 of the matrix is not a number.'],
    [zeros.with(783, -1), 'Number 784 of the matrix is -1; it must be from 0 to 255, or from 0 to 1.'],
    [zeros.with(0, 256), 'Number 1 of the matrix is 256; it must be from 0 to 255, or from 0 to 1.'],
    [
      zeros.with(0, Infinity),
      'Number 1 of the matrix is Infinity; it must be from 0 to 255, or from 0 to 1.',
    ],
  ];
  for (const [matrix, message] of cases) {
    t.throws(
      () => matrixToImage(matrix),
      { code: 'BAD_MATRIX', status: 422, field: 'matrix', message },
      message,
    );
  }
});

t.test('a matrix without ink is an empty drawing', async (t) => {
  t.throws(() => matrixToImage(new Array(784).fill(0)), { code: 'NOTHING_DRAWN', status: 422 });
});

t.test('ink that is too small for a digit is too little', async (t) => {
  const zeros = new Array(784).fill(0);
  const bar = (length: number) =>
    zeros.map((_, i) => (i % 28 === 9 && i >= 5 * 28 && i < (5 + length) * 28 ? 255 : 0));
  for (const length of [1, 2, 4]) {
    const error = { code: 'NOTHING_DRAWN', status: 422, message: /Too little drawn/ };
    t.throws(() => matrixToImage(bar(length)), error, `${length} pixels`);
    t.throws(() => matrixToImages(bar(length)), error, `${length} pixels, of digits apart`);
  }
  t.ok(Math.max(...matrixToImage(bar(5))) > 200, 'as large as the smallest digit of a picture');
});

t.test('faint ink is brought to full strength, also where it is centred and scaled', async (t) => {
  const seven = [...image(0)];
  for (const most of [0.05, 0.2, 2, 16, 60, 100]) {
    const faint = matrixToImage(seven.map((level) => (level / 255) * most));
    t.equal(Math.max(...faint), 255, `up to ${most}`);
    const difference = faint.reduce((sum, level, i) => sum + Math.abs(level - image(0)[i]), 0) / 784;
    t.ok(difference < (most === 2 ? 12 : 3), `up to ${most}: ${difference} of 255`);
  }
  const strong = seven.map((level) => Math.round(level * 0.6));
  t.same([...matrixToImage(strong)], strong, 'what is strong enough is left as it is');
});
