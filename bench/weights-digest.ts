/**
 * `npm run bench:weights-digest`: digests of the weights after a hundred steps, for each build, number of threads and
 * optimizer. The same on every Node that runs it: `path/to/another/node bench/weights-digest.ts`.
 */
import { createHash } from 'node:crypto';
import { type Build, preferredBuild } from '../src/engines/simd/kernels.ts';
import { SimdEngine } from '../src/engines/simd/simd-engine.ts';
import { OPTIMIZERS } from '../src/network/optimizers.ts';
import { REFERENCE_OPTIONS } from './equality.ts';
import { initialWeights, load, trainer } from './work.ts';

const STEPS = 100;
const BATCH_SIZE = 33;
const THREADS = [1, 2, 3];
const BUILDS: readonly Build[] = preferredBuild() === 'relaxed' ? ['relaxed', 'strict'] : ['strict'];

console.log(`Node ${process.version}`);
for (const build of BUILDS) {
  for (const optimizer of OPTIMIZERS) {
    const digests = [];
    for (const threads of THREADS) digests.push(await digest(build, optimizer, threads));
    const same = new Set(digests).size === 1;
    console.log(`${build} ${optimizer}: ${same ? `${digests[0]} on ${THREADS} threads` : digests.join(' ')}`);
    if (!same) process.exitCode = 1;
  }
}

async function digest(
  build: Build,
  optimizer: (typeof OPTIMIZERS)[number],
  threads: number,
): Promise<string> {
  const engine = await SimdEngine.create({
    ...REFERENCE_OPTIONS,
    optimizer,
    batchSize: BATCH_SIZE,
    build,
    threads,
  });
  engine.setState({ weights: initialWeights() });
  const step = trainer(engine, load(engine, 'train'), BATCH_SIZE);
  for (let i = 0; i < STEPS; i++) step();
  const { weights } = engine.getState();
  await engine.dispose();
  return createHash('sha256').update(weights).digest('hex').slice(0, 16);
}
