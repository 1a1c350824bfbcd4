import { createHash } from 'node:crypto';
import t from 'tap';
import { readMnist } from '../../src/datasets/mnist.ts';
import { type Drawing, drawingToImage, type Point } from '../../src/images/drawing.ts';
import { readPenDigits } from '../fixtures/pen-digits/pen-digits.ts';

const digits = readPenDigits();

const map = (drawing: Drawing, change: (point: Point) => Point): Drawing =>
  drawing.map((stroke) => stroke.map(change));

/** Columns and rows that have ink of at least half a pixel. */
function extent(image: Uint8Array): { width: number; height: number } {
  const ink = [...image.entries()].filter(([, value]) => value >= 128).map(([pixel]) => pixel);
  const side = (values: number[]) => Math.max(...values) - Math.min(...values) + 1;
  return { width: side(ink.map((p) => p % 28)), height: side(ink.map((p) => Math.floor(p / 28))) };
}

function centre(image: Uint8Array): [x: number, y: number] {
  let [mass, x, y] = [0, 0, 0];
  image.forEach((value, pixel) => {
    mass += value;
    x += value * ((pixel % 28) + 0.5);
    y += value * (Math.floor(pixel / 28) + 0.5);
  });
  return [x / mass, y / mass];
}

t.test('a drawing reads the same wherever, however small and in whatever unit it is drawn', async (t) => {
  const places: Record<string, (point: Point) => Point> = {
    'a quarter of the size in a corner': ([x, y]) => [x / 4, y / 4],
    'a quarter of the size in the opposite corner': ([x, y]) => [375 + x / 4, 375 + y / 4],
    'far off, left of zero': ([x, y]) => [x - 4096, y - 8192],
    'in millionths': ([x, y]) => [x * 1e-6, y * 1e-6],
    'in quadrillions': ([x, y]) => [x * 1e15, y * 1e15],
  };
  for (const [name, change] of Object.entries(places)) {
    let largest = 0;
    for (const { strokes } of digits.slice(0, 100)) {
      const here = drawingToImage(strokes);
      const there = drawingToImage(map(strokes, change));
      here.forEach((value, pixel) => {
        largest = Math.max(largest, Math.abs(value - there[pixel]));
      });
    }
    t.ok(largest <= 1, `${name}: at most one level of rounding, ${largest}`);
  }
});

t.test(
  'the longer side of the ink is 20 pixels and its centre of mass the centre of the image',
  async (t) => {
    for (const { strokes } of digits.slice(0, 300)) {
      const image = drawingToImage(strokes);
      const { width, height } = extent(image);
      const [x, y] = centre(image);
      if (Math.abs(Math.max(width, height) - 20) > 1) t.fail(`ink is ${width} × ${height}`);
      if (Math.abs(x - 14) > 0.15 || Math.abs(y - 14) > 0.15) t.fail(`centre of mass is ${x}, ${y}`);
    }
    t.pass('in 300 drawings');
  },
);

t.test('drawings are as bright and as grey as MNIST', async (t) => {
  const measure = (images: Uint8Array) => {
    const share = (test: (value: number) => boolean) => images.filter(test).length / images.length;
    return {
      mean: images.reduce((sum, value) => sum + value, 0) / images.length,
      grey: share((value) => value > 0 && value < 250),
      full: share((value) => value >= 250),
    };
  };
  const mnist = measure(readMnist('test').images.subarray(0, 1000 * 784));
  const drawn = measure(
    Uint8Array.from(digits.slice(0, 500).flatMap(({ strokes }) => [...drawingToImage(strokes)])),
  );
  t.ok(Math.abs(drawn.mean / mnist.mean - 1) < 0.1, `mean ${drawn.mean}, MNIST ${mnist.mean}`);
  t.ok(Math.abs(drawn.grey / mnist.grey - 1) < 0.25, `grey ${drawn.grey}, MNIST ${mnist.grey}`);
  t.ok(Math.abs(drawn.full / mnist.full - 1) < 0.25, `full ${drawn.full}, MNIST ${mnist.full}`);
});

t.test('an upright line stays a line, 20 pixels high', async (t) => {
  const image = drawingToImage([
    [
      [150, 30],
      [150, 270],
    ],
  ]);
  t.same(extent(image), { width: 2, height: 20 });
  t.same(
    centre(image).map((value) => value.toFixed(6)),
    ['14.000000', '14.000000'],
  );
});

t.test('a dot is a small round of ink in the middle, whether one point or many in one place', async (t) => {
  const dot = drawingToImage([[[150, 150]]]);
  t.same(extent(dot), { width: 2, height: 2 });
  t.same(
    drawingToImage([
      [
        [3, 4],
        [3, 4],
        [3, 4],
      ],
    ]),
    dot,
  );
  const mass = dot.reduce((sum, value) => sum + value / 255, 0);
  t.ok(
    Math.abs(mass - Math.PI * 1.2 ** 2) < 0.4,
    `its area is about that of a circle 2.4 pixels wide: ${mass}`,
  );
});

t.test('neither the order nor the direction of strokes matters, nor a stroke without points', async (t) => {
  const { strokes } = digits.find((digit) => digit.strokes.length > 1)!;
  const image = drawingToImage(strokes);
  t.same(drawingToImage([...strokes].reverse()), image);
  const backwards = drawingToImage(strokes.map((stroke) => [...stroke].reverse()));
  t.ok(backwards.every((value, pixel) => Math.abs(value - image[pixel]) <= 1));
  t.same(drawingToImage([[], ...strokes, []]), image);
});

t.test('ink far from the centre of mass is not cut off', async (t) => {
  const scribble: Point[] = Array.from({ length: 400 }, (_, i) => [(i * 7) % 40, (i * 13) % 200]);
  const image = drawingToImage([
    scribble,
    [
      [10, 100],
      [200, 100],
    ],
  ]);
  t.equal(extent(image).width, 20);
  t.ok(centre(image)[0] < 13.9, 'it is the centring that gives way');
});

t.test('no point leaves the paper empty; the largest numbers do no harm', async (t) => {
  t.ok(drawingToImage([]).every((value) => value === 0));
  t.ok(drawingToImage([[]]).every((value) => value === 0));
  const huge = drawingToImage([
    [
      [-Number.MAX_VALUE, 0],
      [Number.MAX_VALUE, 0],
    ],
  ]);
  t.same(extent(huge), { width: 20, height: 2 });
});

t.test('images are the same to the last bit as when every pixel was held against every line', async (t) => {
  const random = (seed: number) => () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32;
  };
  const next = random(7);
  const zigzag = Array.from({ length: 3000 }, (_, i): Point => [i % 2 ? 9 + next() : next(), i % 2 ? 9 : 0]);
  const level = Array.from({ length: 300 }, (_, i): Point => [next(), 1e-4 * next() + (i % 2)]);
  const hash = createHash('sha256');
  const others: Drawing[] = [[zigzag], [level], [[[1, 2]], zigzag.slice(0, 40)]];
  for (const strokes of [...digits.map((digit) => digit.strokes), ...others]) {
    for (const lineWidth of [0.5, 2.4, 6]) hash.update(drawingToImage(strokes, { lineWidth }));
  }
  t.equal(hash.digest('hex'), 'ddfa570a212c9f2b9c9021e093321b92f88ea3b14fe5cd4b451a753937059740');
});
