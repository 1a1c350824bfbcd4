/** How what is sent becomes images, in steps: small ones are decoded by the thread that answers, others by another. */
import { decodeCorrection, decodeCorrectionFields } from './corrected-drawing.ts';
import { decodePicture } from './grey-picture.ts';
import { decodeInference } from './inference-tensors.ts';
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
