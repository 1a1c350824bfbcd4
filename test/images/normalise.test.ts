import t from 'tap';
import { readMnist } from '../../src/datasets/mnist.ts';
import { isNormalised, normaliseInk } from '../../src/images/normalise.ts';

const { images } = readMnist('test');
const image = (i: number) => images.slice(i * 784, (i + 1) * 784) as Uint8Array<ArrayBuffer>;

/** Each pixel of an image as a block of side × side pixels, somewhere in a larger picture. */
function enlarge(small: Uint8Array, side: number, { width, height, left, top }: Record<string, number>) {
  const ink = new Uint8Array(width * height);
  for (let y = 0; y < 28 * side; y++) {
    for (let x = 0; x < 28 * side; x++) {
      ink[(top + y) * width + left + x] = small[Math.floor(y / side) * 28 + Math.floor(x / side)];
    }
  }
  return { width, height, ink };
}

function meanDifference(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((sum, value, pixel) => sum + Math.abs(value - b[pixel]), 0) / a.length;
}

t.test(
  "an MNIST image comes back as it was, to a level's fraction; the thickest few are thinned",
  async (t) => {
    const differences = Array.from({ length: 500 }, (_, i) =>
      meanDifference(normaliseInk({ width: 28, height: 28, ink: image(i) }), image(i)),
    ).sort((a, b) => a - b);
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const others = mean(differences.slice(0, 480));
    t.ok(others < 0.3, `mean difference ${others} of 255 but for the thickest`);
    t.ok(mean(differences) < 1, `mean difference ${mean(differences)} of 255`);
  },
);

t.test('an MNIST image blown up in a corner of a large picture comes back as it was', async (t) => {
  let difference = 0;
  for (let i = 0; i < 50; i++) {
    const picture = enlarge(image(i), 5, { width: 300, height: 200, left: 150, top: 3 });
    difference += meanDifference(normaliseInk(picture), image(i)) / 50;
  }
  t.ok(difference < 0.3, `mean difference ${difference} of 255`);
});

t.test('faint ink is brought to full strength', async (t) => {
  const faint = image(0).map((value) => value >> 2) as Uint8Array<ArrayBuffer>;
  const normalised = normaliseInk({ width: 28, height: 28, ink: faint });
  t.equal(Math.max(...normalised), 255);
  t.ok(meanDifference(normalised, image(0)) < 2);
});

t.test('one pixel becomes a spot of 20 pixels with soft edges', async (t) => {
  const ink = new Uint8Array(100);
  ink[37] = 9;
  const normalised = normaliseInk({ width: 10, height: 10, ink });
  const inked = [...normalised.keys()].filter((pixel) => normalised[pixel] > 0).map((pixel) => pixel % 28);
  t.equal(Math.max(...inked) - Math.min(...inked), 19);
  t.ok(normalised[14 * 28 + 14] > 230);
  t.ok(normalised[4 * 28 + 4] < 80);
});

t.test('a picture without ink becomes an empty image', async (t) => {
  t.same(normaliseInk({ width: 3, height: 2, ink: new Uint8Array(6) }), new Uint8Array(784));
});

t.test('MNIST images are normalised; shifted, shrunk, faint or empty ones are not', async (t) => {
  for (let i = 0; i < 10_000; i++) if (!isNormalised(image(i))) t.fail(`image ${i}`);
  const shifted = new Uint8Array(784);
  shifted.set(image(0).subarray(0, 784 - 2 * 28), 2 * 28);
  t.notOk(isNormalised(shifted), 'two rows further down');
  const dot = new Uint8Array(784);
  dot[14 * 28 + 14] = 255;
  t.notOk(isNormalised(dot), 'too small');
  t.notOk(isNormalised(new Uint8Array(784).fill(255)), 'too large');
  t.notOk(isNormalised(image(0).map((level) => level >> 1) as Uint8Array<ArrayBuffer>), 'faint');
  t.notOk(isNormalised(new Uint8Array(784)), 'no ink');
});
