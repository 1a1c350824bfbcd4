/**
 * Any grey picture → image, as MNIST was made: the ink's box scaled so that its longer side is 20 pixels, then placed
 * by whole pixels so that its centre of mass falls into pixel (14, 14).
 */
import { IMAGE_SIDE, IMAGE_SIZE } from '../network/lenet5.ts';
import { boxAbove, type InkPicture, inkBox, strongestInk } from './ink-picture.ts';
import { thinLines } from './line-width.ts';
import { scaleBox } from './scale.ts';

/** Longer side of the ink in an MNIST image, in pixels. */
const INK_SIDE = 20;
/** Longer side on which lines are measured and thinned: four pixels for one of the image. */
const LINE_SIDE = 4 * INK_SIDE;

/** Fainter images are misread: below a quarter of full ink most digits become an 8 or a 1. */
const LEAST_STRONGEST = 128;

/** @returns [28, 28] bytes, 0 = paper, 255 = ink; all paper when the picture has no ink */
export function normaliseInk(picture: InkPicture): Uint8Array<ArrayBuffer> {
  const box = inkBox(picture);
  if (!box) return new Uint8Array(IMAGE_SIZE);
  const large = scaleBox(picture, box, LINE_SIDE);
  const thin = thinLines(large);
  return place(thin === large ? scaleBox(picture, box, INK_SIDE) : scaleBox(thin, inkBox(thin)!, INK_SIDE));
}

/**
 * Is a 28×28 image scaled and centred as MNIST's are, and not faint? All 70,000 of MNIST are: their ink is 20 pixels
 * long (19 in 16 of them), its centre of mass lies less than one pixel from the middle, and its strongest is 254 or
 * 255. So are drawings, whose ink, 20 pixels long, begins between two pixels and touches 21.
 */
export function isNormalised(image: Uint8Array<ArrayBuffer>): boolean {
  const picture = { width: IMAGE_SIDE, height: IMAGE_SIDE, ink: image };
  const box = boxAbove(picture, 0);
  if (!box || strongestInk(picture) < LEAST_STRONGEST) return false;
  const excess = Math.max(box.width, box.height) - INK_SIDE;
  const offCentre = centreOfMass(picture).map((mass) => Math.abs(mass - IMAGE_SIDE / 2));
  return Math.abs(excess) <= 1 && Math.max(...offCentre) <= 1;
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
