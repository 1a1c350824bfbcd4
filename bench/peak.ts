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
import { FLOPS, GO, peakLoop, RUNNING } from './peak-loop.ts';
import type { Contestant } from './rounds.ts';
import { Stopwatch } from './rounds.ts';

const MILLISECONDS = 20;

/** The loop, in the build that this machine prefers. */
async function compilePeak(): Promise<WebAssembly.Module> {
  const file = path.join(tmpdir(), `lenet5-peak-${process.pid}.wasm`);
  const features = preferredBuild() === 'relaxed' ? 'simd,threads,relaxed-simd' : 'simd,threads';
  await compile('src/engines/simd/assembly/peak.ts', file, features);
  return WebAssembly.compile(await readFile(file));
}

/** GFLOP/s of `threads` threads together, as a contestant whose unit is one GFLOP. */
export async function peakOf(
  threads: number,
): Promise<Contestant & { best(): number; stop(): Promise<unknown> }> {
  const module = await compilePeak();
  const loop = peakLoop(module);
  const words = new Int32Array(new SharedArrayBuffer(8));
  const file = new URL('./peak-thread.ts', import.meta.url);
  const workers = Array.from(
    { length: threads - 1 },
    () => new Worker(file, { workerData: { module, words } }),
  );
  const ends = workers.map((worker) => new Promise((end) => worker.once('exit', end)));
  await Promise.all(workers.map((worker) => new Promise((ready) => worker.once('message', ready))));
  const watch = new Stopwatch();
  const perGflop = threads * (FLOPS / 1e9);
  return {
    best: () => watch.best / perGflop,
    name: `peak, ${threads}`,
    measure() {
      Atomics.store(words, GO, 1);
      Atomics.notify(words, GO);
      while (Atomics.load(words, RUNNING) < threads - 1);
      const milliseconds = watch.time(MILLISECONDS, loop);
      Atomics.store(words, GO, 0);
      while (Atomics.load(words, RUNNING) > 0);
      return milliseconds / perGflop;
    },
    stop: () => {
      Atomics.store(words, GO, -1);
      Atomics.notify(words, GO);
      return Promise.all(ends);
    },
  };
}
