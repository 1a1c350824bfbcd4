/** Of the images that two models were tested on, those that only one of them gets right. */
export interface Discordance {
  readonly onlyFirst: number;
  readonly onlySecond: number;
}

/**
 * Compares two tests on the same images.
 *
 * @param first [N] 1 for each image that was right, else 0
 * @param second as long as the first
 */
export function discordance(first: Uint8Array, second: Uint8Array): Discordance {
  let onlyFirst = 0;
  let onlySecond = 0;
  for (let i = 0; i < first.length; i++) {
    if (first[i] > second[i]) onlyFirst += 1;
    else if (first[i] < second[i]) onlySecond += 1;
  }
  return { onlyFirst, onlySecond };
}

/**
 * McNemar's test, two-sided: how likely a split as uneven as this one, or more, would be if both models were equally
 * good, each discordant image then being a toss of a coin. The mid-p value: half of the probability of the split itself is
 * left out, because the exact test, whose values are few, says "significant" far less often than 5 times in 100.
 *
 * Q. McNemar, Psychometrika 12 (1947), 153–157, with the binomial instead of the normal distribution. Mid-p: M. W.
 * Fagerland, S. Lydersen, P. Laake, "The McNemar test for binary matched-pairs data", BMC Medical Research Methodology
 * 13:91 (2013). For classifiers: T. G. Dietterich, Neural Computation 10 (1998), 1895–1923.
 *
 * @returns p, 0–1
 */
export function mcNemar({ onlyFirst, onlySecond }: Discordance): number {
  // Exact; the sum below has rounding errors.
  if (onlyFirst === onlySecond) return 1;
  const { point, upTo } = coinTosses(Math.min(onlyFirst, onlySecond), onlyFirst + onlySecond);
  return 2 * upTo - point;
}

/** P(X = k) and P(X ≤ k) of a fair coin tossed n times; k ≤ n / 2. */
function coinTosses(k: number, n: number): { readonly point: number; readonly upTo: number } {
  // The logarithm, because 2⁻ⁿ is too small to be a number when n is large.
  let log = -n * Math.LN2;
  for (let i = 1; i <= k; i++) log += Math.log((n - i + 1) / i);
  const point = Math.exp(log);
  let term = point;
  let upTo = point;
  for (let i = k; i > 0; i--) {
    term *= i / (n - i + 1);
    upTo += term;
  }
  return { point, upTo };
}
