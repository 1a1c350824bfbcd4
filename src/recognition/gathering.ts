/**
 * Requests that come at the same time are computed as one: the network reads thirty images together in the time of eight
 * single ones.
 */
import { join } from './batch.ts';
import type { Prediction } from './recognition-service.ts';

/** Read without a pause; of one digit each they take some ten milliseconds. */
const MOST_REQUESTS = 128;

interface Waiting {
  readonly images: readonly Uint8Array[];
  readonly resolve: (predictions: Prediction[]) => void;
  readonly reject: (error: unknown) => void;
}

export class Gathering {
  readonly #recognise: (images: Uint8Array) => Prediction[];
  #waiting: Waiting[] = [];

  /** @param recognise [N, 28, 28] bytes → N predictions */
  constructor(recognise: (images: Uint8Array) => Prediction[]) {
    this.#recognise = recognise;
  }

  /**
   * Reads the images together with those of others that were sent in the same turn of the event loop.
   *
   * @param images [28, 28] bytes each
   * @returns one prediction for each image
   * @throws what `recognise` throws
   */
  recognise(images: readonly Uint8Array[]): Promise<Prediction[]> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) setImmediate(() => this.#readAll());
      this.#waiting.push({ images, resolve, reject });
    });
  }

  #readAll(): void {
    const now = this.#waiting.splice(0, MOST_REQUESTS);
    if (this.#waiting.length > 0) setImmediate(() => this.#readAll());
    try {
      const predictions = this.#recognise(join(now.flatMap(({ images }) => images)));
      let next = 0;
      for (const { images, resolve } of now) {
        resolve(predictions.slice(next, next + images.length));
        next += images.length;
      }
    } catch (error) {
      for (const { reject } of now) reject(error);
    }
  }
}
