/**
 * `npm run bench:optimizers`: test accuracy after each of five epochs for every optimizer at its default learning rate,
 * and after one epoch at Keras's. An activation may be named: `npm run bench:optimizers -- tanh`. With `--batches` it is the
 * accuracy after one epoch at each batch size.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { MNIST_INPUT_SCALE } from '../src/datasets/mnist.ts';
import { createEngine } from '../src/engines/create-engine.ts';
import { ACTIVATIONS, type Activation } from '../src/network/activations.ts';
import { defaultLearningRate, OPTIMIZER, OPTIMIZERS } from '../src/network/optimizers.ts';
import { fit } from '../src/training/fit.ts';
import { readFitData } from '../src/training/fit-data.ts';
import { DEFAULT_SETTINGS, type Settings } from '../src/training/settings.ts';

const EPOCHS = 5;
const BATCH_SIZES = [1, 2, 4, 8, 16, 32, 64, 128];
const { values, positionals } = parseArgs({
  options: { batches: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const activation = (positionals[0] ?? DEFAULT_SETTINGS.activation) as Activation;
if (!ACTIVATIONS.includes(activation))
  throw new Error(`the activation must be one of ${ACTIVATIONS.join(', ')}`);

if (values.batches) await byBatchSize();
else await byEpoch();

async function byBatchSize(): Promise<void> {
  console.log(`| ${activation} | ${BATCH_SIZES.join(' | ')} |\n|---|${'---|'.repeat(BATCH_SIZES.length)}`);
  for (const optimizer of OPTIMIZERS) {
    const row: string[] = [];
    for (const batchsize of BATCH_SIZES) {
      const learningrate = defaultLearningRate(optimizer, batchsize);
      row.push(...(await testAccuracies({ optimizer, learningrate, batchsize, epochs: 1 })));
    }
    console.log(`| ${OPTIMIZER[optimizer].label} | ${row.join(' | ')} |`);
  }
}

async function byEpoch(): Promise<void> {
  console.log(
    "| optimizer | our rate | after epoch 1–5 | Keras's rate | after epoch 1 with Keras's |\n|---|---|---|---|---|",
  );
  for (const optimizer of OPTIMIZERS) {
    const { label, learningRate, kerasLearningRate } = OPTIMIZER[optimizer];
    const ours = await testAccuracies({ optimizer, learningrate: learningRate, epochs: EPOCHS });
    const [keras] =
      learningRate === kerasLearningRate
        ? ours
        : await testAccuracies({ optimizer, learningrate: kerasLearningRate, epochs: 1 });
    console.log(`| ${label} | ${learningRate} | ${ours.join(' ')} | ${kerasLearningRate} | ${keras} |`);
  }
}

/** In percent, after each epoch. */
async function testAccuracies(changed: Partial<Settings>): Promise<string[]> {
  const settings = { ...DEFAULT_SETTINGS, activation, patience: EPOCHS, ...changed };
  const engine = await createEngine('simd', {
    activation,
    optimizer: settings.optimizer,
    inputScale: MNIST_INPUT_SCALE,
    batchSize: settings.batchsize,
    threads: availableParallelism(),
  });
  const data = readFitData(engine, settings);
  const { images, from, to } = data.test;
  const accuracies: string[] = [];
  fit(engine, data, settings, {
    batch: () => {},
    epoch: () => accuracies.push((100 * engine.evaluate(images, from, to).accuracy).toFixed(2)),
    stopRequested: () => false,
  });
  await engine.dispose();
  return accuracies;
}
