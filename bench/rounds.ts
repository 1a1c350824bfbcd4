/** Measuring in alternating rounds: what disturbs the machine for a while disturbs all contestants alike. */
export interface Contestant {
  readonly name: string;
  /** Works for a moment and says how long a unit of its work took, in milliseconds. */
  measure(): number | Promise<number>;
}

/** Milliseconds of each contestant, [rounds]. The first round is to warm up and does not count. */
export async function alternate(
  contestants: readonly Contestant[],
  rounds: number,
): Promise<Map<string, number[]>> {
  const times = new Map<string, number[]>(contestants.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (let i = 0; i < contestants.length; i++) {
      const contestant = contestants[(i + round) % contestants.length];
      const time = await contestant.measure();
      if (round > 0) times.get(contestant.name)!.push(time);
    }
  }
  return times;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Median of a / b, round by round. */
export function ratio(a: readonly number[], b: readonly number[]): number {
  return median(a.map((value, round) => value / b[round]));
}

/** Times a unit of work again and again, and remembers the fastest: what the machine does when it is left alone. */
export class Stopwatch {
  /** Milliseconds of the fastest unit so far. */
  best = Number.POSITIVE_INFINITY;

  /** Runs `work` until `milliseconds` have passed; the mean of one time in milliseconds. */
  time(milliseconds: number, work: () => void): number {
    const begin = performance.now();
    let units = 0;
    let before = begin;
    do {
      work();
      units += 1;
      const now = performance.now();
      this.best = Math.min(this.best, now - before);
      before = now;
    } while (before - begin < milliseconds);
    return (before - begin) / units;
  }
}
