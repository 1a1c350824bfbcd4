/** The loop of the peak, and what its threads agree on; apart from peak.ts, which brings a compiler with it. */
const TURNS = 50_000;
/** Of one call: a multiplication and an addition of ten vectors of four a turn. */
export const FLOPS = TURNS * 10 * 4 * 2;

type Peak = (turns: number, factor: number, term: number) => number;

export function peakLoop(module: WebAssembly.Module): () => void {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const { peak } = new WebAssembly.Instance(module, { env: { memory } }).exports as { peak: Peak };
  return () => {
    peak(TURNS, 0.75, 0.25);
  };
}

/** Places in the words that the threads share: whether to run (−1: to end), and how many do. */
export const GO = 0;
export const RUNNING = 1;
