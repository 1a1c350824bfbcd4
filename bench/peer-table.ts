/** The engine beside other frameworks: the same work in alternating rounds, and the ratio of each round. */
import { setTimeout as sleep } from 'node:timers/promises';
import { preferredBuild } from '../src/engines/simd/kernels.ts';
import type { SimdEngine } from '../src/engines/simd/simd-engine.ts';
import { openEngine } from './engine-table.ts';
import { checkLosses, proveEqual } from './equality.ts';
import { CORES } from './machine.ts';
import { Peer } from './peer.ts';
import type { Contestant } from './rounds.ts';
import { alternate, median, ratio } from './rounds.ts';
import { fixed, table, times } from './table.ts';
import { tensorFlowContestants } from './tensorflow.ts';
import { initialWeights, load, TEST_IMAGES, testImages, trainer } from './work.ts';

/** Frameworks leave threads spinning for a moment after their work; it is not to be the next one's trouble. */
const PAUSE = 250;
/** JAX compiles its second call anew, as by then its state lies elsewhere. */
const WARM_UPS = 2;
/** PyTorch's Adam adds epsilon at another place than Keras's, which shows in the third digit of the first losses. */
const PEER_TOLERANCE = 5e-3;
const OURS = 'simd';

interface Match {
  readonly work: string;
  readonly threads: number;
  /** Images of a step, or of a reading. */
  readonly batchSize: number;
  /** Steps or images of a segment. */
  readonly count: number;
  readonly peers: readonly string[];
  /** Also beside TensorFlow in this process. */
  readonly tensorFlow?: boolean;
  ours(engine: SimdEngine): () => void;
}

const train = (threads: number, batchSize: number, count: number, peers: string[]): Match => ({
  work: `step of ${batchSize}`,
  threads,
  batchSize,
  count,
  peers,
  ours: (engine) => trainer(engine, load(engine, 'train'), batchSize),
});

function matches(): Match[] {
  const [both, one] = [CORES, 1];
  const reading = { batchSize: 1, peers: ['onnx_runtime'] };
  return [
    { ...train(both, 32, 100, ['jax_data_parallel', 'pytorch', 'keras_fit']), tensorFlow: true },
    train(one, 32, 100, ['jax_data_parallel', 'pytorch']),
    train(both, 8, 200, ['jax_data_parallel', 'pytorch']),
    train(both, 128, 40, ['jax_data_parallel', 'pytorch']),
    ...[both, one].map((threads) => ({
      ...reading,
      work: 'an image of 10,000',
      threads,
      count: TEST_IMAGES,
      ours: (engine: SimdEngine) => {
        const test = load(engine, 'test');
        let at = 0;
        return () => {
          if (at % TEST_IMAGES === 0) engine.evaluate(test);
          at += 1;
        };
      },
    })),
    {
      ...reading,
      work: 'one image',
      threads: one,
      count: 500,
      ours: (engine) => {
        const image = testImages(1);
        return () => engine.predict(image);
      },
    },
  ];
}

/** @returns a table of medians and ratios; a peer that this Python does not have is named with its reason */
export async function peerTables(rounds: number): Promise<string> {
  const absent = new Map<string, string>();
  const rows: string[][] = [];
  for (const match of matches()) {
    rows.push(...(await play(match, rounds, absent)));
    console.error(`measured: ${match.work} on ${match.threads} of ${CORES} cores`);
  }
  const header = [
    'work',
    'threads',
    'framework',
    'ms, best',
    'ms, median',
    'simd is faster by (median of rounds)',
  ];
  const missing = [...absent].map(([script, reason]) => `- ${script}: ${reason}`);
  return [table(header, rows), ...missing].join('\n\n');
}

async function play(match: Match, rounds: number, absent: Map<string, string>): Promise<string[][]> {
  const { work, threads, batchSize, count } = match;
  const engine = await openEngine(preferredBuild(), threads);
  proveEqual(engine);
  engine.setState({ weights: initialWeights() });
  const run = match.ours(engine);
  const contestants: Contestant[] = [
    {
      name: OURS,
      measure: () => {
        const begin = performance.now();
        for (let i = 0; i < count; i++) run();
        return (performance.now() - begin) / count;
      },
    },
  ];
  if (match.tensorFlow) contestants.push(...(await tensorFlowContestants(batchSize, count)));
  const peers: Peer[] = [];
  for (const script of match.peers) {
    if (absent.has(script)) continue;
    try {
      const peer = await Peer.start(script, threads, batchSize);
      peers.push(peer);
      checkLosses(peer.description, await peer.check(), PEER_TOLERANCE);
      for (let i = 0; i < WARM_UPS; i++) await peer.run(count);
      contestants.push({
        name: peer.description,
        measure: async () => {
          await sleep(PAUSE);
          const time = await peer.run(count);
          await sleep(PAUSE);
          return time;
        },
      });
    } catch (error) {
      absent.set(script, String(error).trim().split('\n').at(-1)!);
    }
  }
  const measured = await alternate(contestants, rounds);
  await engine.dispose();
  for (const peer of peers) peer.stop();
  const ours = measured.get(OURS)!;
  return [...measured].map(([name, values]) => [
    work,
    String(threads),
    name,
    fixed(Math.min(...values), 3),
    fixed(median(values), 3),
    name === OURS ? '' : times(ratio(values, ours)),
  ]);
}
