/** Entry of a thread of the pool: reports that it is ready, then computes until the pool is stopped. */
import { parentPort, workerData } from 'node:worker_threads';
import { serve } from './thread-pool.ts';

parentPort!.postMessage('ready');
serve(workerData.setup, workerData.thread);
