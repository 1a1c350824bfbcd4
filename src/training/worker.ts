/** Entry of the thread that trains one run. */
import { parentPort, workerData } from 'node:worker_threads';
import { createEngine } from '../engines/create-engine.ts';
import { readFitData } from './fit-data.ts';
import type { StartMessage } from './messages.ts';
import { train } from './trainer.ts';

await train(workerData as StartMessage, {
  createEngine,
  readData: readFitData,
  send: (message, transfer) => parentPort!.postMessage(message, transfer),
});
