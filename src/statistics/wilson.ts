/** Bounds of a share, both 0–1. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** 97.5 % quantile of the normal distribution. */
const Z = 1.959963984540054;

/**
 * Wilson's score interval: the shares that would, 95 times in 100, not be contradicted by what was counted. Unlike
 * p ± z·√(p(1 − p)/n) it stays within 0–1 and holds for shares near 1, as accuracies are.
 *
 * E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927), without
 * continuity correction: method 3 of R. G. Newcombe, Statistics in Medicine 17 (1998), 857–872.
 *
 * @param hits how many of the trials, 0 – trials
 * @param trials above 0
 */
export function wilsonInterval(hits: number, trials: number): Interval {
  const share = hits / trials;
  const z2 = (Z * Z) / trials;
  const centre = share + z2 / 2;
  const half = Z * Math.sqrt((share * (1 - share)) / trials + z2 / (4 * trials));
  // At the ends the formula gives 0 and 1, up to rounding.
  const low = hits === 0 ? 0 : (centre - half) / (1 + z2);
  const high = hits === trials ? 1 : (centre + half) / (1 + z2);
  return { low, high };
}
