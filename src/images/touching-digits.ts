/**
 * Neighbours that touch → pieces, cut where little ink is: each digit is one piece or several, and whoever reads them
 * puts them together.
 */
import { measure, type Part, SOLID } from './ink-parts.ts';
import type { InkPicture } from './ink-picture.ts';

/** A part at least this wide, in its heights, may be several digits. */
const LEAST_WIDTH = 0.9;
/** From cut to cut, and from the part's edges, at least, in its heights. */
const APART = 0.25;
/** Most ink that a cut may cross, in its heights. */
const MOST_CROSSED = 0.3;
/** Pixels along for one down: digits lean. */
const SLANTS = [-0.3, -0.15, 0, 0.15, 0.3];

interface Cut {
  /** Where it crosses the middle of the part's height. */
  readonly x: number;
  readonly slant: number;
  /** Pixels of ink on it. */
  readonly crossed: number;
}

/** @returns the part itself when it is surely not several */
export function cutApart(part: Part, picture: InkPicture): Part[] {
  const height = part.bottom - part.top;
  if (part.right - part.left < LEAST_WIDTH * height) return [part];
  const cuts = chooseCuts(part, picture, height);
  if (cuts.length === 0) return [part];
  const pieces: number[][] = Array.from({ length: cuts.length + 1 }, () => []);
  const middle = (part.top + part.bottom - 1) / 2;
  for (const pixel of part.pixels) {
    const [x, y] = [pixel % picture.width, Math.floor(pixel / picture.width)];
    let piece = 0;
    while (piece < cuts.length && x > cuts[piece].x + cuts[piece].slant * (y - middle)) piece++;
    pieces[piece].push(pixel);
  }
  return pieces.filter((pixels) => pixels.length > 0).map((pixels) => measure(pixels, picture));
}

/** Those that cross the least ink, from left to right. */
function chooseCuts(part: Part, picture: InkPicture, height: number): Cut[] {
  const all = SLANTS.flatMap((slant) => cutsOf(part, picture, slant));
  const near = APART * height;
  const usable = all.filter(
    ({ x, crossed }) => crossed <= MOST_CROSSED * height && x >= part.left + near && x <= part.right - near,
  );
  usable.sort((a, b) => a.crossed - b.crossed || Math.abs(a.slant) - Math.abs(b.slant));
  const chosen: Cut[] = [];
  for (const cut of usable) if (chosen.every(({ x }) => Math.abs(x - cut.x) >= near)) chosen.push(cut);
  return chosen.sort((a, b) => a.x - b.x);
}

function cutsOf(
  { pixels, left, right, top, bottom }: Part,
  { width, ink }: InkPicture,
  slant: number,
): Cut[] {
  const middle = (top + bottom - 1) / 2;
  const crossed = new Uint32Array(right - left);
  for (const pixel of pixels) {
    if (ink[pixel] < SOLID) continue;
    const [x, y] = [pixel % width, Math.floor(pixel / width)];
    const at = Math.round(x - slant * (y - middle)) - left;
    if (at >= 0 && at < crossed.length) crossed[at]++;
  }
  return Array.from(crossed, (count, i) => ({ x: left + i, slant, crossed: count }));
}
