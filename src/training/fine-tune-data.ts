import { readMnist } from '../datasets/mnist.ts';
import { drawPenDigits, type PenDigit } from '../datasets/pen-digits.ts';
import { HELD_OUT_COUNT, holdOut } from '../datasets/split.ts';
import type { Engine } from '../engines/engine.ts';
import { IMAGE_SIZE } from '../network/lenet5.ts';
import { Random } from '../network/random.ts';
import { type CorrectedImages, copyCorrections } from './correction-sets.ts';
import type { FitData } from './image-set.ts';
import { part, STREAMS, upload, whole } from './image-set.ts';
import type { Settings } from './settings.ts';

/** MNIST images rehearsed so that they are not forgotten; more with more corrections. */
const REHEARSED = 5_000;
/** Copies of each correction per epoch, … */
const COPIES = 50;
/** … and most copies of all of them together, but at least one each. */
const MOST_COPIES = 2_500;
/** Least number of images of either kind to validate with. */
const VALIDATED = 1_000;

/**
 * The data for fine-tuning on corrections without forgetting the rest: repeated corrections, mixed with a rehearsal of
 * MNIST images (which ones depends on the seed) and of the pen digits, each once.
 *
 * Validation is half corrections, of those trained on, and half MNIST images that are not: val_loss is lowest where the
 * corrections are learnt and MNIST is not yet forgotten.
 */
export function readFineTuneData(
  engine: Engine,
  { seed, augmentation }: Pick<Settings, 'seed' | 'augmentation'>,
  { learnt, apart }: CorrectedImages,
  penDigits: readonly PenDigit[],
): FitData {
  const count = learnt.labels.length;
  const copies = Math.max(count, Math.min(count * COPIES, MOST_COPIES));
  const rehearsed = Math.max(REHEARSED, count);
  const validated = Math.min(HELD_OUT_COUNT, Math.max(VALIDATED, count));
  const train = engine.allocateImages(copies + penDigits.length + rehearsed + 2 * validated);
  let filled = 0;
  const next = (size: number) => {
    filled += size;
    return part(train, filled - size, filled);
  };

  // Each step of the run warps them, unless augmentation is off.
  const warps = augmentation === 'off' ? new Random(seed, STREAMS.corrections) : null;
  copyCorrections(learnt, next(copies), warps);
  drawPenDigits(penDigits, next(penDigits.length), new Random(seed, STREAMS.drawings));
  const mnist = readMnist('train');
  const split = holdOut(mnist.labels.length);
  const order = Uint32Array.from({ length: split.training.to }, (_, i) => i);
  new Random(seed, STREAMS.rehearsal).shuffle(order);
  const rehearsal = next(rehearsed);
  for (let i = 0; i < rehearsed; i++) {
    rehearsal.images.set(part(mnist, order[i], order[i] + 1).images, i * IMAGE_SIZE);
    rehearsal.labels[i] = mnist.labels[order[i]];
  }
  const training = { images: train, from: 0, to: filled };
  const heldOut = part(mnist, split.validation.from, split.validation.from + validated);
  copyCorrections(heldOut, next(validated), null);
  copyCorrections(learnt, next(validated), null);

  return {
    training,
    validation: { images: train, from: training.to, to: train.count },
    test: whole(readMnist('test', { allocate: (size) => engine.allocateImages(size) })),
    corrections: { learnt: whole(upload(engine, learnt)), apart: whole(upload(engine, apart)) },
  };
}
