/** Inputs as images; they can be sent to another thread without being copied. */
import { CodedError } from '../errors.ts';
import type { Cell } from '../images/digit-layout.ts';
import type { PictureFile, Remarks, Taken } from '../images/taken.ts';
import { IMAGE_SIZE } from '../network/lenet5.ts';
import type { Steps } from '../time-slices.ts';
import { toReading } from './reading.ts';
import type { Prediction } from './recognition-service.ts';

/** Why an input cannot be read: a CodedError as plain data. */
export type Fault = Pick<CodedError, 'code' | 'status' | 'message' | 'field'>;

export interface Seen extends Remarks {
  /** Images that it has: one, or one for each cell. */
  readonly count: number;
  /** Where there may be several digits. */
  readonly cells?: readonly Cell[];
}

export interface Inputs<Each = Seen | Fault> {
  /** [N, 28, 28] bytes, 0 = paper, 255 = ink: those of the first input, of the second, … */
  readonly images: Uint8Array<ArrayBuffer>;
  /** The outcome of each input: images, or why it has none. */
  readonly each: readonly Each[];
}

/** Pictures among them are still to be unpacked. */
export type SentInputs = Inputs<Seen | Fault | PictureFile>;

/** Results that are put together in one step. */
const RESULTS_A_STEP = 50;

/** @param take may throw a CodedError */
export function* collectInputs<Input>(
  inputs: Iterable<Input>,
  take: (input: Input) => Taken,
): Steps<SentInputs> {
  const all: Uint8Array[] = [];
  const each: (Seen | Fault | PictureFile)[] = [];
  for (const input of inputs) {
    try {
      const taken = take(input);
      if ('images' in taken) {
        const { images, ...remarks } = taken;
        all.push(...images);
        each.push({ count: images.length, ...remarks });
      } else each.push(taken);
    } catch (error) {
      each.push(toFault(error));
    }
    yield;
  }
  return { images: join(all), each };
}

/** @throws errors that are not the client's fault */
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
  for (const [i, input] of each.entries()) {
    if (i > 0 && i % RESULTS_A_STEP === 0) yield;
    if ('count' in input) {
      const { count, cells, ...remarks } = input;
      texts.push(JSON.stringify({ ...toReading(predictions.slice(next, next + count), cells), ...remarks }));
      next += count;
    } else texts.push(JSON.stringify({ error: { code: input.code, message: input.message } }));
  }
  return texts;
}

/** @returns [N, 28, 28] */
export function join(images: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  if (images.length === 1) return images[0] as Uint8Array<ArrayBuffer>;
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
