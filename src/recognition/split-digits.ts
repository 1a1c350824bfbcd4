import type { Drawing, Stroke } from './drawing.ts';

/**
 * Digits count as drawn apart when this much paper is between them, as a share of the taller one's height. Between the
 * strokes of one digit there is up to 0.10: bars of 4 and roofs of 5, in 363 pen digits of several strokes.
 */
const LEAST_GAP = 0.15;
/** A part that is lower than this share of the tallest is no digit beside it, but a dot, a dash or a slip. */
const LEAST_HEIGHT = 0.4;
/** More parts than this are no number. */
const MOST_DIGITS = 16;

/**
 * Digits side by side → each by itself, from left to right. Strokes that overlap from above stay together, so a 5 keeps
 * its roof and a 7 its bar.
 *
 * @returns the drawing itself when it is not several digits drawn apart
 */
export function splitDigits(drawing: Drawing): Drawing[] {
  if (drawing.length < 2) return [drawing];
  const strokes = drawing.filter((stroke) => stroke.length > 0).map((stroke) => partOf([stroke], stroke));
  strokes.sort((a, b) => a.left - b.left);
  let parts = mergeWhere(strokes, (a, b) => b.left <= a.right);
  parts = mergeWhere(parts, (a, b) => b.left - a.right < LEAST_GAP * Math.max(heightOf(a), heightOf(b)));
  const tallest = Math.max(...parts.map(heightOf));
  const areDigits = parts.every((part) => tallest > 0 && heightOf(part) >= LEAST_HEIGHT * tallest);
  return areDigits && parts.length <= MOST_DIGITS ? parts.map(({ strokes }) => strokes) : [drawing];
}

interface Part {
  readonly strokes: Drawing;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const heightOf = ({ top, bottom }: Part) => bottom - top;

function partOf(strokes: Drawing, points: Stroke): Part {
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const [x, y] of points) {
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  return { strokes, left, right, top, bottom };
}

/** @param parts from left to right */
function mergeWhere(parts: readonly Part[], belong: (a: Part, b: Part) => boolean): Part[] {
  const merged: Part[] = [];
  for (const part of parts) {
    const before = merged.at(-1);
    if (before && belong(before, part)) merged[merged.length - 1] = join(before, part);
    else merged.push(part);
  }
  return merged;
}

function join(a: Part, b: Part): Part {
  return {
    strokes: [...a.strokes, ...b.strokes],
    left: Math.min(a.left, b.left),
    right: Math.max(a.right, b.right),
    top: Math.min(a.top, b.top),
    bottom: Math.max(a.bottom, b.bottom),
  };
}
