/** Entry of the thread that measures an engine in the background. */
import { parentPort, workerData } from 'node:worker_threads';
import { MNIST_INPUT_SCALE } from '../datasets/mnist.ts';
import { createEngine } from '../engines/create-engine.ts';
import { EngineAbsentError, type EngineName } from '../engines/engine.ts';
import { type EngineSpeed, measureSpeed } from './engine-speed.ts';

/** Its `workerData`. */
export interface MeasureMessage {
  readonly engine: EngineName;
  readonly threads: number;
}

/** Its only answer: a speed, or a sentence why the engine is not available on this machine. */
export type MeasuredMessage =
  | { readonly speed: EngineSpeed; readonly absent?: never }
  | { readonly speed?: never; readonly absent: string };

parentPort!.postMessage(await measure(workerData as MeasureMessage));

async function measure({ engine: name, threads }: MeasureMessage): Promise<MeasuredMessage> {
  try {
    const engine = await createEngine(name, {
      activation: 'relu',
      optimizer: 'adam',
      inputScale: MNIST_INPUT_SCALE,
      batchSize: 128,
      threads,
    });
    const speed = measureSpeed(engine);
    await engine.dispose();
    return { speed };
  } catch (error) {
    if (error instanceof EngineAbsentError) return { absent: error.message };
    throw error;
  }
}
