import { MOST_POINTS, type Point } from '../images/drawing.ts';

/** In units of the pad's side, a 300th of it: a point closer than this to the previous one makes no visible difference. */
const NEAREST = 0.2;
/** Points have two decimals: a tenth of the finest pen's resolution. */
const DECIMALS = 100;

/** Extends a stroke, without the repeated points that a fast mouse reports at one place. */
export function extendStroke(stroke: Point[], points: readonly Point[]): void {
  for (const point of points) {
    const [x, y] = roundPoint(point);
    const [lastX, lastY] = stroke[stroke.length - 1];
    if (Math.hypot(x - lastX, y - lastY) >= NEAREST) stroke.push([x, y]);
  }
}

export function roundPoint([x, y]: Point): Point {
  return [Math.round(x * DECIMALS) / DECIMALS, Math.round(y * DECIMALS) / DECIMALS];
}

/**
 * Drops every second point, but no end of a stroke, while there are more than the server accepts. As that halves them, each
 * point is looked at twice on average, however long the drawing gets.
 *
 * @returns the same strokes when there are few enough
 */
export function thinStrokes(strokes: Point[][]): Point[][] {
  if (countPoints(strokes) <= MOST_POINTS) return strokes;
  return strokes.map((stroke) => stroke.filter((_, i) => i % 2 === 0 || i === stroke.length - 1));
}

function countPoints(strokes: readonly Point[][]): number {
  return strokes.reduce((count, { length }) => count + length, 0);
}
