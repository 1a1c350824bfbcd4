/**
 * `npm run bench:advice`: does it help to do what the coach says? Each optimizer is trained with learning rates that are far
 * too small or too large; where the curves then say what to try, that is tried with the same seed, images and epochs.
 * 10,000 images of MNIST, 3 epochs, seed 1; accuracy on the held-out images of the best epoch, which is the one that is kept.
 */
import { availableParallelism } from 'node:os';
import { MNIST_INPUT_SCALE } from '../src/datasets/mnist.ts';
import { createEngine } from '../src/engines/create-engine.ts';
import { ACTIVATIONS } from '../src/network/activations.ts';
import { defaultLearningRate, OPTIMIZERS } from '../src/network/optimizers.ts';
import { advise } from '../src/runs/coach.ts';
import type { Epoch } from '../src/training/epoch.ts';
import { fit } from '../src/training/fit.ts';
import { readFitData } from '../src/training/fit-data.ts';
import { DEFAULT_SETTINGS, SETTINGS, type Settings } from '../src/training/settings.ts';

const IMAGES = 10_000;
const EPOCHS = 3;
const FACTORS = [0.001, 0.01, 10, 100];
/** Advice of another kind is for more epochs than these. */
const FOLLOWED = ['diverged', 'guessing', 'noisy'];

console.log(
  '| optimizer | activation | batch size | rate | reads | advice | to try | then reads |\n|---|---|---|---|---|---|---|---|',
);
let followed = 0;
let better = 0;
for (const settings of grid()) {
  const epochs = await train(settings);
  const [advice] = advise(epochs, settings).filter(({ kind }) => FOLLOWED.includes(kind));
  const { optimizer, activation, batchsize, learningrate } = settings;
  const cells = [optimizer, activation, batchsize, learningrate, percent(epochs)];
  if (!advice?.settings) {
    console.log(`| ${cells.join(' | ')} | – | – | – |`);
    continue;
  }
  const after = await train({ ...settings, ...advice.settings });
  followed++;
  if (kept(after) > kept(epochs)) better++;
  const tried = Object.entries(advice.settings).map(([name, value]) => `${name} ${value}`);
  console.log(`| ${[...cells, advice.kind, tried.join(', '), percent(after)].join(' | ')} |`);
}
console.log(`\n${better} of ${followed} read more when the advice was followed.`);

function grid(): Settings[] {
  const defaults = { ...DEFAULT_SETTINGS, epochs: EPOCHS, patience: EPOCHS };
  return [1, 32].flatMap((batchsize) =>
    ACTIVATIONS.flatMap((activation) =>
      OPTIMIZERS.flatMap((optimizer) => {
        // With single images an epoch takes long, and only SGD has a rate of its own there.
        const factors = batchsize === 32 ? FACTORS : optimizer === 'sgd' ? [0.01, 8] : [];
        const rates = factors.map((factor) => factor * defaultLearningRate(optimizer, batchsize));
        return rates.map((rate) => {
          const learningrate = Math.min(SETTINGS.learningrate.max, Number(rate.toPrecision(6)));
          return { ...defaults, batchsize, activation, optimizer, learningrate };
        });
      }),
    ),
  );
}

/** Its epochs; those until the loss was no longer a number. */
async function train(settings: Settings): Promise<Epoch[]> {
  const { activation, optimizer, batchsize: batchSize } = settings;
  const threads = availableParallelism();
  const inputScale = MNIST_INPUT_SCALE;
  const engine = await createEngine('simd', { activation, optimizer, batchSize, inputScale, threads });
  const data = readFitData(engine, settings);
  const training = { ...data.training, to: data.training.from + IMAGES };
  const epochs: Epoch[] = [];
  fit(engine, { ...data, training }, settings, {
    batch: () => {},
    epoch: ({ epoch }) => epochs.push(epoch),
    stopRequested: () => false,
  });
  await engine.dispose();
  return epochs;
}

function kept(epochs: readonly Epoch[]): number {
  const best = epochs.reduce<Epoch | null>((a, b) => (a === null || b.val_loss < a.val_loss ? b : a), null);
  return best?.val_accuracy ?? 0;
}

function percent(epochs: readonly Epoch[]): string {
  return epochs.length === 0 ? 'diverged' : `${(100 * kept(epochs)).toFixed(1)} %`;
}
