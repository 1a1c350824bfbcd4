/**
 * `npm run bench:optimizers`: test accuracy after each of five epochs for every optimizer at its default learning rate,
 * and after one epoch at Keras's. An activation may be named: `npm run bench:optimizers -- tanh`.
 */
import { availableParallelism } from 'node:os';
import { MNIST_INPUT_SCALE } from '../src/datasets/mnist.ts';
import { createEngine } from '../src/engines/create-engine.ts';
import { ACTIVATIONS, type Activation } from '../src/network/activations.ts';
import { OPTIMIZER, OPTIMIZERS, type OptimizerName } from '../src/network/optimizers.ts';
import { fit } from '../src/training/fit.ts';
import { readFitData } from '../src/training/fit-data.ts';
import { DEFAULT_SETTINGS } from '../src/training/settings.ts';

const EPOCHS = 5;
const activation = (process.argv[2] ?? DEFAULT_SETTINGS.activation) as Activation;
if (!ACTIVATIONS.includes(activation))
  throw new Error(`the activation must be one of ${ACTIVATIONS.join(', ')}`);

console.log(
  "| optimizer | our rate | after epoch 1–5 | Keras's rate | after epoch 1 with Keras's |\n|---|---|---|---|---|",
);
for (const optimizer of OPTIMIZERS) {
  const { label, learningRate, kerasLearningRate } = OPTIMIZER[optimizer];
  const ours = await testAccuracies(optimizer, learningRate, EPOCHS);
  const [keras] =
    learningRate === kerasLearningRate ? ours : await testAccuracies(optimizer, kerasLearningRate, 1);
  console.log(`| ${label} | ${learningRate} | ${ours.join(' ')} | ${kerasLearningRate} | ${keras} |`);
}

/** In percent, after each epoch. */
async function testAccuracies(
  optimizer: OptimizerName,
  learningrate: number,
  epochs: number,
): Promise<string[]> {
  const settings = { ...DEFAULT_SETTINGS, activation, optimizer, learningrate, epochs, patience: epochs };
  const engine = await createEngine('simd', {
    activation,
    optimizer,
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
