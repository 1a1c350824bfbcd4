/**
 * Makes weights/kinds.safetensors: a LeNet-5 that tells whether a drawing is a digit, none, or two of them. It says
 * nothing of which digit it is, so it goes with every model that reads digits.
 *
 *   node scripts/train-kinds.ts [file]
 *
 * It learns digits (MNIST without its last 5,000 training images, and pen digits) against signs, scribbles,
 * mirrored, turned and crossed out digits, and pairs. No Latin capital is learnt from: they are what it is measured on.
 */
import { writeFileSync } from 'node:fs';
import { MNIST_INPUT_SCALE, readMnist } from '../src/datasets/mnist.ts';
import { COPIES, drawPenDigits, type PenDigit, readPenDigits } from '../src/datasets/pen-digits.ts';
import { HELD_OUT_COUNT } from '../src/datasets/split.ts';
import { createEngine } from '../src/engines/create-engine.ts';
import type { Engine } from '../src/engines/engine.ts';
import { writeSafetensors } from '../src/formats/safetensors.ts';
import { IMAGE_SIZE } from '../src/network/lenet5.ts';
import { Random } from '../src/network/random.ts';
import { KINDS } from '../src/recognition/kind.ts';
import { fit } from '../src/training/fit.ts';
import type { FitData } from '../src/training/image-set.ts';
import { DEFAULT_SETTINGS, type Settings } from '../src/training/settings.ts';
import { drawNotDigits, drawPairs } from './not-digits.ts';

export const KIND_SETTINGS: Settings = {
  ...DEFAULT_SETTINGS,
  epochs: 12,
  patience: 12,
  batchsize: 64,
  learningrate: 0.004,
  schedule: 'onecycle',
  augmentation: 'affine',
};

const MNIST_COUNT = 60_000 - HELD_OUT_COUNT;
const OTHER_COUNT = 56_000;
const PAIR_COUNT = 12_000;
/** Kept aside of each part, to watch it learn. */
const VALIDATION_SHARE = 1 / 40;

if (import.meta.main) {
  const weights = await trainKinds(readPenDigits());
  const made = `node scripts/train-kinds.ts: ${KIND_SETTINGS.epochs} epochs.`;
  const file = process.argv[2] ?? new URL('../weights/kinds.safetensors', import.meta.url);
  const { activation } = KIND_SETTINGS;
  writeFileSync(
    file,
    writeSafetensors(weights, { activation, inputScale: MNIST_INPUT_SCALE, testAccuracy: null, made }),
  );
}

export async function trainKinds(
  penDigits: readonly PenDigit[],
  { epochs = KIND_SETTINGS.epochs }: { epochs?: number } = {},
): Promise<Float32Array<ArrayBuffer>> {
  const { activation, optimizer, batchsize: batchSize } = KIND_SETTINGS;
  const options = { activation, optimizer, batchSize, inputScale: MNIST_INPUT_SCALE, threads: 1 };
  const engine = await createEngine('simd', options);
  let weights = new Float32Array();
  fit(
    engine,
    fitData(engine, penDigits),
    { ...KIND_SETTINGS, epochs, patience: epochs },
    {
      batch: () => {},
      epoch: ({ epoch: { epoch, loss, val_loss, val_accuracy, seconds }, checkpoint }) => {
        weights = checkpoint.weights.slice();
        const losses = `loss ${loss.toFixed(4)}, val_loss ${val_loss.toFixed(4)}`;
        console.log(
          `epoch ${epoch}: ${losses}, val_accuracy ${val_accuracy.toFixed(4)}, ${seconds.toFixed(1)} s`,
        );
      },
      stopRequested: () => false,
    },
  );
  await engine.dispose();
  return weights;
}

/** Mixed, so that a part at the end is like all of it. */
function fitData(engine: Engine, penDigits: readonly PenDigit[]): FitData {
  const all = readMnist('train');
  const mnist = {
    images: all.images.subarray(0, MNIST_COUNT * IMAGE_SIZE),
    labels: all.labels.subarray(0, MNIST_COUNT),
  };
  const random = new Random(KIND_SETTINGS.seed, 9);
  const penCount = penDigits.length * COPIES;
  const drawn = { images: new Uint8Array(penCount * IMAGE_SIZE), labels: new Uint8Array(penCount) };
  drawPenDigits(penDigits, drawn, random);
  const others = new Uint8Array(OTHER_COUNT * IMAGE_SIZE);
  drawNotDigits(others, { mnist, penDigits, random });
  const pairs = new Uint8Array(PAIR_COUNT * IMAGE_SIZE);
  drawPairs(pairs, { mnist, penDigits, random });

  const parts = [
    [mnist.images, 'digit'],
    [drawn.images, 'digit'],
    [others, 'other'],
    [pairs, 'two'],
  ] as const;
  const count = parts.reduce((sum, [images]) => sum + images.length / IMAGE_SIZE, 0);
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  random.shuffle(order);
  const mixed = engine.allocateImages(count);
  let next = 0;
  for (const [images, kind] of parts) {
    for (let i = 0; i < images.length / IMAGE_SIZE; i++) {
      const to = order[next++];
      mixed.images.set(images.subarray(i * IMAGE_SIZE, (i + 1) * IMAGE_SIZE), to * IMAGE_SIZE);
      mixed.labels[to] = KINDS.indexOf(kind);
    }
  }
  const learnt = Math.round(count * (1 - VALIDATION_SHARE));
  const validation = { images: mixed, from: learnt, to: count };
  return { training: { images: mixed, from: 0, to: learnt }, validation, test: validation };
}
