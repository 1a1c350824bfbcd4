import t from 'tap';
import { WARP_RANGES, Warp, type WarpRanges } from '../../src/datasets/augmentation.ts';
import { readMnist } from '../../src/datasets/mnist.ts';
import { Random } from '../../src/network/random.ts';

const NONE: WarpRanges = { shift: 0, rotation: 0, scale: 0, shear: 0, elastic: 0 };
const mnist = readMnist('test');
const image = (i: number) => mnist.images.subarray(i * 784, (i + 1) * 784);

function warped(source: Uint8Array, ranges: WarpRanges, random = new Random(1)): Uint8Array {
  const target = new Uint8Array(784).fill(99);
  new Warp(random, ranges).apply(source, target);
  return target;
}

t.test('without ranges an image stays as it is', async (t) => {
  for (let i = 0; i < 20; i++) t.equal(Buffer.compare(warped(image(i), NONE), image(i)), 0);
});

t.test('an affine warp is the bilinear resampling that a naive loop gives', async (t) => {
  // Ranges of which one draw decides: Random(seed)'s uniform numbers, in the order in which they are drawn.
  const ranges = { shift: 1.5, rotation: 0.2, scale: 0.1, shear: 0.2, elastic: 0 };
  const random = new Random(5);
  const draw = (range: number) => random.uniform(-range, range);
  const [angle, slant] = [draw(ranges.rotation), draw(ranges.shear)];
  const [wide, high] = [1 + draw(ranges.scale), 1 + draw(ranges.scale)];
  const [dx, dy] = [draw(ranges.shift), draw(ranges.shift)];
  const source = image(3);
  const at = (x: number, y: number) => (x < 0 || y < 0 || x > 27 || y > 27 ? 0 : source[y * 28 + x]);
  const result = warped(source, ranges, new Random(5));
  let worst = 0;
  for (let row = 1; row < 27; row++) {
    for (let column = 1; column < 27; column++) {
      const [u, v] = [column - 13.5, row - 13.5];
      const x = 13.5 + dx + wide * (Math.cos(angle) * (u + slant * v) - Math.sin(angle) * v);
      const y = 13.5 + dy + high * (Math.sin(angle) * (u + slant * v) + Math.cos(angle) * v);
      const [left, top] = [Math.floor(x), Math.floor(y)];
      const [fx, fy] = [x - left, y - top];
      const upper = at(left, top) * (1 - fx) + at(left + 1, top) * fx;
      const lower = at(left, top + 1) * (1 - fx) + at(left + 1, top + 1) * fx;
      const expected = upper * (1 - fy) + lower * fy;
      worst = Math.max(worst, Math.abs(expected - result[row * 28 + column]));
    }
  }
  t.ok(worst < 3, `within 3 of 255: positions are rounded to 1/256 pixel (worst ${worst})`);
});

t.test('the same seed gives the same warps, and the state goes on from where it was', async (t) => {
  const random = new Random(9);
  const warp = new Warp(random, WARP_RANGES.elastic);
  const [first, second, again] = [new Uint8Array(784), new Uint8Array(784), new Uint8Array(784)];
  warp.apply(image(0), first);
  const { state } = random;
  warp.apply(image(0), second);
  t.not(Buffer.compare(first, second), 0, 'each time another one');
  t.equal(Buffer.compare(warped(image(0), WARP_RANGES.elastic, new Random(9)), first), 0);
  const resumed = new Random(0);
  resumed.state = state;
  new Warp(resumed, WARP_RANGES.elastic).apply(image(0), again);
  t.equal(Buffer.compare(again, second), 0);
});

t.test('ink is neither lost nor made', async (t) => {
  for (const ranges of Object.values(WARP_RANGES)) {
    let before = 0;
    let after = 0;
    for (let i = 0; i < 200; i++) {
      before += image(i).reduce((a, b) => a + b);
      after += warped(image(i), ranges, new Random(i)).reduce((a, b) => a + b);
    }
    t.ok(Math.abs(after / before - 1) < 0.05, `${(after / before).toFixed(3)} of the ink`);
  }
});
