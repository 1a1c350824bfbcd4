import type { GreyPicture } from '../images/ink.ts';
import { readPicture } from '../images/picture.ts';
import type { PictureFile } from '../images/taken.ts';
import { IMAGE_SIZE } from '../network/lenet5.ts';
import { type Steps, TimeSlices } from '../time-slices.ts';
import { DECODERS, type Decoded, type DecoderName, type Encoded } from './decoders.ts';
import { DecodingThread } from './decoding-thread.ts';
import {
  type Fault,
  type Inputs,
  imagesOf,
  join,
  resultTexts,
  type Seen,
  type SentInputs,
  toFault,
} from './inputs.ts';
import type { Model } from './model.ts';
import type { Prediction, RecognitionService } from './recognition-service.ts';

/** Bytes; inputs up to this size, such as a matrix or a drawing, are decoded at once. Larger ones go to another thread. */
const SMALL = 16 * 2 ** 10;
/** Images computed without a pause: about a millisecond. A single one takes an eighth of that. */
const GROUP = 32;

/** All of them by one model. */
export interface ReadImages {
  readonly predictions: readonly Prediction[];
  readonly model: Model;
}

interface Waiting {
  /** Null for the model that serves. */
  readonly by: Model | null;
  /** [N, 28, 28] */
  readonly images: Uint8Array;
  readonly count: number;
  predictions: Prediction[];
  model: Model | null;
  readonly resolve: (read: ReadImages) => void;
  readonly reject: (error: unknown) => void;
}

export interface ReaderOptions {
  readonly recognition: Pick<RecognitionService, 'recognise' | 'recogniseBy' | 'prepare' | 'serving'>;
  readonly thread?: DecodingThread;
  readonly slices?: TimeSlices;
}

/**
 * Reads the inputs of all routes: images of one or many requests together, a slice of time in each turn of the event
 * loop, so that no client waits for another's batch.
 */
export class Reader {
  readonly #recognition: ReaderOptions['recognition'];
  readonly #thread: DecodingThread;
  readonly #slices: TimeSlices;
  #waiting: Waiting[] = [];

  constructor({ recognition, thread = new DecodingThread(), slices = new TimeSlices() }: ReaderOptions) {
    this.#recognition = recognition;
    this.#thread = thread;
    this.#slices = slices;
  }

  /** A reader by other models, which shares this one's thread and time. */
  with(recognition: ReaderOptions['recognition']): Reader {
    return new Reader({ recognition, thread: this.#thread, slices: this.#slices });
  }

  /**
   * @param bytes the approximate size of the encoded input
   * @param handedOver bytes that the caller does not need again
   * @throws whatever the decoder throws
   */
  decode<Name extends DecoderName>(
    decoder: Name,
    encoded: Encoded<Name>,
    { bytes, handedOver }: { bytes: number; handedOver?: Uint8Array },
  ): Promise<Decoded<Name>> {
    if (bytes <= SMALL) {
      const decode = DECODERS[decoder] as (encoded: Encoded<Name>) => Steps<Decoded<Name>>;
      return this.#slices.run(decode(encoded));
    }
    return this.#thread.decode(decoder, encoded, { bytes, transfer: wholeBuffer(handedOver) });
  }

  /**
   * Unpacks the pictures among the inputs, one after another, so that other clients' pictures get their turn.
   *
   * @param seen is given each as it was looked at
   */
  async unpack({ images, each }: SentInputs, seen?: (picture: GreyPicture) => void): Promise<Inputs> {
    if (!each.some(isPicture)) return { images, each: each as Inputs['each'] };
    const sent = imagesOf(images);
    const all: Uint8Array[] = [];
    const unpacked: (Seen | Fault)[] = [];
    for (const input of each) {
      if (isPicture(input)) {
        const picture = await this.#unpackOne(input, seen);
        all.push(...imagesOf(picture.images));
        unpacked.push(...picture.each);
      } else {
        if ('count' in input) all.push(...sent.splice(0, input.count));
        unpacked.push(input);
      }
    }
    return { images: join(all), each: unpacked };
  }

  async #unpackOne({ file }: PictureFile, seen?: (picture: GreyPicture) => void): Promise<Inputs> {
    try {
      const picture = await readPicture(file);
      seen?.(picture);
      // Its memory belongs to the library, so it is copied.
      return await this.decode('picture', picture, { bytes: picture.grey.length });
    } catch (error) {
      return { images: new Uint8Array(), each: [toFault(error)] };
    }
  }

  /**
   * Reads the images together with those of others.
   *
   * @param images [N, 28, 28] bytes
   * @param by the model that reads them; null for the one that serves
   * @throws CodedError 409 when there is no model yet
   */
  async read(images: Uint8Array, by: Model | null = null): Promise<ReadImages> {
    if (by !== null) await this.#recognition.prepare(by);
    return new Promise((resolve, reject) => {
      const isFirst = this.#waiting.length === 0;
      const count = images.length / IMAGE_SIZE;
      this.#waiting.push({ by, images, count, predictions: [], model: null, resolve, reject });
      if (isFirst) void this.#slices.runNext(this.#readAll());
    });
  }

  /** @returns the answers to all inputs as JSON texts, and the model that gave them */
  async readMany(inputs: Inputs, by: Model | null = null): Promise<{ results: string[]; model: Model }> {
    const { predictions, model } = await this.read(inputs.images, by);
    return { results: await this.#slices.run(resultTexts(inputs, predictions)), model };
  }

  /** Does other work for a request, in time slices. */
  run<Result>(steps: Steps<Result>): Promise<Result> {
    return this.#slices.run(steps);
  }

  close(): Promise<void> {
    return this.#thread.close();
  }

  *#readAll(): Steps<void> {
    for (;;) {
      this.#readGroup();
      if (this.#waiting.length === 0) return;
      yield;
    }
  }

  /** An equal share for each waiting request; one with more goes to the end. */
  #readGroup(): void {
    const { serving } = this.#recognition;
    const group = this.#waiting.splice(0, GROUP);
    const share = Math.ceil(GROUP / group.length);
    const isAlike = group.every(({ by }) => by === group[0].by);
    const byModel = isAlike ? [[group[0].by, group] as const] : Map.groupBy(group, ({ by }) => by);
    for (const [by, some] of byModel) {
      this.#readSome(some, share, by, by ?? serving);
    }
  }

  /** @param share most images of each of them */
  #readSome(group: readonly Waiting[], share: number, by: Model | null, reading: Model | null): void {
    const parts = group.map((waiting) => {
      // All of an answer comes from one model: after a swap everything is read again.
      if (waiting.model !== reading) waiting.predictions = [];
      waiting.model = reading;
      const from = waiting.predictions.length * IMAGE_SIZE;
      return waiting.images.subarray(from, from + share * IMAGE_SIZE);
    });
    try {
      const images = parts.length === 1 ? parts[0] : Buffer.concat(parts);
      const predictions =
        by === null ? this.#recognition.recognise(images) : this.#recognition.recogniseBy(by, images);
      let next = 0;
      for (const [i, waiting] of group.entries()) {
        const count = parts[i].length / IMAGE_SIZE;
        waiting.predictions.push(...predictions.slice(next, next + count));
        next += count;
        if (waiting.predictions.length < waiting.count) this.#waiting.push(waiting);
        else waiting.resolve({ predictions: waiting.predictions, model: waiting.model! });
      }
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }
}

const isPicture = (input: SentInputs['each'][number]) => 'file' in input;

/** Memory can be transferred only if nothing else is in it. */
function wholeBuffer(bytes: Uint8Array | undefined): ArrayBuffer[] {
  const isWhole =
    bytes !== undefined &&
    bytes.buffer instanceof ArrayBuffer &&
    bytes.byteLength === bytes.buffer.byteLength;
  return isWhole ? [bytes.buffer as ArrayBuffer] : [];
}
