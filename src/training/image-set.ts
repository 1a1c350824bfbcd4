/** Parts of a contiguous set of images. */
import type { ImageRoom } from '../datasets/mnist.ts';
import type { Range } from '../datasets/split.ts';
import type { Engine, LabelledImages } from '../engines/engine.ts';
import { IMAGE_SIZE } from '../network/lenet5.ts';

export interface FitData {
  readonly training: ImageRange;
  readonly validation: ImageRange;
  readonly test: ImageRange;
  /** Corrected drawings, unwarped: those trained on, and those held out. */
  readonly corrections?: { readonly learnt: ImageRange; readonly apart: ImageRange };
}

/** The images at [from, to) of one engine's set. */
export interface ImageRange extends Range {
  readonly images: LabelledImages;
}

/** The images at [from, to), in the same memory. */
export function part({ images, labels }: ImageRoom, from: number, to: number): ImageRoom {
  return { images: images.subarray(from * IMAGE_SIZE, to * IMAGE_SIZE), labels: labels.subarray(from, to) };
}

export function whole(images: LabelledImages): ImageRange {
  return { images, from: 0, to: images.count };
}

/** A copy in the engine's memory. */
export function upload(engine: Engine, { images, labels }: ImageRoom): LabelledImages {
  const room = engine.allocateImages(labels.length);
  room.images.set(images);
  room.labels.set(labels);
  return room;
}

/** Independent random sequences of one seed. */
export const STREAMS = {
  weights: 0,
  shuffle: 1,
  augmentation: 2,
  drawings: 3,
  corrections: 4,
  rehearsal: 5,
} as const;
