import t from 'tap';
import { windowMean } from '../../src/images/window-mean.ts';
import { Random } from '../../src/network/random.ts';

const [width, height] = [11, 7];
const random = new Random(5);
const values = Float32Array.from({ length: width * height }, () => random.uniform(0, 255));
const weights = Uint8Array.from({ length: width * height }, () => random.below(2));

/** The definition, pixel by pixel. */
function naive(x: number, y: number, reach: number): number {
  let [sum, weight] = [0, 0];
  for (let v = y - reach; v <= y + reach; v++) {
    for (let u = x - reach; u <= x + reach; u++) {
      if (u < 0 || v < 0 || u >= width || v >= height) continue;
      sum += values[v * width + u] * weights[v * width + u];
      weight += weights[v * width + u];
    }
  }
  return sum / weight;
}

t.test('equals the definition, cut off at the edges', async (t) => {
  for (const reach of [1, 3, 20]) {
    const means = windowMean(values, weights, { width, reach });
    let largest = 0;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const wanted = naive(x, y, reach);
        if (Number.isFinite(wanted)) largest = Math.max(largest, Math.abs(wanted - means[y * width + x]));
      }
    }
    t.ok(largest < 1e-4, `reach ${reach}: ${largest}`);
  }
});

t.test('a window without weight takes the mean of all', async (t) => {
  const corner = new Uint8Array(width * height);
  corner[0] = 1;
  const means = windowMean(values, corner, { width, reach: 2 });
  t.equal(means[means.length - 1], values[0]);
});
