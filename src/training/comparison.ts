/** What a training changed in the weights that it began with: accuracy before and after it. */
import type { Engine, Metrics } from '../engines/engine.ts';
import type { FitData, ImageRange } from './image-set.ts';

/** Accuracy on some images, 0–1, with the weights that a run began with and with those it ended with. */
export interface Comparison {
  /** MNIST's test set, the corrections that were learnt from, or those kept apart. */
  readonly images: 'test' | 'learnt' | 'apart';
  readonly count: number;
  readonly before: number;
  readonly after: number;
}

/** What some weights say about the test set, and about the corrections when there are any. */
export interface Measured {
  readonly test: Metrics;
  readonly learnt: Metrics | null;
  readonly apart: Metrics | null;
}

/** With the weights that the engine has. */
export function measure(engine: Engine, { test, corrections }: FitData): Measured {
  const evaluate = ({ images, from, to }: ImageRange) => engine.evaluate(images, from, to);
  const orNothing = (range?: ImageRange) => (range && range.to > range.from ? evaluate(range) : null);
  return {
    test: evaluate(test),
    learnt: orNothing(corrections?.learnt),
    apart: orNothing(corrections?.apart),
  };
}

/** Sets of images that there are none of are left out. */
export function compare(before: Measured, after: Measured, { test, corrections }: FitData): Comparison[] {
  const ranges = { test, learnt: corrections?.learnt, apart: corrections?.apart };
  return (['test', 'learnt', 'apart'] as const).flatMap((images) => {
    const [was, is, range] = [before[images], after[images], ranges[images]];
    if (!was || !is || !range) return [];
    return { images, count: range.to - range.from, before: was.accuracy, after: is.accuracy };
  });
}
