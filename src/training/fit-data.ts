import { type ImageRoom, readMnist } from '../datasets/mnist.ts';
import { COPIES, drawPenDigits, type PenDigit, readPenDigits } from '../datasets/pen-digits.ts';
import { HELD_OUT_COUNT, holdOut } from '../datasets/split.ts';
import type { Engine, LabelledImages } from '../engines/engine.ts';
import { IMAGE_SIZE } from '../network/lenet5.ts';
import { Random } from '../network/random.ts';
import { type FitData, type ImageRange, STREAMS } from './fit.ts';
import type { Settings } from './settings.ts';

/** MNIST's training images. */
const TRAIN_COUNT = 60_000;

/**
 * Reads what the settings want into the engine's memory: MNIST, the drawings that are learnt from as well, and what is
 * held out. Held-out images come last, so that those to learn from are in one piece.
 *
 * @param penDigits the drawings to learn from, if the settings want any: some are left out to measure with
 */
export function readFitData(
  engine: Engine,
  settings: Pick<Settings, 'validation' | 'data' | 'seed'>,
  { penDigits = readPenDigits }: { penDigits?: () => PenDigit[] } = {},
): FitData {
  const digits = settings.data === 'mnist+pen' ? penDigits() : [];
  const drawn = digits.length * COPIES;
  const train = engine.allocateImages(TRAIN_COUNT + drawn);
  readMnist('train', { allocate: (count) => part(train, 0, count) });
  const test = whole(readMnist('test', { allocate: (count) => engine.allocateImages(count) }));

  const isHeldOut = settings.validation === 'heldout';
  const learntFrom = isHeldOut ? TRAIN_COUNT - HELD_OUT_COUNT : TRAIN_COUNT;
  train.images.copyWithin(
    (learntFrom + drawn) * IMAGE_SIZE,
    learntFrom * IMAGE_SIZE,
    TRAIN_COUNT * IMAGE_SIZE,
  );
  train.labels.copyWithin(learntFrom + drawn, learntFrom, TRAIN_COUNT);
  const random = new Random(settings.seed, STREAMS.drawings);
  if (drawn > 0) drawPenDigits(digits, part(train, learntFrom, learntFrom + drawn), random);

  if (!isHeldOut) return { training: whole(train), validation: test, test };
  const split = holdOut(train.count);
  return {
    training: { images: train, ...split.training },
    validation: { images: train, ...split.validation },
    test,
  };
}

/** The images at [from, to). */
function part({ images, labels }: ImageRoom, from: number, to: number): ImageRoom {
  return { images: images.subarray(from * IMAGE_SIZE, to * IMAGE_SIZE), labels: labels.subarray(from, to) };
}

function whole(images: LabelledImages): ImageRange {
  return { images, from: 0, to: images.count };
}
