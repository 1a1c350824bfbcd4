/** Each engine by itself: steps of every batch size, threads and build beside the machine's peak, and reading. */
import type { Engine } from '../src/engines/engine.ts';
import type { Build } from '../src/engines/simd/kernels.ts';
import { preferredBuild } from '../src/engines/simd/kernels.ts';
import { SimdEngine } from '../src/engines/simd/simd-engine.ts';
import { proveEqual, REFERENCE_OPTIONS } from './equality.ts';
import { CORES } from './machine.ts';
import { peakOf } from './peak.ts';
import type { Contestant } from './rounds.ts';
import { alternate, median, ratio, Stopwatch } from './rounds.ts';
import { fixed, percent, table } from './table.ts';
import { openTensorFlowEngine } from './tensorflow.ts';
import {
  GFLOP_FORWARD,
  GFLOP_TRAINING,
  initialWeights,
  load,
  TEST_IMAGES,
  TRAINING_IMAGES,
  testImages,
  trainer,
} from './work.ts';

const BATCH_SIZES = [1, 8, 32, 128];
const MILLISECONDS = 40;

/** 1, 2, 4 … and the number of cores. */
export const THREADS = [...new Set([1, 2, 4, 8, 16, 32, CORES].filter((threads) => threads <= CORES))];

const BUILDS: readonly Build[] = preferredBuild() === 'relaxed' ? ['relaxed', 'strict'] : ['strict'];

export async function openEngine(build: Build, threads: number): Promise<SimdEngine> {
  return SimdEngine.create({ ...REFERENCE_OPTIONS, batchSize: 128, build, threads });
}

interface Row extends Contestant {
  readonly cells: readonly string[];
  /** Images of a unit of work, and GFLOP of one image. */
  readonly images: number;
  readonly gflop: number;
  readonly threads: number;
  readonly watch: Stopwatch;
}

/** Proves, measures and prints. */
export async function engineTables(rounds: number): Promise<string> {
  const engines = await Promise.all(
    BUILDS.flatMap((build) =>
      THREADS.map(async (threads) => ({ build, threads, engine: await openEngine(build, threads) })),
    ),
  );
  const tensorFlow = openTensorFlowEngine();
  const proofs = [...engines, ...(tensorFlow ? [{ engine: tensorFlow }] : [])].map(
    ({ engine }) =>
      `${engine.description}: losses within ${proveEqual(engine).toExponential(1)} of Keras in float64`,
  );
  const peaks = await Promise.all(THREADS.map(peakOf));
  const rows = [
    ...engines.flatMap(({ build, threads, engine }) => contestants(engine, `simd, ${build}`, threads)),
    ...(tensorFlow ? contestants(tensorFlow, 'tensorflow', 1) : []),
  ];
  const times = await alternate([...peaks, ...rows], rounds);
  await Promise.all(engines.map(({ engine }) => engine.dispose()));
  await tensorFlow?.dispose();
  await Promise.all(peaks.map((peak) => peak.stop()));
  const peakLine = peaks.map(
    ({ name, best }) =>
      `${fixed(1000 / median(times.get(name)!), 1)} GFLOP/s (at best ${fixed(1000 / best(), 1)}) on ${name.split(', ')[1]}`,
  );
  return [
    proofs.map((proof) => `- ${proof}`).join('\n'),
    `Peak of multiply-add in WebAssembly: ${peakLine.join(', ')} threads. “Of the peak” is the median of the rounds' shares, “best of best” the fastest time beside the fastest peak: on a machine that others use, the two lie apart.`,
    table(
      [
        'engine',
        'threads',
        'work',
        'ms, best',
        'ms, median',
        's/60,000 images',
        'images/s',
        'GFLOP/s',
        'of the peak',
        'best of best',
      ],
      rows.map((row) => {
        const peak = peaks[THREADS.indexOf(row.threads)];
        return measured(row, times.get(row.name)!, times.get(peak.name)!, peak.best());
      }),
    ),
  ].join('\n\n');
}

function contestants(engine: Engine, name: string, threads: number): Row[] {
  const training = load(engine, 'train');
  const test = load(engine, 'test');
  engine.setState({ weights: initialWeights() });
  const row = (work: string, images: number, gflop: number, run: () => void): Row => ({
    name: `${name} ${threads} ${work}`,
    cells: [name, String(threads), work],
    images,
    gflop,
    threads,
    watch: new Stopwatch(),
    measure() {
      return this.watch.time(MILLISECONDS, run);
    },
  });
  const thousand = testImages(1000);
  const one = testImages(1);
  return [
    ...BATCH_SIZES.map((size) =>
      row(`step of ${size}`, size, GFLOP_TRAINING, trainer(engine, training, size)),
    ),
    row('evaluate 10,000', TEST_IMAGES, GFLOP_FORWARD, () => engine.evaluate(test)),
    row('predict 1,000', 1000, GFLOP_FORWARD, () => engine.predict(thousand)),
    row('predict 1', 1, GFLOP_FORWARD, () => engine.predict(one)),
  ];
}

function measured(row: Row, times: readonly number[], peak: readonly number[], bestPeak: number): string[] {
  const { cells, images, gflop, watch } = row;
  const ms = median(times);
  const share = ratio(
    peak,
    times.map((time) => time / (images * gflop)),
  );
  return [
    ...cells,
    fixed(watch.best, 3),
    fixed(ms, 3),
    fixed((ms / images) * (TRAINING_IMAGES / 1000), 2),
    fixed((images / ms) * 1000, 0),
    fixed((images * gflop * 1000) / ms, 1),
    percent(share),
    percent(bestPeak / (watch.best / (images * gflop))),
  ];
}
