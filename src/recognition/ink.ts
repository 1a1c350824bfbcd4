/**
 * A grey picture → its ink. On paper of one shade, as screens draw it, ink is whatever differs from it. The paper of a
 * photograph is estimated around every pixel (uneven light, shadows) and taken away; what is then too faint (grain,
 * ruled lines) or too small for a digit is let go.
 */
import type { InkPicture } from './normalise.ts';
import { keepDigitParts } from './parts.ts';

export interface GreyPicture {
  readonly width: number;
  readonly height: number;
  /** [height, width] bytes, row by row, 0 = black, 255 = white. */
  readonly grey: Uint8Array;
}

/** Levels of 255 by which ink must differ from its paper. */
const LEAST_CONTRAST = 16;
/** Levels by which paper of one shade may differ from itself: what JPEG leaves. */
const SAME_SHADE = 2;
/** Of a photograph's strong ink: up to the first share it is paper, from the second on it is full. */
const PHOTO_INK = [0.35, 0.75] as const;
/** Reach of the window over which a photograph's paper is averaged, as a share of the longer side. */
const PAPER_REACH = 1 / 5;

/** @returns null when there is nothing but paper */
export function liftInk(picture: GreyPicture): InkPicture | null {
  const shade = paperShade(picture);
  return shade === null ? liftFromPhotograph(picture) : liftFromScreen(picture, shade);
}

/** The one shade that most of the border has; null when there is none. */
function paperShade(picture: GreyPicture): number | null {
  const border = borderOf(picture);
  const shade = mostCommon(border);
  const alike = border.filter((value) => Math.abs(value - shade) <= SAME_SHADE).length;
  return alike > 0.7 * border.length ? shade : null;
}

function borderOf({ width, height, grey }: GreyPicture): Uint8Array {
  return grey.filter((_, pixel) => {
    const [x, y] = [pixel % width, Math.floor(pixel / width)];
    return x === 0 || y === 0 || x === width - 1 || y === height - 1;
  });
}

function mostCommon(values: Uint8Array): number {
  const counts = new Uint32Array(256);
  for (const value of values) counts[value]++;
  return counts.indexOf(Math.max(...counts));
}

function liftFromScreen({ width, height, grey }: GreyPicture, shade: number): InkPicture | null {
  const difference = Float32Array.from(grey, (value) => value - shade);
  const sum = difference.reduce((total, value) => total + value, 0);
  const contrast = difference.map((value) => Math.max(0, sum < 0 ? -value : value));
  const strongest = contrast.reduce((most, value) => Math.max(most, value), 0);
  return strongest < LEAST_CONTRAST ? null : { width, height, ink: toInk(contrast, 0, strongest) };
}

function liftFromPhotograph({ width, height, grey }: GreyPicture): InkPicture | null {
  const reach = Math.ceil(Math.max(width, height) * PAPER_REACH);
  const raw = Float32Array.from(grey);
  const rough = subtract(
    raw,
    windowMean(
      raw,
      raw.map(() => 1),
      width,
      reach,
    ),
  );
  const sign = skewness(rough) < 0 ? -1 : 1;
  const contrast = awayFromPaper(raw, rough, { sign, width, reach });
  const strong = strongInk(contrast);
  if (strong < LEAST_CONTRAST) return null;
  const ink = toInk(contrast, PHOTO_INK[0] * strong, PHOTO_INK[1] * strong);
  return { width, height, ink: keepDigitParts({ width, height, ink }) };
}

const subtract = (a: Float32Array, b: Float32Array) => a.map((value, i) => value - b[i]);

/**
 * Third moment's sign tells ink from paper: ink is the smaller part and lies far from the mean.
 */
function skewness(values: Float32Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 3, 0);
}

/** How much each pixel differs from the paper around it, ink positive; the paper's mean leaves out what looks like ink. */
function awayFromPaper(
  raw: Float32Array,
  rough: Float32Array,
  { sign, width, reach }: { sign: number; width: number; reach: number },
): Float32Array {
  let contrast = rough.map((value) => value * sign);
  for (let round = 0; round < 2; round++) {
    const level = otsu(contrast);
    const isPaper = contrast.map((value) => (value < level ? 1 : 0));
    contrast = subtract(raw, windowMean(raw, isPaper, width, reach)).map((value) => value * sign);
  }
  return contrast;
}

/**
 * Weighted mean of the square window around each pixel, from sums over all pixels above and to the left (F. Crow,
 * "Summed-area tables for texture mapping", 1984).
 */
function windowMean(values: Float32Array, weights: Float32Array, width: number, reach: number): Float32Array {
  const weighted = summedArea(
    values.map((value, i) => value * weights[i]),
    width,
  );
  const weight = summedArea(weights, width);
  const overall = weighted.total / weight.total;
  return values.map((_, pixel) => {
    const inWindow = weight.window(pixel, reach);
    return inWindow > 0 ? weighted.window(pixel, reach) / inWindow : overall;
  });
}

function summedArea(values: Float32Array, width: number) {
  const height = values.length / width;
  const stride = width + 1;
  const sums = new Float64Array(stride * (height + 1));
  for (let y = 0; y < height; y++) {
    let row = 0;
    for (let x = 0; x < width; x++) {
      row += values[y * width + x];
      sums[(y + 1) * stride + x + 1] = sums[y * stride + x + 1] + row;
    }
  }
  const window = (pixel: number, reach: number): number => {
    const [x, y] = [pixel % width, Math.floor(pixel / width)];
    const [left, right] = [Math.max(0, x - reach), Math.min(width, x + reach + 1)];
    const [top, bottom] = [Math.max(0, y - reach) * stride, Math.min(height, y + reach + 1) * stride];
    return sums[bottom + right] - sums[bottom + left] - sums[top + right] + sums[top + left];
  };
  return { total: sums[sums.length - 1], window };
}

/** Contrast of well inked pixels: the ninth decile of all above Otsu's level. */
function strongInk(contrast: Float32Array): number {
  const level = otsu(contrast);
  const inked = contrast.filter((value) => value > level).sort();
  return inked[Math.floor(inked.length * 0.9)] ?? 0;
}

/**
 * The level that parts values best in two (N. Otsu, "A threshold selection method from gray-level histograms", 1979);
 * negative ones count as 0.
 */
function otsu(values: Float32Array): number {
  const counts = new Float64Array(256);
  for (const value of values) counts[Math.max(0, Math.min(255, Math.round(value)))]++;
  const all = counts.reduce((sum, count, level) => sum + count * level, 0);
  let [below, sumBelow, best, bestLevel] = [0, 0, 0, 0];
  counts.forEach((count, level) => {
    below += count;
    sumBelow += count * level;
    const above = values.length - below;
    if (below === 0 || above === 0) return;
    const between = below * above * (sumBelow / below - (all - sumBelow) / above) ** 2;
    if (between > best) [best, bestLevel] = [between, level];
  });
  return bestLevel + 0.5;
}

/** 0 up to one level of contrast, 255 from another on. */
function toInk(contrast: Float32Array, none: number, full: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(contrast, (value) =>
    Math.round(255 * Math.min(1, Math.max(0, (value - none) / (full - none)))),
  );
}
