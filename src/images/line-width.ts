/**
 * Thick lines, as a marker draws them, made as thin as MNIST's: every edge moves inward by the same distance, which is
 * the exact inverse of drawing with a broader round pen. What the pen filled stays filled.
 */
import { distancesTo } from './distance.ts';
import type { InkPicture } from './ink-picture.ts';

/** Lines thicker than this share of the longer side of the digit's box are thinned; 2 % of MNIST's are. */
const THICK = 0.2;
/** Anything thicker than this share is a blot, not a line. */
const BLOT = 0.55;
/** The width they get: 2.4 of 20 pixels, as in drawings. */
const LINE_WIDTH = 0.12;
/** Level of 255 from which a pixel is ink rather than paper. */
const INK = 128;

/**
 * @param picture one digit that fills it, some eighty pixels long or more: edges are found to half a pixel
 * @returns the same picture if it has no thick lines
 */
export function thinLines(picture: InkPicture): InkPicture {
  const depths = depthsOf(picture);
  const width = lineWidth(depths);
  const side = Math.max(picture.width, picture.height);
  if (width <= THICK * side || width >= BLOT * side) return picture;
  // The box shrinks with its lines: (width − 2 inward) / (side − 2 inward) is to be LINE_WIDTH.
  const inward = (width - LINE_WIDTH * side) / (2 - 2 * LINE_WIDTH);
  const ink = new Uint8Array(depths.length);
  for (let pixel = 0; pixel < ink.length; pixel++) {
    // The edge goes from ink to paper over one pixel.
    const share = depths[pixel] - inward + 0.5;
    ink[pixel] = Math.round(255 * Math.min(1, Math.max(0, share)));
  }
  return { width: picture.width, height: picture.height, ink };
}

/**
 * Of a line, pixels lie from nothing to half its width deep in the ink, evenly spread: half of them deeper than a
 * quarter. Crossings and ends are few enough not to move the median.
 *
 * @param depths [height, width]
 * @returns pixels; 0 without ink
 */
function lineWidth(depths: Float32Array): number {
  const inked = depths.filter((depth) => depth > 0).sort();
  return inked.length > 0 ? 4 * inked[inked.length >> 1] : 0;
}

/** [height, width] pixels from the middle of each to the edge of the ink; 0 outside. */
function depthsOf({ width, height, ink }: InkPicture): Float32Array {
  // A margin of paper, so that ink at the picture's edge ends there.
  const stride = width + 2;
  const isPaper = new Uint8Array(stride * (height + 2)).fill(1);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (ink[y * width + x] >= INK) isPaper[(y + 1) * stride + x + 1] = 0;
    }
  }
  const distances = distancesTo(isPaper, { width: stride });
  const depths = new Float32Array(ink.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      depths[y * width + x] = Math.max(0, distances[(y + 1) * stride + x + 1] - 0.5);
    }
  }
  return depths;
}
