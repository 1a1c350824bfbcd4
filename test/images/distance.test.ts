import t from 'tap';
import { distancesTo } from '../../src/images/distance.ts';
import { Random } from '../../src/network/random.ts';

/** By looking at every marked pixel. */
function naive(marked: Uint8Array, width: number, pixel: number): number {
  let nearest = Infinity;
  marked.forEach((mark, other) => {
    if (!mark) return;
    const dx = (other % width) - (pixel % width);
    const dy = Math.floor(other / width) - Math.floor(pixel / width);
    nearest = Math.min(nearest, Math.hypot(dx, dy));
  });
  return nearest;
}

t.test('the distance to the nearest marked pixel, as looking at all of them finds it', async (t) => {
  const random = new Random(1);
  for (const [width, height, share] of [
    [17, 9, 0.02],
    [5, 30, 0.1],
    [1, 12, 0.2],
    [12, 1, 0.2],
    [20, 20, 0.5],
  ]) {
    const marked = Uint8Array.from({ length: width * height }, () => (random.uniform(0, 1) < share ? 1 : 0));
    marked[random.below(marked.length)] = 1;
    const distances = distancesTo(marked, { width });
    const off = distances.map((distance, pixel) => Math.abs(distance - naive(marked, width, pixel)));
    t.ok(Math.max(...off) < 1e-5, `${width} × ${height}`);
  }
});

t.test('with nothing marked everything is far', async (t) => {
  const distances = distancesTo(new Uint8Array(30 * 40), { width: 30 });
  t.ok(Math.min(...distances) > 50);
});
