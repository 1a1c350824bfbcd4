/** The pool when a thread fails; what it does otherwise is what the engine's tests are about. */
import t, { type Test } from 'tap';
import { loadKernels } from '../../../src/engines/simd/kernels.ts';
import { layOut } from '../../../src/engines/simd/layout.ts';
import { SharedHeap } from '../../../src/engines/simd/shared-heap.ts';
import type { Job, ThreadSetup } from '../../../src/engines/simd/tasks.ts';
import { JOB } from '../../../src/engines/simd/tasks.ts';
import { ThreadPool } from '../../../src/engines/simd/thread-pool.ts';
import { DIGITS } from '../../../src/network/lenet5.ts';

const JOB_OF_BLANKS: Job = {
  kind: JOB.predict,
  count: 128,
  images: 0,
  labels: 0,
  from: 0,
  size: 0,
  target: 0,
};

async function startPool(t: Test, breakThread: boolean) {
  const heap = new SharedHeap();
  const layout = layOut(heap, DIGITS, 2, 0, undefined);
  const [own, other] = layout.scratch;
  // A thread whose scratch lies outside of the memory traps in its first kernel.
  const outside = Object.fromEntries(Object.keys(own.groups[0]).map((name) => [name, 2 ** 31]));
  const broken = { ...other, groups: [outside, outside] } as unknown as typeof other;
  const setup: ThreadSetup = {
    module: await loadKernels('strict'),
    memory: heap.memory,
    layout: breakThread ? { ...layout, scratch: [own, broken] } : layout,
    activation: 'relu',
    inputScale: 1,
    optimizer: undefined,
    spin: 1000,
  };
  const pool = await ThreadPool.start(setup);
  t.teardown(() => pool.stop());
  return pool;
}

/** Runs jobs until the other thread has had a chance to take a task. */
async function runMany(pool: ThreadPool, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    pool.run(JOB_OF_BLANKS, 16);
    await new Promise(setImmediate);
  }
}

t.test('a thread that fails fails the engine, now and later', async (t) => {
  const pool = await startPool(t, true);
  await t.rejects(runMany(pool, 500), /thread of the simd engine failed/);
  t.throws(() => pool.run(JOB_OF_BLANKS, 16), /can no longer be used/);
});

t.test('a sound pool goes on', async (t) => {
  const pool = await startPool(t, false);
  await t.resolves(runMany(pool, 20));
});
