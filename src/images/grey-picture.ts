/** A grey picture, of any size → the images of the digits on it. */
import { IMAGE_SIDE } from '../network/lenet5.ts';
import { LEAST_SHARE } from './drawing.ts';
import { type GreyPicture, liftInk } from './ink.ts';
import { type InkPicture, inkBox } from './ink-picture.ts';
import { isNormalised, normaliseInk } from './normalise.ts';
import { splitInk } from './split-digits.ts';
import { nothingDrawn, tooLittleDrawn } from './strokes.ts';

/**
 * @returns [28, 28] bytes each, 0 = paper, 255 = ink; one for each digit that stands apart, from left to right
 * @throws CodedError 422 when there is only paper
 */
export function greyToImages(picture: GreyPicture): Uint8Array<ArrayBuffer>[] {
  const ink = liftInk(picture);
  if (!ink) throw nothingDrawn('image');
  const isImage = ink.width === IMAGE_SIDE && ink.height === IMAGE_SIDE;
  if (isImage && isNormalised(ink.ink)) return [ink.ink];
  if (isSpeck(ink)) throw tooLittleDrawn('image');
  return splitInk(ink).map(normaliseInk);
}

/** Pixels; the smallest letters that can be told apart on screens are five high. */
const LEAST_SIDE = 5;

/** Is its ink too small for a digit, in pixels or beside the picture? Beside its shorter side: a strip has a row of digits. */
export function isSpeck(picture: InkPicture): boolean {
  const box = inkBox(picture);
  const least = Math.max(LEAST_SIDE, LEAST_SHARE * Math.min(picture.width, picture.height));
  return box !== null && Math.max(box.width, box.height) < least;
}
