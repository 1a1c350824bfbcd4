import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { CodedError } from '../errors.ts';
import type { Decoded, DecoderName, Encoded } from './decoders.ts';
import { type Fault, toError } from './inputs.ts';

/** Messages to the thread … */
export interface DecodeMessage {
  readonly id: number;
  readonly decoder: DecoderName;
  readonly encoded: unknown;
}

/** … and from it. */
export type DecodedMessage = { readonly id: number } & (
  | { readonly result: unknown; readonly fault?: never; readonly error?: never }
  | { readonly fault: Fault; readonly result?: never; readonly error?: never }
  | { readonly error: unknown; readonly result?: never; readonly fault?: never }
);

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export interface DecodingThreadOptions {
  /** Entry of the thread. */
  readonly workerUrl?: URL;
  /** Milliseconds without a message after which it is ended. */
  readonly silence?: number;
}

const WORKER_URL = new URL(`./decoding-worker${path.extname(import.meta.url)}`, import.meta.url);
const SILENCE_MS = 30_000;
/**
 * Bytes of text; what is larger is decoded one at a time, so that memory does not grow with the number of clients: 8 MB
 * of JSON become up to 250 MB. The thread has no bound of its own, as passing it would end the whole process.
 */
const LARGE = 2 ** 16;

/**
 * A decoding thread, started when first needed. When it fails, its clients get a sentence and the next one a new
 * thread.
 */
export class DecodingThread {
  readonly #options: Required<DecodingThreadOptions>;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | null = null;
  #silence: NodeJS.Timeout | undefined;
  #hung = false;
  #lastId = 0;
  #large: Promise<unknown> = Promise.resolve();

  constructor({ workerUrl = WORKER_URL, silence = SILENCE_MS }: DecodingThreadOptions = {}) {
    this.#options = { workerUrl, silence };
  }

  /**
   * @param bytes of what is encoded
   * @param transfer memory that is handed over
   * @throws whatever the decoder throws; CodedError 422 when it takes too long
   */
  decode<Name extends DecoderName>(
    decoder: Name,
    encoded: Encoded<Name>,
    { bytes, transfer }: { bytes: number; transfer: readonly ArrayBuffer[] },
  ): Promise<Decoded<Name>> {
    const ask = () => this.#ask(decoder, encoded, transfer) as Promise<Decoded<Name>>;
    if (bytes <= LARGE || decoder === 'picture') return ask();
    const answer = this.#large.then(ask);
    this.#large = answer.catch(() => {});
    return answer;
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  #ask(decoder: DecoderName, encoded: unknown, transfer: readonly ArrayBuffer[]): Promise<unknown> {
    const id = ++this.#lastId;
    const message: DecodeMessage = { id, decoder, encoded };
    return new Promise((resolve, reject) => {
      this.#worker ??= this.#start();
      this.#worker.postMessage(message, transfer);
      this.#worker.ref();
      this.#waiting.set(id, { resolve, reject });
      this.#listen();
    });
  }

  #start(): Worker {
    const worker = new Worker(this.#options.workerUrl, { execArgv: [] });
    let failure: unknown = new Error('The decoding thread ended.');
    worker.on('message', (message: DecodedMessage) => this.#heard(message));
    worker.on('error', (error) => {
      failure = error;
    });
    worker.on('exit', () => {
      if (this.#worker === worker) this.#worker = null;
      this.#fail(failure);
    });
    return worker;
  }

  #heard({ id, result, fault, error }: DecodedMessage): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    this.#listen();
    if (fault) waiting?.reject(toError(fault));
    else if (error !== undefined) waiting?.reject(error);
    else waiting?.resolve(result);
  }

  /** Ends it when it is silent for too long while a client waits. */
  #listen(): void {
    clearTimeout(this.#silence);
    if (this.#waiting.size === 0) {
      this.#worker?.unref();
      return;
    }
    this.#silence = setTimeout(() => {
      this.#hung = true;
      void this.#worker?.terminate();
    }, this.#options.silence);
  }

  #fail(cause: unknown): void {
    clearTimeout(this.#silence);
    const reason = this.#hung ? tooMuch() : cause;
    this.#hung = false;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(reason);
  }
}

function tooMuch(): CodedError {
  const message = 'The request takes too long to decode. Send less at once.';
  return new CodedError({ code: 'TOO_MUCH', status: 422, message });
}
