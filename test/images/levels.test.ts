import t from 'tap';
import { readMnist } from '../../src/datasets/mnist.ts';
import { drawingToImage } from '../../src/images/drawing.ts';
import { levelsOfBytes, toLevels } from '../../src/images/levels.ts';
import { readPenDigits } from '../fixtures/pen-digits/pen-digits.ts';

const { images } = readMnist('test');
const image = (i: number) => images.subarray(i * 784, (i + 1) * 784);
/** One that has full ink. */
const bytes = [...image((images.indexOf(255) / 784) | 0)];
const units = bytes.map((byte) => byte / 255);
const bad = (number: unknown, index: number) => new Error(`${index}: ${number}`);
const levels = (numbers: readonly unknown[]) => toLevels(numbers, { bad });
/** The image with its strongest pixel, and its first one, which is paper, replaced. */
const strongest = bytes.indexOf(Math.max(...bytes));
const withMost = (numbers: readonly number[], most: number) => numbers.with(strongest, most);

t.test('numbers from 0 to 1, and what rounding and resizing make of them', async (t) => {
  t.equal(Math.max(...bytes), 255);
  for (const most of [1, 1.0000000000000002, 1.0000000000000004, 1.0000001, 1.0003, 1.02, 1.2, 1.4999, 1.5]) {
    const { image: made, scale } = levels(withMost(units, most));
    t.equal(scale, '0-1', `${most}`);
    t.same([...made], bytes, `${most}: the same image`);
  }
  for (const least of [-1e-17, -1e-9, -0.02, -0.1, -0.2, -0]) {
    t.same([...levels(units.with(0, least)).image], bytes, `${least} is paper`);
  }
  const beside = units.map((unit) => unit * 1.06 - 0.03);
  t.same(
    [...levels(beside).image],
    beside.map((number) => Math.round(255 * Math.min(1, Math.max(0, number)))),
    'clipped at both ends',
  );
  t.same([...levels(Float32Array.from(units) as never).image], bytes, 'as 32-bit floats');
});

t.test('only 0 and 1', async (t) => {
  const mask = bytes.map((byte) => (byte > 127 ? 1 : 0));
  t.match(levels(mask), { scale: '0-1', hint: null });
  t.same(
    [...levels(mask).image],
    mask.map((one) => 255 * one),
  );
});

t.test('numbers from 0 to 255', async (t) => {
  for (const most of [255, 254.6, 255.00000000000003, 255.4]) {
    t.same([...levels(withMost(bytes, most)).image], bytes, `${most}`);
  }
  t.same([...levels(bytes.with(0, -1e-14)).image], bytes, 'a rounding below 0');
  t.same([...levels(bytes.map((byte) => byte + 0.3)).image], bytes, 'fractions');
  const faint = bytes.map((byte) => byte * 0.12);
  t.match(levels(faint), { scale: '0-255', hint: null }, 'little ink');
  t.equal(Math.max(...levels(faint).image), 31);
});

t.test('between the two: 0 to 255, with a hint that this is almost no ink', async (t) => {
  for (const most of [1.5000001, 1.6, 2, 2.8, 7.5, 15.4]) {
    const made = levels(units.map((unit) => unit * most));
    t.match(made, { scale: '0-255', hint: /taken as 0 to 255, and the largest is \d+: .* almost no ink/ });
  }
  const labels = levels(bytes.map((byte) => Math.round((byte / 255) * 2)));
  t.match(labels, { scale: '0-255', hint: /the largest is 2:/ }, 'whole numbers up to 2');
  t.equal(levels(units.map((unit) => unit * 16)).hint, null);
  t.equal(levels(units.map((unit) => unit * 0.01)).hint, null, 'of 0–1, however little');
  t.equal(levels(new Array(784).fill(0)).hint, null);
  t.match(levelsOfBytes(Uint8Array.from(units, Math.round)), { scale: '0-255', hint: /the largest is 1:/ });
});

t.test('what cannot be either is refused, by its first number', async (t) => {
  const refused = (numbers: readonly unknown[], message: string) =>
    t.throws(() => levels(numbers), { message });
  refused(bytes.with(7, 256), '7: 256');
  refused(bytes.with(7, 255.5), '7: 255.5');
  refused(bytes.with(7, -1), '7: -1');
  refused(bytes.with(7, -0.6), '7: -0.6');
  refused(units.with(7, -0.21), '7: -0.21');
  refused(units.with(7, 1e9), '7: 1000000000');
  refused(units.with(7, Infinity), '7: Infinity');
  refused(units.with(7, -Infinity), '7: -Infinity');
  refused(units.with(7, Number.NaN), '7: NaN');
  for (const wrong of ['1', null, true, [1], {}, undefined]) {
    t.throws(() => levels((units as unknown[]).with(7, wrong)), /^7: /, JSON.stringify(wrong));
  }
  const standardised = units.map((unit) => (unit - 0.1307) / 0.3081);
  t.throws(() => levels(standardised), /^0: -0\.42/, 'mean 0, variance 1');
  t.throws(() => levels(units.map((unit) => 2 * unit - 1)), /^0: -1/, '-1 to 1');
  t.throws(() => levels(units.map((unit) => unit - 0.5)), /^0: -0\.5/, '-0.5 to 0.5');
});

t.test('each image of many by itself', async (t) => {
  const both = [...withMost(units, 1.0000001), ...bytes, ...units];
  for (const [i, scale] of ['0-1', '0-255', '0-1'].entries()) {
    const made = toLevels(both, { from: i * 784, bad });
    t.equal(made.scale, scale);
    t.same([...made.image], bytes);
  }
  t.throws(() => toLevels(both.with(785, -1), { from: 784, bad }), { message: '785: -1' });
});

t.test('inverted images are told apart from all that are not, all 10,000 of MNIST', async (t) => {
  let [upright, inverted, ofUnit, dim] = [0, 0, 0, 0];
  for (let i = 0; i < 10_000; i++) {
    const each = image(i);
    if (levelsOfBytes(each.slice()).hint !== null) upright++;
    if (/looks inverted/.test(levels(Array.from(each, (byte) => 255 - byte)).hint ?? '')) inverted++;
    if (/Send 1 minus/.test(levels(Array.from(each, (byte) => 1 - byte / 255)).hint ?? '')) ofUnit++;
    if (/Send 255 minus/.test(levels(Array.from(each, (byte) => 180 - 0.4 * byte)).hint ?? '')) dim++;
  }
  t.same({ upright, inverted, ofUnit, dim }, { upright: 0, inverted: 10_000, ofUnit: 10_000, dim: 10_000 });
});

t.test('so are drawings, however thick or tightly cut out', async (t) => {
  let [upright, inverted, count] = [0, 0, 0];
  for (const { strokes } of readPenDigits()) {
    for (const lineWidth of [1.2, 2.4, 5]) {
      const drawn = drawingToImage(strokes, { lineWidth });
      count++;
      if (levelsOfBytes(drawn).hint !== null) upright++;
      if (levelsOfBytes(drawn.map((byte) => 255 - byte)).hint !== null) inverted++;
    }
  }
  t.equal(upright, 0, `of ${count}`);
  t.equal(inverted, count);
  const tight = bytes.map((_, i) => {
    const [y, x] = [Math.floor(i / 28), i % 28];
    return bytes[(4 + Math.floor((y * 20) / 28)) * 28 + 4 + Math.floor((x * 20) / 28)];
  });
  t.equal(levels(tight).hint, null, 'ink up to the border');
  t.equal(levels(new Array(784).fill(255)).hint, null, 'all ink');
  const framed = bytes.map((byte, i) => (i < 28 || i >= 756 || i % 28 === 0 || i % 28 === 27 ? 255 : byte));
  t.equal(levels(framed).hint, null, 'a frame');
  const noise = bytes.map((_, i) => (i * 7919 + (i % 13) * 31) % 256);
  t.equal(levels(noise).hint, null, 'noise');
});
