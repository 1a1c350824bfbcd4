/** What was sent to be read, as images; it can cross to another thread without being copied. */
import { CodedError } from '../errors.ts';
import { IMAGE_SIZE } from '../network/lenet5.ts';
import { toReading } from './reading.ts';
import type { Prediction } from './recognition-service.ts';
import type { Steps } from './time-slices.ts';

/** Why an input cannot be read: a CodedError as plain data. */
export type Fault = Pick<CodedError, 'code' | 'status' | 'message' | 'field'>;

export interface Inputs {
  /** [N, 28, 28] bytes, 0 = paper, 255 = ink: those of the first input, from left to right, of the second, … */
  readonly images: Uint8Array<ArrayBuffer>;
  /** Of each input how many images it has, or why it has none. */
  readonly each: readonly (number | Fault)[];
}

/** Results that are put together in one step. */
const RESULTS_A_STEP = 50;

/** @param toImages may throw a CodedError */
export function* collectInputs<Input>(
  inputs: Iterable<Input>,
  toImages: (input: Input) => readonly Uint8Array[],
): Steps<Inputs> {
  const all: Uint8Array[] = [];
  const each: (number | Fault)[] = [];
  for (const input of inputs) {
    try {
      const images = toImages(input);
      all.push(...images);
      each.push(images.length);
    } catch (error) {
      each.push(toFault(error));
    }
    yield;
  }
  return { images: join(all), each };
}

/** @throws what is not the client's fault */
export function toFault(error: unknown): Fault {
  if (!(error instanceof CodedError)) throw error;
  const { code, status, message, field } = error;
  return { code, status, message, field };
}

export function toError({ field, ...fault }: Fault): CodedError {
  return new CodedError({ ...fault, ...(field !== undefined && { field }) });
}

/** The results as JSON texts, one for each input. */
export function* resultTexts({ each }: Inputs, predictions: readonly Prediction[]): Steps<string[]> {
  const texts: string[] = [];
  let next = 0;
  for (const [i, images] of each.entries()) {
    if (i > 0 && i % RESULTS_A_STEP === 0) yield;
    if (typeof images === 'number') {
      texts.push(JSON.stringify(toReading(predictions.slice(next, next + images))));
      next += images;
    } else texts.push(JSON.stringify({ error: { code: images.code, message: images.message } }));
  }
  return texts;
}

/** @returns [N, 28, 28] */
export function join(images: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(images.length * IMAGE_SIZE);
  images.forEach((image, i) => {
    joined.set(image, i * IMAGE_SIZE);
  });
  return joined;
}

/** @param images [N, 28, 28] @returns [28, 28] each */
export function imagesOf(images: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>[] {
  return Array.from({ length: images.length / IMAGE_SIZE }, (_, i) =>
    images.subarray(i * IMAGE_SIZE, (i + 1) * IMAGE_SIZE),
  );
}
