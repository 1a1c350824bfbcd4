/** A grey picture, of any size → the images of the digits on it. */
import { IMAGE_SIDE } from '../network/lenet5.ts';
import { inkCells } from './digit-cells.ts';
import { LEAST_SHARE } from './drawing.ts';
import { type GreyPicture, liftInk } from './ink.ts';
import { type Box, type InkPicture, inkBox } from './ink-picture.ts';
import { isNormalised } from './normalise.ts';
import { nothingDrawn, tooLittleDrawn } from './strokes.ts';
import type { DigitImages } from './taken.ts';

/**
 * @returns an image of each place where a digit may be, in pixels of the picture before it was shrunk
 * @throws CodedError 422 when there is only paper
 */
export function greyToImages(picture: GreyPicture): DigitImages {
  const ink = liftInk(picture);
  if (!ink) throw nothingDrawn('image');
  const isImage = ink.width === IMAGE_SIDE && ink.height === IMAGE_SIDE;
  if (isImage && isNormalised(ink.ink)) return { images: [ink.ink] };
  if (isSpeck(ink)) throw tooLittleDrawn('image');
  const { images, cells } = inkCells(ink);
  const scale = picture.shrunk ?? 1;
  return cells
    ? { images, cells: cells.map((cell) => ({ ...cell, box: scaled(cell.box, scale) })) }
    : { images };
}

function scaled({ left, top, width, height }: Box, scale: number): Box {
  const [x, y] = [Math.round(left * scale), Math.round(top * scale)];
  return {
    left: x,
    top: y,
    width: Math.round((left + width) * scale) - x,
    height: Math.round((top + height) * scale) - y,
  };
}

/** Pixels; the smallest letters that can be told apart on screens are five high. */
const LEAST_SIDE = 5;

/** Is its ink too small for a digit, in pixels or beside the picture? Beside its shorter side: a strip has a row of digits. */
export function isSpeck(picture: InkPicture): boolean {
  const box = inkBox(picture);
  const least = Math.max(LEAST_SIDE, LEAST_SHARE * Math.min(picture.width, picture.height));
  return box !== null && Math.max(box.width, box.height) < least;
}
