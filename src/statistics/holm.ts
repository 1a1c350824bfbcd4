/**
 * Holm's adjustment: a reader of several differences at once finds one by chance more easily, so that each p-value is
 * raised until "one or more below 0.05" happens at most 5 times in 100 when nothing differs. That holds for a choice of them
 * too, however it is made, as long as `values` has all those that could have been chosen.
 *
 * S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6 (1979), 65–70.
 *
 * @param values p of each test, 0–1
 * @returns the adjusted ones, in the same order; a single one stays what it is
 */
export function holm(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((a, b) => values[a] - values[b]);
  const adjusted = new Array<number>(values.length);
  let highest = 0;
  for (const [rank, i] of order.entries()) {
    highest = Math.max(highest, Math.min(1, (values.length - rank) * values[i]));
    adjusted[i] = highest;
  }
  return adjusted;
}
