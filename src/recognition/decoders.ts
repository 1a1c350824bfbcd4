/** How what is sent becomes images, in steps: small ones are decoded by the thread that answers, others by another. */
import { decodeCorrection } from './corrected-drawing.ts';
import { decodePicture } from './grey-picture.ts';
import { decodeInference } from './inference-tensors.ts';
import { decodeLines } from './json-lines.ts';
import { decodeQuestion, toQuestion } from './question.ts';

export const DECODERS = {
  question: decodeQuestion,
  /** Of a form whose fields are known. */
  fields: toQuestion,
  lines: decodeLines,
  inference: decodeInference,
  correction: decodeCorrection,
  picture: decodePicture,
} as const;

export type DecoderName = keyof typeof DECODERS;
export type Encoded<Name extends DecoderName> = Parameters<(typeof DECODERS)[Name]>[0];
export type Decoded<Name extends DecoderName> =
  ReturnType<(typeof DECODERS)[Name]> extends Generator<void, infer Result, void> ? Result : never;
