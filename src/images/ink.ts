/**
 * A grey picture → its ink. On paper of one shade, as on screens, ink is whatever differs from it. The paper of a
 * photograph is estimated around every pixel (uneven light, shadows) and subtracted; anything then too faint (grain,
 * ruled lines) or too small for a digit is discarded.
 *
 * Plain loops over the pixels: callbacks take ten times as long.
 */

import { keepDigitParts } from './ink-parts.ts';
import type { InkPicture } from './ink-picture.ts';
import { clearRules } from './ruled-lines.ts';
import { windowMean } from './window-mean.ts';

export interface GreyPicture {
  readonly width: number;
  readonly height: number;
  /** [height, width] bytes, row by row, 0 = black, 255 = white. */
  readonly grey: Uint8Array;
  /** Pixels of the picture it was shrunk from for one of its own, along a side; 1 when omitted. */
  readonly shrunk?: number;
}

/** Levels of 255 by which ink must differ from its paper. */
const LEAST_CONTRAST = 16;
/** Levels by which paper of one shade may vary: JPEG artefacts. */
const SAME_SHADE = 2;
/** Share of the border that must have that shade. */
const LEAST_ALIKE = 0.7;
/** Of a photograph's strong ink: below the first share it is paper, above the second it is full ink. */
const PHOTO_INK = [0.35, 0.75] as const;
/** Share of a photograph's ink that is fainter than its strong ink. */
const STRONG = 0.9;
/** Reach of the window over which a photograph's paper is averaged, as a share of the longer side. */
const PAPER_REACH = 1 / 5;
const LEVELS = 256;

/** @returns null when there is only paper */
export function liftInk(picture: GreyPicture): InkPicture | null {
  const shade = paperShade(picture);
  return shade === null ? liftFromPhotograph(picture) : liftFromScreen(picture, shade);
}

/** The one shade of most of the border; null when there is none. */
function paperShade({ width, height, grey }: GreyPicture): number | null {
  const counts = new Uint32Array(LEVELS);
  for (let y = 0; y < height; y++) {
    const inner = y > 0 && y < height - 1;
    for (let x = 0; x < width; x += inner ? Math.max(1, width - 1) : 1) counts[grey[y * width + x]]++;
  }
  const shade = counts.indexOf(Math.max(...counts));
  const alike = sum(counts.subarray(Math.max(0, shade - SAME_SHADE), shade + SAME_SHADE + 1));
  return alike > LEAST_ALIKE * sum(counts) ? shade : null;
}

/** Ink is on the side, darker or brighter than the paper, that has more of the difference. */
function liftFromScreen({ width, height, grey }: GreyPicture, shade: number): InkPicture | null {
  const counts = new Uint32Array(LEVELS);
  for (let pixel = 0; pixel < grey.length; pixel++) counts[grey[pixel]]++;
  const total = counts.reduce((all, each, level) => all + each * level, 0);
  const sign = total < shade * grey.length ? -1 : 1;
  const contrast = Float32Array.from(counts, (_, level) => (level - shade) * sign);
  let strongest = 0;
  for (let level = 0; level < LEVELS; level++) {
    if (counts[level] > 0) strongest = Math.max(strongest, contrast[level]);
  }
  if (strongest < LEAST_CONTRAST) return null;
  // A picture has a hundred thousand pixels, but 256 levels.
  const inkOf = toInk(contrast, 0, strongest);
  const ink = new Uint8Array(grey.length);
  for (let pixel = 0; pixel < ink.length; pixel++) ink[pixel] = inkOf[grey[pixel]];
  // A line from edge to edge may be a stroke of a tightly cropped digit.
  return { width, height, ink: clearRules({ width, height, ink }, { least: 2 }) };
}

function liftFromPhotograph({ width, height, grey }: GreyPicture): InkPicture | null {
  const contrast = awayFromPaper(Float32Array.from(grey), width, height);
  const strong = strongInk(contrast);
  if (strong < LEAST_CONTRAST) return null;
  const ink = toInk(contrast, PHOTO_INK[0] * strong, PHOTO_INK[1] * strong);
  const bare = clearRules({ width, height, ink }, { least: 1 });
  return { width, height, ink: keepDigitParts({ width, height, ink: bare }) };
}

/** How much each pixel differs from the paper around it, ink positive; likely ink is excluded from that paper. */
function awayFromPaper(grey: Float32Array, width: number, height: number): Float32Array {
  const window = { width, reach: Math.ceil(Math.max(width, height) * PAPER_REACH) };
  const isPaper = new Uint8Array(grey.length).fill(1);
  let contrast = subtract(grey, windowMean(grey, isPaper, window), 1);
  const sign = skewness(contrast) < 0 ? -1 : 1;
  if (sign < 0) contrast = contrast.map((value) => -value);
  for (let round = 0; round < 2; round++) {
    const level = otsu(histogram(contrast));
    for (let pixel = 0; pixel < grey.length; pixel++) isPaper[pixel] = contrast[pixel] < level ? 1 : 0;
    contrast = subtract(grey, windowMean(grey, isPaper, window), sign);
  }
  return contrast;
}

/** (a − b) · sign */
function subtract(a: Float32Array, b: Float32Array, sign: number): Float32Array {
  const difference = new Float32Array(a.length);
  for (let i = 0; i < a.length; i++) difference[i] = (a[i] - b[i]) * sign;
  return difference;
}

/** Its sign tells ink from paper: ink is the smaller part and lies far from the mean. */
function skewness(values: Float32Array): number {
  const mean = sum(values) / values.length;
  let cubes = 0;
  for (const value of values) cubes += (value - mean) * (value - mean) * (value - mean);
  return cubes;
}

/** Contrast of well inked pixels: the ninth decile of all above Otsu's level. */
function strongInk(contrast: Float32Array): number {
  const counts = histogram(contrast);
  let level = Math.ceil(otsu(counts));
  let fainter = STRONG * sum(counts.subarray(level));
  while (fainter > 0 && level < LEVELS) fainter -= counts[level++];
  return level - 1;
}

/** Of the values rounded to 0–255; those below count as 0. */
function histogram(values: Float32Array): Uint32Array {
  const counts = new Uint32Array(LEVELS);
  for (const value of values) counts[Math.max(0, Math.min(LEVELS - 1, Math.round(value)))]++;
  return counts;
}

/** The level that parts values best in two (N. Otsu, "A threshold selection method from gray-level histograms", 1979). */
function otsu(counts: Uint32Array): number {
  const count = sum(counts);
  const total = counts.reduce((all, each, level) => all + each * level, 0);
  let [below, totalBelow, best, bestLevel] = [0, 0, 0, 0];
  counts.forEach((each, level) => {
    below += each;
    totalBelow += each * level;
    const above = count - below;
    if (below === 0 || above === 0) return;
    const between = below * above * (totalBelow / below - (total - totalBelow) / above) ** 2;
    if (between > best) [best, bestLevel] = [between, level];
  });
  return bestLevel + 0.5;
}

/** 0 up to one level of contrast, 255 from another on. */
function toInk(contrast: Float32Array, none: number, full: number): Uint8Array<ArrayBuffer> {
  const ink = new Uint8Array(contrast.length);
  for (let pixel = 0; pixel < ink.length; pixel++) {
    const share = (contrast[pixel] - none) / (full - none);
    ink[pixel] = Math.round(255 * Math.min(1, Math.max(0, share)));
  }
  return ink;
}

function sum(values: Uint8Array | Uint32Array | Float32Array): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i];
  return total;
}
