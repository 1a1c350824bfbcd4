/** How inputs become images, in steps: small ones are decoded by the thread that answers, others by another. */

import { greyToImages } from '../images/grey-picture.ts';
import type { GreyPicture } from '../images/ink.ts';
import type { Steps } from '../time-slices.ts';
import { decodeCorrection, decodeCorrectionFields } from './corrected-drawing.ts';
import { decodeInference } from './inference-tensors.ts';
import type { Inputs } from './inputs.ts';
import { join } from './inputs.ts';
import { decodeLines } from './json-lines.ts';
import { decodeFields, decodeQuestion } from './question.ts';

export const DECODERS = {
  question: decodeQuestion,
  /** Of a form whose fields are known. */
  fields: decodeFields,
  lines: decodeLines,
  inference: decodeInference,
  correction: decodeCorrection,
  correctionFields: decodeCorrectionFields,
  picture: decodePicture,
} as const;

export type DecoderName = keyof typeof DECODERS;
export type Encoded<Name extends DecoderName> = Parameters<(typeof DECODERS)[Name]>[0];
export type Decoded<Name extends DecoderName> =
  ReturnType<(typeof DECODERS)[Name]> extends Generator<void, infer Result, void> ? Result : never;

/** As `greyToImages`, for the thread that decodes. */
// biome-ignore lint/correctness/useYield: a photograph is one step; where others wait it is never done.
export function* decodePicture(picture: GreyPicture): Steps<Inputs> {
  const { images, cells } = greyToImages(picture);
  return { images: join(images), each: [{ count: images.length, ...(cells && { cells }) }] };
}
