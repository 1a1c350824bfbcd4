/**
 * Ruled and squared paper: straight thin lines from edge to edge, level or upright but for a small tilt, are cleared
 * from the ink. Anything thicker across them, such as a crossing stroke, stays.
 *
 * Plain loops over the pixels: callbacks take ten times as long.
 */
import type { InkPicture } from './ink-picture.ts';

/** Ink from this level on may be of a line. */
const SOLID = 64;
/** Thickest line, as a share of the picture's longer side. */
const THICKEST = 0.015;
/** Share of the columns in which a line must be seen; strokes that cross it hide some. */
const LEAST_SEEN = 0.6;
/** A line must be seen in this share of the columns near either edge, and these are near. */
const LEAST_NEAR_EDGE = 0.5;
const NEAR_EDGE = 0.08;
/** Pixels up or down for one along: 5.7°. */
const STEEPEST = 0.1;
/** If less than this share of the ink would be left, the lines are the drawing. */
const LEAST_LEFT = 0.02;

/** @param least fewer parallel lines than this are taken for strokes */
export function clearRules(
  { width, height, ink }: InkPicture,
  { least }: { least: number },
): Uint8Array<ArrayBuffer> {
  const isLevel = reaches(ink, width, { columns: nearEdge(width), rows: height });
  const level = isLevel ? clearLevel(ink, width, least) : ink;
  const isUpright = reaches(level, width, { columns: width, rows: nearEdge(height) });
  const cleared = isUpright ? transpose(clearLevel(transpose(level, width), height, least), height) : level;
  return cleared !== ink && sum(cleared) < LEAST_LEFT * sum(ink) ? ink : cleared;
}

const nearEdge = (length: number) => Math.ceil(NEAR_EDGE * length);

/** Is there solid ink both in the first and in the last columns, or rows? Without it no line reaches from edge to edge. */
function reaches(
  ink: Uint8Array,
  width: number,
  { columns, rows }: { readonly columns: number; readonly rows: number },
): boolean {
  const height = ink.length / width;
  return hasSolid(0, 0) && hasSolid(width - columns, height - rows);

  function hasSolid(left: number, top: number): boolean {
    for (let y = top; y < top + rows; y++) {
      for (let x = left; x < left + columns; x++) if (ink[y * width + x] >= SOLID) return true;
    }
    return false;
  }
}

/** Clears lines that run from the left to the right edge. */
function clearLevel(ink: Uint8Array<ArrayBuffer>, width: number, least: number): Uint8Array<ArrayBuffer> {
  const height = ink.length / width;
  const thickest = Math.ceil(THICKEST * Math.max(width, height)) + 1;
  const cleared = ink.slice();
  const runs = thinRuns(ink, width, thickest);
  for (const { x, top, bottom } of runsOnLines(runs, { width, height, apart: 2 * thickest, least })) {
    for (let y = top; y <= bottom; y++) cleared[y * width + x] = 0;
  }
  return cleared;
}

/** Ink of one column, from paper to paper. */
interface Run {
  readonly x: number;
  readonly top: number;
  readonly bottom: number;
}

/** Runs of solid ink up to this length, with the faint pixels at their ends. */
function thinRuns(ink: Uint8Array, width: number, longest: number): Run[] {
  const height = ink.length / width;
  const runs: Run[] = [];
  for (let x = 0; x < width; x++) {
    let y = 0;
    while (y < height) {
      if (ink[y * width + x] === 0) {
        y++;
        continue;
      }
      const top = y;
      let solid = 0;
      for (; y < height && ink[y * width + x] > 0; y++) if (ink[y * width + x] >= SOLID) solid++;
      if (solid > 0 && solid <= longest && y - top <= 2 * longest) runs.push({ x, top, bottom: y - 1 });
    }
  }
  return runs;
}

interface LineOptions {
  readonly width: number;
  readonly height: number;
  /** Lines further apart than this many pixels are two. */
  readonly apart: number;
  readonly least: number;
}

/**
 * The runs that lie on a line. Lines are found by letting each run vote for all it may lie on (P. Hough, "Method and
 * means for recognizing complex patterns", 1962).
 */
function runsOnLines(runs: readonly Run[], { width, height, apart, least }: LineOptions): Run[] {
  const onLine = new Uint8Array(runs.length);
  const lines: number[] = [];
  const near = nearEdge(width);
  // Tilts so close that a line strays from one of them by half a pixel at most.
  const steps = Math.ceil(STEEPEST * width);
  // Where a run lies in the middle of the picture, were it on a line of this tilt; never below 0.
  const at = new Uint16Array(runs.length);
  for (let step = -steps; step <= steps; step++) {
    const [all, left, right] = [0, 1, 2].map(() => new Uint16Array(3 * height));
    for (let i = 0; i < runs.length; i++) {
      const { x, top, bottom } = runs[i];
      at[i] = Math.round((top + bottom) / 2 + height + (step / width) * (width / 2 - x));
      all[at[i]]++;
      if (x < near) left[at[i]]++;
      if (x >= width - near) right[at[i]]++;
    }
    const isLine = new Uint8Array(3 * height);
    for (let y = 0; y + 1 < isLine.length; y++) {
      // A line may lie between two heights.
      const seen = all[y] + all[y + 1];
      const atEdges = Math.min(left[y] + left[y + 1], right[y] + right[y + 1]);
      if (seen < LEAST_SEEN * width || atEdges < LEAST_NEAR_EDGE * near) continue;
      isLine[y] = isLine[y + 1] = 1;
      lines.push(y);
    }
    for (let i = 0; i < runs.length; i++) onLine[i] |= isLine[at[i]];
  }
  lines.sort((a, b) => a - b);
  const count = lines.filter((y, i) => i === 0 || y - lines[i - 1] > apart).length;
  return count >= least ? runs.filter((_, i) => onLine[i]) : [];
}

/** @returns [width, height] */
function transpose(ink: Uint8Array, width: number): Uint8Array<ArrayBuffer> {
  const height = ink.length / width;
  const turned = new Uint8Array(ink.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) turned[x * height + y] = ink[y * width + x];
  }
  return turned;
}

function sum(values: Uint8Array): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i];
  return total;
}
