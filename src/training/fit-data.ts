import { readMnist } from '../datasets/mnist.ts';
import { holdOut } from '../datasets/split.ts';
import type { Engine, LabelledImages } from '../engines/engine.ts';
import type { FitData, ImageRange } from './fit.ts';
import type { Validation } from './settings.ts';

/** Reads MNIST into the engine's memory, cut as the settings want it. */
export function readFitData(engine: Engine, validation: Validation): FitData {
  const allocate = (count: number) => engine.allocateImages(count);
  const train = readMnist('train', { allocate });
  const test = whole(readMnist('test', { allocate }));
  if (validation === 'test') return { training: whole(train), validation: test, test };
  const split = holdOut(train.count);
  return {
    training: { images: train, ...split.training },
    validation: { images: train, ...split.validation },
    test,
  };
}

function whole(images: LabelledImages): ImageRange {
  return { images, from: 0, to: images.count };
}
