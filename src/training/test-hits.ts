import type { Engine, Metrics } from '../engines/engine.ts';
import { DIGITS, IMAGE_SIZE } from '../network/lenet5.ts';
import type { ImageRange } from './image-set.ts';

/** On the test set. */
export interface TestResult extends Metrics {
  /** A bit for each image, the first image in the lowest bit of the first byte: was it read right? */
  readonly hits: Uint8Array;
}

/**
 * Which images the engine reads right, with the weights it has.
 *
 * @returns a bit for each image, the first one in the lowest bit of the first byte
 */
export function testHits(engine: Engine, { images: { images, labels }, from, to }: ImageRange): Uint8Array {
  const probabilities = engine.predict(images.subarray(from * IMAGE_SIZE, to * IMAGE_SIZE));
  const hits = new Uint8Array(Math.ceil((to - from) / 8));
  for (let i = 0; i < to - from; i++) {
    const row = probabilities.subarray(i * DIGITS.classes, (i + 1) * DIGITS.classes);
    if (row.indexOf(Math.max(...row)) === labels[from + i]) hits[i >> 3] |= 1 << (i & 7);
  }
  return hits;
}
