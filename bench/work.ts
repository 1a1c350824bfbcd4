/** What the network's work is: images, batches, and operations counted. */
import { readMnist } from '../src/datasets/mnist.ts';
import type { Engine, LabelledImages } from '../src/engines/engine.ts';
import { glorotUniform } from '../src/network/initializers.ts';
import { IMAGE_SIZE } from '../src/network/lenet5.ts';
import { Random } from '../src/network/random.ts';

/** Multiplications of one image forward: both convolutions, then the dense layers. */
const FORWARD = 28 * 28 * 6 * 25 + 10 * 10 * 16 * 150 + 400 * 120 + 120 * 84 + 84 * 10;
/** Backward: the gradient of every weight, and of every input but the image. */
const BACKWARD = FORWARD + FORWARD - 28 * 28 * 6 * 25;

/** GFLOP of one image, a multiplication and an addition each. */
export const GFLOP_FORWARD = (FORWARD * 2) / 1e9;
export const GFLOP_TRAINING = ((FORWARD + BACKWARD) * 2) / 1e9;

export const TRAINING_IMAGES = 60_000;
export const TEST_IMAGES = 10_000;

const MNIST = { train: readMnist('train'), test: readMnist('test') };

/** The training or test images in an engine's memory. */
export function load(engine: Engine, part: 'train' | 'test'): LabelledImages {
  const { images, labels } = MNIST[part];
  const room = engine.allocateImages(labels.length);
  room.images.set(images);
  room.labels.set(labels);
  return room;
}

export const testImages = (count: number) => MNIST.test.images.slice(0, count * IMAGE_SIZE);

export const initialWeights = () => glorotUniform(new Random(1));

/** Steps through the shuffled training images, one batch a call, for ever. */
export function trainer(engine: Engine, images: LabelledImages, batchSize: number): () => void {
  const order = Uint32Array.from({ length: images.count }, (_, i) => i);
  new Random(1).shuffle(order);
  let at = 0;
  return () => {
    if (at + batchSize > order.length) at = 0;
    engine.trainStep(images, order.subarray(at, at + batchSize));
    at += batchSize;
  };
}
