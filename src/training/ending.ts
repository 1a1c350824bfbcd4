import type { Comparison } from './comparison.ts';
import type { TestResult } from './test-answers.ts';

/** What became of a training; `interrupted` = the process died or was stopped in it. */
export const END_STATES = ['finished', 'stopped', 'failed', 'interrupted'] as const;

/** How a training ended. */
export interface Ending {
  readonly state: (typeof END_STATES)[number];
  /** A sentence for people. */
  readonly reason: string | null;
  /** On the test set with the best weights. */
  readonly test?: TestResult | null;
  /** Of an interrupted one: it goes on by itself. */
  readonly resumes?: boolean;
  readonly comparisons?: readonly Comparison[];
  /** What the logits of its best weights are to be divided by so that probabilities are calibrated; null = unknown. */
  readonly temperature?: number | null;
}
