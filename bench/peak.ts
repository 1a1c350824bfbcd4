/**
 * What this machine could reach: a bare multiply-add loop in WebAssembly SIMD, on some threads at once, without a load
 * or a store.
 */
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { compile } from '../scripts/build-kernels.ts';
import { preferredBuild } from '../src/engines/simd/kernels.ts';
import type { Contestant } from './rounds.ts';
import { timed } from './rounds.ts';

const TURNS = 50_000;
/** A multiplication and an addition of ten vectors of four a turn. */
const FLOPS = TURNS * 10 * 4 * 2;
const MILLISECONDS = 20;

type PeakLoop = (turns: number, factor: number, term: number) => number;

/** The loop, in the build that this machine prefers. */
async function compilePeak(): Promise<WebAssembly.Module> {
  const file = path.join(tmpdir(), `lenet5-peak-${process.pid}.wasm`);
  const features = preferredBuild() === 'relaxed' ? 'simd,threads,relaxed-simd' : 'simd,threads';
  await compile('src/engines/simd/assembly/peak.ts', file, features);
  return WebAssembly.compile(await readFile(file));
}

export function peakLoop(module: WebAssembly.Module): () => void {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const { peak } = new WebAssembly.Instance(module, { env: { memory } }).exports as { peak: PeakLoop };
  return () => {
    peak(TURNS, 0.75, 0.25);
  };
}

/** Places in the words that the threads of a peak share. */
export const GO = 0;
export const RUNNING = 1;

/** GFLOP/s of `threads` threads together, as a contestant whose unit is one GFLOP. */
export async function peakOf(threads: number): Promise<Contestant & { stop(): Promise<unknown> }> {
  const module = await compilePeak();
  const loop = peakLoop(module);
  const words = new Int32Array(new SharedArrayBuffer(8));
  const file = new URL('./peak-thread.ts', import.meta.url);
  const workers = Array.from(
    { length: threads - 1 },
    () => new Worker(file, { workerData: { module, words } }),
  );
  await Promise.all(workers.map((worker) => new Promise((ready) => worker.once('message', ready))));
  return {
    name: `peak, ${threads}`,
    measure() {
      Atomics.store(words, GO, 1);
      Atomics.notify(words, GO);
      while (Atomics.load(words, RUNNING) < threads - 1);
      const milliseconds = timed(MILLISECONDS, loop);
      Atomics.store(words, GO, 0);
      while (Atomics.load(words, RUNNING) > 0);
      return milliseconds / threads / (FLOPS / 1e9);
    },
    stop: () => Promise.all(workers.map((worker) => worker.terminate())),
  };
}
