/** What a training changed in the weights that it began with: accuracy before and after it. */
import type { Engine, Metrics } from '../engines/engine.ts';
import type { Comparison } from '../store/run.ts';
import type { FitData, ImageRange } from './fit.ts';

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
