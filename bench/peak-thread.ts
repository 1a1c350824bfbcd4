/** A thread that runs the peak's loop while it is told to. */
import { parentPort, workerData } from 'node:worker_threads';
import { GO, peakLoop, RUNNING } from './peak-loop.ts';

const { module, words } = workerData;
const loop = peakLoop(module);
parentPort!.postMessage('ready');
while (Atomics.load(words, GO) >= 0) {
  Atomics.wait(words, GO, 0);
  Atomics.add(words, RUNNING, 1);
  while (Atomics.load(words, GO) > 0) loop();
  Atomics.sub(words, RUNNING, 1);
}
