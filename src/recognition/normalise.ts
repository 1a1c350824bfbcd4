/**
 * Any grey picture → image, as MNIST was made: the ink's box scaled so that its longer side is 20 pixels, then placed
 * by whole pixels so that its centre of mass falls into pixel (14, 14).
 */
import { IMAGE_SIDE, IMAGE_SIZE } from '../network/lenet5.ts';

/** A picture of ink on paper. */
export interface InkPicture {
  readonly width: number;
  readonly height: number;
  /** [height, width] bytes, row by row, 0 = paper, 255 = ink. */
  readonly ink: Uint8Array<ArrayBuffer>;
}

/** Longer side of the ink in an MNIST image, in pixels. */
const INK_SIDE = 20;
/** Ink fainter than this share of the strongest is an edge or noise and does not widen the box. */
const FAINT = 0.1;

/** @returns [28, 28] bytes, 0 = paper, 255 = ink; all paper when the picture has no ink */
export function normaliseInk(picture: InkPicture): Uint8Array<ArrayBuffer> {
  const strongest = strongestOf(picture);
  const box = inkBox(picture, strongest * FAINT);
  if (!box) return new Uint8Array(IMAGE_SIZE);
  return place(scale(picture, box, 255 / strongest));
}

/**
 * Is a 28×28 image scaled and centred as MNIST's are? All 70,000 of MNIST are: their ink is 20 pixels long (19 in 16
 * of them) and its centre of mass lies less than one pixel from the middle. So are drawings, whose ink, 20 pixels
 * long, begins between two pixels and touches 21.
 */
export function isNormalised(image: Uint8Array<ArrayBuffer>): boolean {
  const picture = { width: IMAGE_SIDE, height: IMAGE_SIDE, ink: image };
  const box = inkBox(picture, 0);
  if (!box) return false;
  const excess = Math.max(box.width, box.height) - INK_SIDE;
  const offCentre = centreOfMass(picture).map((mass) => Math.abs(mass - IMAGE_SIDE / 2));
  return Math.abs(excess) <= 1 && Math.max(...offCentre) <= 1;
}

function strongestOf({ ink }: InkPicture): number {
  let strongest = 0;
  for (const value of ink) if (value > strongest) strongest = value;
  return strongest;
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** The smallest box around all ink above a level; null when there is none. */
function inkBox({ width, height, ink }: InkPicture, level: number): Box | null {
  let [left, right, top, bottom] = [width, -1, height, -1];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (ink[y * width + x] <= level) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = y;
    }
  }
  return right < 0 ? null : { left, top, width: right - left + 1, height: bottom - top + 1 };
}

/** Cuts the box out, its longer side 20 pixels long and its strongest ink 255. */
function scale({ width, ink }: InkPicture, box: Box, gain: number): InkPicture {
  const step = Math.max(box.width, box.height) / INK_SIDE;
  const columns = samples(box.left, box.width, step);
  const rows = samples(box.top, box.height, step);
  const scaled = new Uint8Array(columns.length * rows.length);
  rows.forEach((row, y) => {
    columns.forEach((column, x) => {
      let sum = 0;
      for (const [v, vertical] of row) {
        for (const [u, horizontal] of column) sum += vertical * horizontal * ink[v * width + u];
      }
      scaled[y * columns.length + x] = Math.min(255, Math.round(sum * gain));
    });
  });
  return { width: columns.length, height: rows.length, ink: scaled };
}

type Weighted = readonly [position: number, weight: number];

/**
 * For each pixel of the scaled side the source pixels it is the mean of. It reaches over one step, or over one whole
 * source pixel when the ink is enlarged, which makes the mean a linear interpolation.
 */
function samples(start: number, length: number, step: number): Weighted[][] {
  const count = Math.max(1, Math.min(INK_SIDE, Math.round(length / step)));
  const reach = Math.max(step, 1) / 2;
  return Array.from({ length: count }, (_, i) => {
    const middle = start + length / 2 + (i + 0.5 - count / 2) * step;
    return overlaps(Math.max(start, middle - reach), Math.min(start + length, middle + reach), 2 * reach);
  });
}

function overlaps(from: number, to: number, reach: number): Weighted[] {
  const first = Math.floor(from);
  const last = Math.ceil(to);
  return Array.from({ length: last - first }, (_, i) => {
    const position = first + i;
    return [position, (Math.min(to, position + 1) - Math.max(from, position)) / reach];
  });
}

function place(scaled: InkPicture): Uint8Array<ArrayBuffer> {
  const image = new Uint8Array(IMAGE_SIZE);
  const [x, y] = centreOfMass(scaled);
  const left = towardsCentre(x, scaled.width);
  const top = towardsCentre(y, scaled.height);
  for (let row = 0; row < scaled.height; row++) {
    const line = scaled.ink.subarray(row * scaled.width, (row + 1) * scaled.width);
    image.set(line, (top + row) * IMAGE_SIDE + left);
  }
  return image;
}

/** Where the scaled ink begins, so that its centre of mass lies in pixel 14, as in MNIST, yet no ink leaves the image. */
function towardsCentre(mass: number, length: number): number {
  return Math.min(IMAGE_SIDE - length, Math.max(0, Math.ceil(IMAGE_SIDE / 2 - mass)));
}

/** In pixels from the left and upper edge; the first pixel's middle is 0.5. */
function centreOfMass({ width, height, ink }: InkPicture): [x: number, y: number] {
  let [mass, x, y] = [0, 0, 0];
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const value = ink[row * width + column];
      mass += value;
      x += value * (column + 0.5);
      y += value * (row + 0.5);
    }
  }
  return [x / mass, y / mass];
}
