/**
 * `npm run bench:keras-parity [-- adam sgd]`: what the tutorial's user sees, beside the same training here. Raw bytes as
 * inputs, Keras's hyper-parameters, the test set as validation, patience 3; five seeds each. PYTHON names a Python with
 * Keras and TensorFlow.
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { createEngine } from '../src/engines/create-engine.ts';
import { OPTIMIZER, OPTIMIZERS, type OptimizerName } from '../src/network/optimizers.ts';
import { fit } from '../src/training/fit.ts';
import { readFitData } from '../src/training/fit-data.ts';
import { DEFAULT_SETTINGS } from '../src/training/settings.ts';
import { CORES } from './machine.ts';
import { table } from './table.ts';

const SEEDS = [1, 2, 3, 4, 5];
const PEER = path.join(import.meta.dirname, 'peers/keras_tutorial.py');

/** In percent. */
interface Result {
  /** Accuracy on the test set after each epoch. */
  readonly epochs: readonly number[];
  /** With the weights that are kept. */
  readonly kept: number;
}

const chosen = process.argv.slice(2);
const optimizers = OPTIMIZERS.filter((name) => (chosen.length ? chosen.includes(name) : name === 'adam'));
const rows: string[][] = [];
for (const optimizer of optimizers) {
  const ours: Result[] = [];
  const keras: Result[] = [];
  for (const seed of SEEDS) {
    ours.push(await trainHere(optimizer, seed));
    keras.push(trainInKeras(optimizer, seed));
    console.error(`${optimizer}, seed ${seed}: ${ours.at(-1)!.kept} here, ${keras.at(-1)!.kept} in Keras`);
  }
  rows.push(row(optimizer, 'Keras', keras), row(optimizer, 'the workbench', ours));
}
console.log(
  table(
    [
      'optimizer',
      'trained by',
      'after epoch 1: mean (min–max)',
      'kept: mean (min–max), %',
      'epochs',
      'each seed',
    ],
    rows,
  ),
);

async function trainHere(optimizer: OptimizerName, seed: number): Promise<Result> {
  const { kerasLearningRate } = OPTIMIZER[optimizer];
  const settings = {
    ...DEFAULT_SETTINGS,
    optimizer,
    seed,
    learningrate: kerasLearningRate,
    validation: 'test',
  } as const;
  const engine = await createEngine('simd', {
    activation: settings.activation,
    optimizer,
    inputScale: 1,
    batchSize: settings.batchsize,
    threads: CORES,
  });
  const epochs: number[] = [];
  const { test } = fit(engine, readFitData(engine, settings), settings, {
    batch: () => {},
    epoch: ({ epoch }) => epochs.push(100 * epoch.val_accuracy),
    stopRequested: () => false,
  });
  await engine.dispose();
  return { epochs, kept: 100 * test!.accuracy };
}

/** @throws Error with what Python said when it has no Keras */
function trainInKeras(optimizer: OptimizerName, seed: number): Result {
  const { batchsize } = DEFAULT_SETTINGS;
  const { stdout, stderr, status } = spawnSync(
    process.env.PYTHON ?? 'python3',
    [PEER, String(CORES), String(batchsize), optimizer, String(seed)],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout.trim().split('\n').at(-1)!);
}

function row(optimizer: string, name: string, results: readonly Result[]): string[] {
  return [
    optimizer,
    name,
    spread(results.map(({ epochs }) => epochs[0])),
    spread(results.map(({ kept }) => kept)),
    results.map(({ epochs }) => epochs.length).join(' '),
    results.map(({ kept }) => kept.toFixed(2)).join(' '),
  ];
}

function spread(values: readonly number[]): string {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return `${mean.toFixed(2)} (${Math.min(...values).toFixed(2)}–${Math.max(...values).toFixed(2)})`;
}
