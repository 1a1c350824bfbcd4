/**
 * Makes weights/lenet5.safetensors, the model that comes with the workbench: `npm run train:shipped`.
 *
 * An ordinary run: MNIST without its last 5,000 training images, and the pen digits, twelve times each; all warped anew
 * in every epoch. The one-cycle schedule ends where the weights are best, so the last epoch is taken and nothing is
 * chosen; MNIST's test set is only measured. The same machine code gives the same file, bit for bit, with any number
 * of threads.
 */
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { MNIST_INPUT_SCALE } from '../src/datasets/mnist.ts';
import { createEngine } from '../src/engines/create-engine.ts';
import type { Engine } from '../src/engines/engine.ts';
import { writeSafetensors } from '../src/formats/safetensors.ts';
import { fitTemperature } from '../src/network/calibration.ts';
import { IMAGE_SIZE } from '../src/network/lenet5.ts';
import { fit } from '../src/training/fit.ts';
import { readFitData } from '../src/training/fit-data.ts';
import type { ImageRange } from '../src/training/image-set.ts';
import { DEFAULT_SETTINGS, type Settings } from '../src/training/settings.ts';

/** Also what `npm run bench:handwriting` measures by cross-validation. */
export const SHIPPED_SETTINGS: Settings = {
  ...DEFAULT_SETTINGS,
  epochs: 24,
  patience: 24,
  batchsize: 64,
  learningrate: 0.004,
  schedule: 'onecycle',
  data: 'mnist+pen',
  augmentation: 'elastic',
};

const FILE = new URL('../weights/lenet5.safetensors', import.meta.url);

if (import.meta.main) await trainShipped();

async function trainShipped(): Promise<void> {
  const { activation, optimizer, batchsize: batchSize, epochs, engine: name } = SHIPPED_SETTINGS;
  const engine = await createEngine(name, {
    activation,
    optimizer,
    batchSize,
    inputScale: MNIST_INPUT_SCALE,
    threads: availableParallelism(),
  });
  const data = readFitData(engine, SHIPPED_SETTINGS);
  let weights: Float32Array = new Float32Array();
  fit(engine, data, SHIPPED_SETTINGS, {
    batch: () => {},
    epoch: ({ epoch: { epoch, loss, val_loss, val_accuracy, seconds }, checkpoint }) => {
      weights = checkpoint.weights;
      console.log(
        `epoch ${epoch}: loss ${loss.toFixed(4)}, val_loss ${val_loss.toFixed(4)}, ` +
          `val_accuracy ${val_accuracy.toFixed(4)}, ${seconds.toFixed(1)} s`,
      );
    },
    stopRequested: () => false,
  });
  engine.setState({ weights });
  const { images, from, to } = data.test;
  const testAccuracy = engine.evaluate(images, from, to).accuracy;
  const temperature = fitTemperature(...predicted(engine, data.validation));
  const made = `npm run train:shipped: MNIST and pen digits, warped; the last of ${epochs} epochs.`;
  writeFileSync(
    FILE,
    writeSafetensors(weights, { activation, inputScale: MNIST_INPUT_SCALE, temperature, testAccuracy, made }),
  );
  console.log(
    `weights/lenet5.safetensors: ${(100 * testAccuracy).toFixed(2)} % on MNIST's test set. ${made}`,
  );
  await engine.dispose();
}

/** Probabilities [N, 10] and labels [N] of held-out images. */
function predicted(engine: Engine, { images, from, to }: ImageRange): [Float32Array, Uint8Array] {
  const held = images.images.slice(from * IMAGE_SIZE, to * IMAGE_SIZE);
  return [engine.predict(held), images.labels.slice(from, to)];
}
