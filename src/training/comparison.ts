/** What training changed in existing weights: accuracy before and after. */
import type { Engine, Metrics } from '../engines/engine.ts';
import type { FitData, ImageRange } from './image-set.ts';

/** Accuracy on a set of images, 0–1, with the initial and the final weights of a run. */
export interface Comparison {
  /** MNIST's test set, the corrections trained on, or those held out. */
  readonly images: 'test' | 'learnt' | 'apart';
  readonly count: number;
  readonly before: number;
  readonly after: number;
}

/** Accuracy of some weights on the test set, and on the corrections if there are any. */
export interface Measured {
  readonly test: Metrics;
  readonly learnt: Metrics | null;
  readonly apart: Metrics | null;
}

/** With the engine's current weights. */
export function measure(engine: Engine, { test, corrections }: FitData): Measured {
  const evaluate = ({ images, from, to }: ImageRange) => engine.evaluate(images, from, to);
  const orNothing = (range?: ImageRange) => (range && range.to > range.from ? evaluate(range) : null);
  return {
    test: evaluate(test),
    learnt: orNothing(corrections?.learnt),
    apart: orNothing(corrections?.apart),
  };
}

/** Empty sets are omitted. */
export function compare(before: Measured, after: Measured, { test, corrections }: FitData): Comparison[] {
  const ranges = { test, learnt: corrections?.learnt, apart: corrections?.apart };
  return (['test', 'learnt', 'apart'] as const).flatMap((images) => {
    const [was, is, range] = [before[images], after[images], ranges[images]];
    if (!was || !is || !range) return [];
    return { images, count: range.to - range.from, before: was.accuracy, after: is.accuracy };
  });
}
