/** A grey picture, of any size → the images of the digits on it. */
import { IMAGE_SIDE } from '../network/lenet5.ts';
import { type GreyPicture, liftInk } from './ink.ts';
import { type Inputs, join } from './inputs.ts';
import { isNormalised, normaliseInk } from './normalise.ts';
import { splitInk } from './split-digits.ts';
import { nothingDrawn } from './strokes.ts';
import type { Steps } from './time-slices.ts';

/**
 * @returns [28, 28] bytes each, 0 = paper, 255 = ink; one for each digit that stands apart, from left to right
 * @throws CodedError 422 when there is nothing but paper
 */
export function greyToImages(picture: GreyPicture): Uint8Array<ArrayBuffer>[] {
  const ink = liftInk(picture);
  if (!ink) throw nothingDrawn('image');
  const isImage = ink.width === IMAGE_SIDE && ink.height === IMAGE_SIDE;
  return isImage && isNormalised(ink.ink) ? [ink.ink] : splitInk(ink).map(normaliseInk);
}

/** As `greyToImages`, for the thread that decodes. */
// biome-ignore lint/correctness/useYield: a photograph is one step; where others wait it is never done.
export function* decodePicture(picture: GreyPicture): Steps<Inputs> {
  const images = greyToImages(picture);
  return { images: join(images), each: [{ count: images.length }] };
}
