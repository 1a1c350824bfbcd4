/**
 * Digits side by side → each separately, from left to right. Parts above one another stay together, so a 5 keeps
 * its roof and a 7 its bar.
 */
import type { Drawing, Stroke } from './drawing.ts';
import { cutColumns, faintInk, type InkPicture } from './ink-picture.ts';

/**
 * Digits count as separate with this much paper between them, as a share of the taller one's height. Between the strokes
 * of one digit there is up to 0.10: bars of 4 and roofs of 5, in 363 pen digits of several strokes.
 */
const LEAST_GAP = 0.15;
/** A part lower than this share of the tallest is a dot, a dash or a slip, not a digit beside it. */
const LEAST_HEIGHT = 0.4;
/** More parts than this are not a number. */
const MOST_DIGITS = 16;

/** @returns the drawing itself unless it has several separate digits */
export function splitDrawing(drawing: Drawing): Drawing[] {
  const strokes = drawing.filter((stroke) => stroke.length > 0);
  const digits = digitsApart(strokes.map(extentOf));
  return digits ? digits.map(({ parts }) => parts.map((i) => strokes[i])) : [drawing];
}

/** @returns the picture itself unless it has several separate digits */
export function splitInk(picture: InkPicture): InkPicture[] {
  const digits = digitsApart(inkedColumns(picture));
  return digits ? digits.map(({ left, right }) => cutColumns(picture, left, right - left)) : [picture];
}

interface Extent {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Parts that overlap, or almost, when seen from above. */
interface Part extends Extent {
  /** Indices of the items that it consists of. */
  readonly parts: number[];
}

const heightOf = ({ top, bottom }: Extent) => bottom - top;

/** @returns from left to right, two or more; null when it is not several digits */
function digitsApart(extents: readonly Extent[]): Part[] | null {
  const single = extents.map((extent, i): Part => ({ ...extent, parts: [i] }));
  single.sort((a, b) => a.left - b.left);
  let parts = mergeWhere(single, (a, b) => b.left <= a.right);
  parts = mergeWhere(parts, (a, b) => b.left - a.right < LEAST_GAP * Math.max(heightOf(a), heightOf(b)));
  const tallest = parts.reduce((most, part) => Math.max(most, heightOf(part)), 0);
  const areDigits = parts.every((part) => tallest > 0 && heightOf(part) >= LEAST_HEIGHT * tallest);
  return areDigits && parts.length > 1 && parts.length <= MOST_DIGITS ? parts : null;
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

/** What `a` is made of grows: ten thousand strokes in a row would take seconds if each made a list of its own. */
function join(a: Part, b: Part): Part {
  for (const part of b.parts) a.parts.push(part);
  return {
    parts: a.parts,
    left: Math.min(a.left, b.left),
    right: Math.max(a.right, b.right),
    top: Math.min(a.top, b.top),
    bottom: Math.max(a.bottom, b.bottom),
  };
}

function extentOf(stroke: Stroke): Extent {
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const [x, y] of stroke) {
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  return { left, right, top, bottom };
}

/** Each column with ink. */
function inkedColumns(picture: InkPicture): Extent[] {
  const { width, height, ink } = picture;
  const faint = faintInk(picture);
  const columns: Extent[] = [];
  for (let x = 0; x < width; x++) {
    let [top, bottom] = [height, 0];
    for (let y = 0; y < height; y++) {
      if (ink[y * width + x] <= faint) continue;
      top = Math.min(top, y);
      bottom = y + 1;
    }
    if (bottom > 0) columns.push({ left: x, right: x + 1, top, bottom });
  }
  return columns;
}
