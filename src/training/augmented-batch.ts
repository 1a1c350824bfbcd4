import { type Augmentation, WARP_RANGES, Warp } from '../datasets/augmentation.ts';
import type { Engine, LabelledImages } from '../engines/engine.ts';
import { IMAGE_SIZE } from '../network/lenet5.ts';
import type { Random } from '../network/random.ts';

/** The images of one step, each warped differently, in the engine's memory. */
export class AugmentedBatch {
  /** [batchSize] warped images with their labels. */
  readonly images: LabelledImages;
  readonly #warp: Warp;
  readonly #random: Random;
  readonly #positions: Uint32Array;

  constructor(
    engine: Engine,
    { kind, batchSize, random }: { kind: Exclude<Augmentation, 'off'>; batchSize: number; random: Random },
  ) {
    this.images = engine.allocateImages(batchSize);
    this.#random = random;
    this.#warp = new Warp(random, WARP_RANGES[kind]);
    this.#positions = Uint32Array.from({ length: batchSize }, (_, i) => i);
  }

  /** State of the warps: restored, it warps the next batch in the same way. */
  get randomState(): number[] {
    return this.#random.state;
  }

  /**
   * @param source where the batch comes from
   * @param batch [N] positions in it
   * @returns [N] positions in `images`
   */
  fill(source: LabelledImages, batch: Uint32Array): Uint32Array {
    batch.forEach((position, i) => {
      this.#warp.apply(image(source, position), image(this.images, i));
      this.images.labels[i] = source.labels[position];
    });
    return this.#positions.subarray(0, batch.length);
  }
}

function image({ images }: LabelledImages, position: number): Uint8Array {
  return images.subarray(position * IMAGE_SIZE, (position + 1) * IMAGE_SIZE);
}
