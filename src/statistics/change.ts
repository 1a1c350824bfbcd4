/** What changes when one model takes the place of another, judged by the same images. */
import { accuracyOf, hitsOf } from './answers.ts';
import { discordance, mcNemar } from './mcnemar.ts';
import { SIGNIFICANT } from './verdict.ts';
import { type Interval, wilsonInterval } from './wilson.ts';

export interface Change {
  readonly count: number;
  /** Of the new model, 0–1, with its 95 % confidence interval. */
  readonly accuracy: number;
  readonly interval: Interval;
  /** Of the one before. */
  readonly before: number;
  /** Indices of the images that only the new model gets right, and of those that only the one before does. */
  readonly won: readonly number[];
  readonly lost: readonly number[];
  /** McNemar's p. */
  readonly p: number;
  /** What that means; "same" also when there are too few images to tell. */
  readonly verdict: 'better' | 'worse' | 'same';
}

/**
 * @param labels [N], N > 0
 * @param now [N] the new model's answers
 * @param before [N] those of the one before
 */
export function change(labels: Uint8Array, now: Uint8Array, before: Uint8Array): Change {
  const [hits, hadHits] = [hitsOf(now, labels), hitsOf(before, labels)];
  const counts = discordance(hits, hadHits);
  const p = mcNemar(counts);
  const indices = (wanted: number) => [...hits.keys()].filter((i) => hits[i] - hadHits[i] === wanted);
  const accuracy = accuracyOf(now, labels);
  return {
    count: labels.length,
    accuracy,
    interval: wilsonInterval(
      hits.reduce((sum, hit) => sum + hit, 0),
      labels.length,
    ),
    before: accuracyOf(before, labels),
    won: indices(1),
    lost: indices(-1),
    p,
    verdict: p >= SIGNIFICANT ? 'same' : counts.onlyFirst > counts.onlySecond ? 'better' : 'worse',
  };
}
