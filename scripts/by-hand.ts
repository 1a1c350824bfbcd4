import type { Drawing, Point } from '../src/images/drawing.ts';
import type { Random } from '../src/network/random.ts';

/** Points on each piece of a curve. */
const STEPS = 6;

/**
 * A sign as a hand draws it: slanted, stretched and turned a little, each corner a little off.
 *
 * @param sign one stroke a group: points as two digits each, column and row of a grid of 10 × 10
 * @param curved are the points joined by curves or by lines?
 */
export function byHand(sign: string, { curved, random }: { curved: boolean; random: Random }): Drawing {
  const [wide, slant] = [random.uniform(0.6, 1.1), random.uniform(-0.2, 0.2)];
  const angle = random.uniform(-0.15, 0.15);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return parse(sign).map((stroke) => {
    const corners = stroke.map(([x, y]): Point => {
      const u = wide * x + slant * y + random.uniform(-0.5, 0.5);
      const v = y + random.uniform(-0.5, 0.5);
      return [cos * u - sin * v, sin * u + cos * v];
    });
    return curved && corners.length > 2 ? curve(corners) : corners;
  });
}

/** Catmull–Rom spline through the corners. */
function curve(corners: readonly Point[]): Point[] {
  const at = (i: number) => corners[Math.min(corners.length - 1, Math.max(0, i))];
  return corners.slice(1).flatMap((_, i) =>
    Array.from({ length: STEPS }, (_, step): Point => {
      const t = (step + 1) / STEPS;
      const along = (axis: 0 | 1) => {
        const [p, q, r, s] = [at(i - 1)[axis], at(i)[axis], at(i + 1)[axis], at(i + 2)[axis]];
        return q + 0.5 * t * (r - p + t * (2 * p - 5 * q + 4 * r - s + t * (3 * (q - r) + s - p)));
      };
      return [along(0), along(1)];
    }),
  );
}

function parse(sign: string): Point[][] {
  return sign.split(',').map((stroke) => stroke.split(' ').map(([x, y]) => [Number(x), Number(y)]));
}
