import { MNIST_INPUT_SCALE } from '../datasets/mnist.ts';
import type { Engine, EngineName, EngineOptions } from '../engines/engine.ts';
import { EngineAbsentError } from '../engines/engine.ts';
import { CodedError } from '../errors.ts';
import { Counters } from './counters.ts';
import { type EpochReport, type FitData, type FitEnding, fit } from './fit.ts';
import type { StartMessage, TrainerMessage } from './messages.ts';
import type { Settings } from './settings.ts';

/** What the thread entry gives the trainer. */
export interface TrainerParts {
  readonly createEngine: (name: EngineName, options: EngineOptions) => Promise<Engine> | Engine;
  readonly readData: (engine: Engine, settings: Settings) => FitData;
  readonly send: (message: TrainerMessage, transfer: ArrayBuffer[]) => void;
}

/** One run in its thread, from start message to end message. What nobody expects is thrown, and ends the thread. */
export async function train(
  { settings, threads, counters }: StartMessage,
  parts: TrainerParts,
): Promise<void> {
  const ending = await expectedTrouble(() => run(settings, threads, new Counters(counters), parts));
  parts.send({ type: 'end', ending }, []);
}

async function run(
  settings: Settings,
  threads: number,
  counters: Counters,
  { createEngine, readData, send }: TrainerParts,
): Promise<FitEnding> {
  const { activation, optimizer, batchsize: batchSize } = settings;
  const options = { activation, optimizer, batchSize, threads, inputScale: MNIST_INPUT_SCALE };
  const engine = await createEngine(settings.engine, options);
  try {
    const data = readData(engine, settings);
    counters.begin(data.training.to - data.training.from);
    return fit(engine, data, settings, {
      batch: (metrics, seconds) => counters.countStep({ ...metrics, seconds }),
      epoch: (report) => send({ type: 'epoch', ...report }, buffersOf(report)),
      stopRequested: () => counters.stopRequested,
    });
  } finally {
    await engine.dispose();
  }
}

function buffersOf({ checkpoint: { weights, slots } }: EpochReport): ArrayBuffer[] {
  return [weights, ...Object.values(slots)].map((array) => array.buffer as ArrayBuffer);
}

/** Trouble that has a sentence ends the run as failed with it. */
async function expectedTrouble(work: () => Promise<FitEnding>): Promise<Omit<FitEnding, 'bestEpoch'>> {
  try {
    const { state, reason, test } = await work();
    return { state, reason, test: test ?? null };
  } catch (error) {
    if (error instanceof CodedError || error instanceof EngineAbsentError) {
      return { state: 'failed', reason: error.message, test: null };
    }
    throw error;
  }
}
