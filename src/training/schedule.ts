/** The course of the learning rate over a run. */

export const SCHEDULES = ['constant', 'onecycle', 'cosine'] as const;

export type Schedule = (typeof SCHEDULES)[number];

/** One-cycle: share of the steps in which the rate rises, where it starts and where it ends. */
const RISING_SHARE = 0.3;
const START_DIVISOR = 25;
const END_DIVISOR = 250_000;

/**
 * The learning rate of one step.
 *
 * - `constant`: the rate that was set.
 * - `cosine`: from the rate that was set down to 0 (I. Loshchilov, F. Hutter, 2017).
 * - `onecycle`: rises from 1/25 of the rate to the rate in the first 30 % of the steps, then falls to 1/250,000 of it,
 *   both along half a cosine (L. Smith, 2018; the proportions are those of PyTorch's OneCycleLR).
 *
 * @param rate the rate that was set: the highest one
 * @param step steps done, 0 … total − 1
 * @param total steps of the whole run
 */
export function learningRateAt(schedule: Schedule, rate: number, step: number, total: number): number {
  if (schedule === 'constant' || total <= 1) return rate;
  if (schedule === 'cosine') return halfCosine(rate, 0, step / (total - 1));
  const peak = RISING_SHARE * total - 1;
  if (step <= peak) return halfCosine(rate / START_DIVISOR, rate, step / peak);
  return halfCosine(rate, rate / END_DIVISOR, (step - peak) / (total - 1 - peak));
}

/** From `start` (share 0) to `end` (share 1). */
function halfCosine(start: number, end: number, share: number): number {
  return end + ((start - end) * (1 + Math.cos(Math.PI * share))) / 2;
}
