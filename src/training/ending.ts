import type { Comparison } from './comparison.ts';
import type { TestResult } from './test-answers.ts';

/** How training ended; `interrupted` = the process died or was stopped during it. */
export const END_STATES = ['finished', 'stopped', 'failed', 'interrupted'] as const;

/** The end of a training. */
export interface Ending {
  readonly state: (typeof END_STATES)[number];
  /** A sentence for people. */
  readonly reason: string | null;
  /** On the test set with the best weights. */
  readonly test?: TestResult | null;
  /** For an interrupted one: whether it resumes by itself. */
  readonly resumes?: boolean;
  readonly comparisons?: readonly Comparison[];
  /** Temperature of its best weights: divisor of the logits for calibrated probabilities; null = unknown. */
  readonly temperature?: number | null;
}
