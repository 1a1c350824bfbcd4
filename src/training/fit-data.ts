import type { Message } from '../catalogue/catalogue.ts';
import { type ImageRoom, readMnist } from '../datasets/mnist.ts';
import { COPIES, drawPenDigits, type PenDigit, readPenDigits } from '../datasets/pen-digits.ts';
import { HELD_OUT_COUNT, holdOut } from '../datasets/split.ts';
import type { Engine } from '../engines/engine.ts';
import { CodedError } from '../errors.ts';
import { IMAGE_SIZE } from '../network/lenet5.ts';
import { Random } from '../network/random.ts';
import { type CorrectedImages, copyCorrections } from './correction-sets.ts';
import { readFineTuneData } from './fine-tune-data.ts';
import type { FitData } from './image-set.ts';
import { part, STREAMS, whole } from './image-set.ts';
import type { Settings } from './settings.ts';

/** MNIST's training images. */
const TRAIN_COUNT = 60_000;
/** Weight of each correction, in MNIST images, … */
const CORRECTION_COPIES = 50;
/** … but all of them together at most a fifth of MNIST. */
const MOST_CORRECTION_COPIES = TRAIN_COUNT / 5;

/** Training images besides MNIST. */
interface Extra {
  readonly count: number;
  draw(room: ImageRoom): void;
}

type DataSettings = Pick<Settings, 'validation' | 'data' | 'seed' | 'augmentation'>;

/**
 * Reads the data of the settings into the engine's memory: MNIST, additional drawings, and held-out images. Held-out ones
 * come last, so that the training images are contiguous.
 *
 * @param corrections corrected drawings, if the settings use any
 * @param penDigits the drawings to train on, if the settings use any: some are omitted to measure with
 * @throws CodedError NO_CORRECTIONS when the settings use corrections and there are none
 */
export function readFitData(
  engine: Engine,
  settings: DataSettings,
  corrections: CorrectedImages | null = null,
  { penDigits = readPenDigits }: { penDigits?: () => PenDigit[] } = {},
): FitData {
  if (settings.data === 'corrections') {
    return readFineTuneData(engine, settings, someLearnt(corrections), penDigits());
  }
  const extra = extraImages(settings, corrections, penDigits);
  const train = engine.allocateImages(TRAIN_COUNT + extra.count);
  readMnist('train', { allocate: (count) => part(train, 0, count) });
  const test = whole(readMnist('test', { allocate: (count) => engine.allocateImages(count) }));

  const isHeldOut = settings.validation === 'heldout';
  const learntFrom = isHeldOut ? TRAIN_COUNT - HELD_OUT_COUNT : TRAIN_COUNT;
  const heldOut = learntFrom + extra.count;
  train.images.copyWithin(heldOut * IMAGE_SIZE, learntFrom * IMAGE_SIZE, TRAIN_COUNT * IMAGE_SIZE);
  train.labels.copyWithin(heldOut, learntFrom, TRAIN_COUNT);
  extra.draw(part(train, learntFrom, heldOut));

  if (!isHeldOut) return { training: whole(train), validation: test, test };
  const split = holdOut(train.count);
  return {
    training: { images: train, ...split.training },
    validation: { images: train, ...split.validation },
    test,
  };
}

function extraImages(
  { data, seed }: DataSettings,
  corrections: CorrectedImages | null,
  penDigits: () => PenDigit[],
): Extra {
  if (data === 'mnist+pen') {
    const digits = penDigits();
    const random = new Random(seed, STREAMS.drawings);
    return { count: digits.length * COPIES, draw: (room) => drawPenDigits(digits, room, random) };
  }
  if (data === 'mnist+corrections') {
    const { learnt } = someLearnt(corrections);
    const most = Math.floor(MOST_CORRECTION_COPIES / learnt.labels.length);
    const copies = Math.max(1, Math.min(CORRECTION_COPIES, most));
    const random = new Random(seed, STREAMS.corrections);
    return { count: learnt.labels.length * copies, draw: (room) => copyCorrections(learnt, room, random) };
  }
  return { count: 0, draw: () => {} };
}

function someLearnt(corrections: CorrectedImages | null): CorrectedImages {
  if (corrections && corrections.learnt.labels.length > 0) return corrections;
  const message: Message = ['fields.noCorrections'];
  throw new CodedError({ code: 'NO_CORRECTIONS', status: 422, message, field: 'data' });
}
