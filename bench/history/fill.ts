import { readTestLabels } from '../../src/datasets/mnist.ts';
import { DIGITS } from '../../src/network/lenet5.ts';
import { OPTIMIZER, OPTIMIZERS } from '../../src/network/optimizers.ts';
import { Random } from '../../src/network/random.ts';
import { accuracyOf } from '../../src/statistics/answers.ts';
import type { RunStore } from '../../src/store/run-store.ts';
import type { Checkpoint } from '../../src/training/checkpoint.ts';
import type { Epoch } from '../../src/training/epoch.ts';
import { DEFAULT_SETTINGS } from '../../src/training/settings.ts';
import { addEpoch, begin, end } from '../../test/help/train.ts';

const OWNERS = ['Ada', 'Grace', 'Edsger', 'Barbara', ''].map((name, i) => ({ id: `owner${i}`, name }));

/**
 * Fills a store as years of lessons do: runs of all optimizers and owners with curves that fall as real ones do. The
 * newest run is going on and has checkpoints of full size, as adam leaves them; the others' are small, for no list or
 * page reads them.
 *
 * @param runs how many; each with so many `epochs`
 * @returns the newest one's id
 */
export async function fillStore(store: RunStore, runs: number, epochs: number): Promise<number> {
  const random = new Random(1);
  let id = 0;
  for (let i = 0; i < runs; i++) {
    const optimizer = OPTIMIZERS[random.below(OPTIMIZERS.length)];
    const { learningRate } = OPTIMIZER[optimizer];
    const settings = {
      ...DEFAULT_SETTINGS,
      optimizer,
      learningrate: learningRate,
      epochs,
      seed: i,
      patience: 200,
    };
    id = (await store.create(settings, { owner: OWNERS[random.below(OWNERS.length)] })).id;
    await begin(store, id);
    const isNewest = i === runs - 1;
    await fillRun(store, id, epochs, random, isNewest ? DIGITS.parameterCount : 1);
    if (!isNewest) await endRun(store, id, random);
    if (random.next() % 5 === 0)
      await store.setLabel(id, { name: `Try ${i} of a lesson`, pinned: i % 50 === 0 });
  }
  return id;
}

async function fillRun(
  store: RunStore,
  id: number,
  epochs: number,
  random: Random,
  parameters: number,
): Promise<void> {
  const floor = random.uniform(0.025, 0.08);
  let lowest = Number.POSITIVE_INFINITY;
  for (let epoch = 1; epoch <= epochs; epoch++) {
    const loss = 0.3 / epoch + 0.002;
    const val_loss = floor + 0.1 / epoch + epoch * 0.0002 + random.uniform(0, 0.01);
    const metrics: Epoch = {
      epoch,
      loss,
      accuracy: 1 - loss / 3,
      val_loss,
      val_accuracy: 1 - val_loss / 4,
      seconds: random.uniform(1.5, 2),
    };
    await addEpoch(store, id, metrics, checkpoint(parameters), val_loss < lowest);
    lowest = Math.min(lowest, val_loss);
  }
}

async function endRun(store: RunStore, id: number, random: Random): Promise<void> {
  const labels = readTestLabels();
  const answers = labels.map((label) => (random.below(16) === 0 ? random.below(10) : label));
  const accuracy = accuracyOf(answers, labels);
  await end(store, id, { state: 'finished', reason: null, test: { loss: 0.05, accuracy, answers } });
}

function checkpoint(parameters: number): Checkpoint {
  const weights = new Float32Array(parameters);
  return { weights, slots: { momentum: weights, velocity: weights }, step: 1, random: [1, 2, 3, 4] };
}
