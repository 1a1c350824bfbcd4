/** Parts of a set of images that lies in one piece. */
import type { ImageRoom } from '../datasets/mnist.ts';
import type { Engine, LabelledImages } from '../engines/engine.ts';
import { IMAGE_SIZE } from '../network/lenet5.ts';
import type { ImageRange } from './fit.ts';

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
