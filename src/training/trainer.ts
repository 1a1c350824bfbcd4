import type { Engine, EngineName, EngineOptions, Metrics } from '../engines/engine.ts';
import { EngineAbsentError } from '../engines/engine.ts';
import { CodedError } from '../errors.ts';
import type { CorrectedImages } from './correction-sets.ts';
import { Counters } from './counters.ts';
import { type EpochReport, type FitEnding, fit } from './fit.ts';
import type { FitData } from './image-set.ts';
import type { StartMessage, TrainerMessage } from './messages.ts';
import type { Settings } from './settings.ts';

/** What the thread entry gives the trainer. */
export interface TrainerParts {
  readonly createEngine: (name: EngineName, options: EngineOptions) => Promise<Engine> | Engine;
  readonly readData: (engine: Engine, settings: Settings, corrections: CorrectedImages | null) => FitData;
  readonly send: (message: TrainerMessage, transfer: ArrayBuffer[]) => void;
}

/** One run in its thread, from start message to end message. Unexpected errors are thrown, and end the thread. */
export async function train(start: StartMessage, parts: TrainerParts): Promise<void> {
  const ending = await expectedTrouble(() => run(start, parts));
  parts.send({ type: 'end', ending }, []);
}

async function run(
  { settings, inputScale, from, corrections, threads, counters: memory }: StartMessage,
  { createEngine, readData, send }: TrainerParts,
): Promise<FitEnding> {
  const { activation, optimizer, batchsize: batchSize } = settings;
  const counters = new Counters(memory);
  const engine = await createEngine(settings.engine, {
    activation,
    optimizer,
    batchSize,
    threads,
    inputScale,
  });
  try {
    const data = readData(engine, settings, corrections);
    counters.begin(data.training.to - data.training.from);
    const reports = {
      batch: (metrics: Metrics, seconds: number) => counters.countStep({ ...metrics, seconds }),
      epoch: (report: EpochReport) => send({ type: 'epoch', ...report }, buffersOf(report)),
      stopRequested: () => counters.stopRequested,
    };
    return fit(engine, data, settings, reports, from);
  } finally {
    await engine.dispose();
  }
}

function buffersOf({ checkpoint: { weights, slots } }: EpochReport): ArrayBuffer[] {
  return [weights, ...Object.values(slots)].map((array) => array.buffer as ArrayBuffer);
}

/** A coded error ends the run as failed, with its sentence. */
async function expectedTrouble(work: () => Promise<FitEnding>): Promise<Omit<FitEnding, 'bestEpoch'>> {
  try {
    const { bestEpoch, ...ending } = await work();
    return ending;
  } catch (error) {
    if (error instanceof CodedError || error instanceof EngineAbsentError) {
      return { state: 'failed', reason: error.message, test: null };
    }
    throw error;
  }
}
