import type { Engine, Metrics } from '../engines/engine.ts';
import { IMAGE_SIZE } from '../network/lenet5.ts';
import type { ImageRange } from './image-set.ts';

/** On the test set. */
export interface TestResult extends Metrics {
  /** [N] the predicted class of each image. */
  readonly answers: Uint8Array;
}

/** @returns [N] the most probable class of each image in the range, with the engine's current weights; the first of equal ones */
export function testAnswers(engine: Engine, { images: { images }, from, to }: ImageRange): Uint8Array {
  const probabilities = engine.predict(images.subarray(from * IMAGE_SIZE, to * IMAGE_SIZE));
  const classes = probabilities.length / (to - from);
  return Uint8Array.from({ length: to - from }, (_, i) => {
    const row = probabilities.subarray(i * classes, (i + 1) * classes);
    return row.indexOf(Math.max(...row));
  });
}
