import t from 'tap';
import { Random } from '../../src/network/random.ts';

const take = (random: Random, count: number) => Array.from({ length: count }, () => random.next());

t.test('is xoshiro128**', async (t) => {
  // From state 1, 2, 3, 4: the first outputs by Vigna's C (rotl(s[1] * 5, 7) * 9), as other ports test themselves.
  const random = new Random(0);
  random.state = [1, 2, 3, 4];
  t.same(take(random, 4), [11_520, 0, 5_927_040, 70_819_200]);
});

t.test('the same seed and stream give the same numbers, others do not', async (t) => {
  t.same(take(new Random(5), 20), take(new Random(5), 20));
  t.notSame(take(new Random(5), 20), take(new Random(6), 20));
  t.notSame(take(new Random(5, 0), 20), take(new Random(5, 1), 20));
  t.ok(new Set(take(new Random(0), 100)).size > 95, 'seed 0 is as good as any');
});

t.test('goes on from a state put back', async (t) => {
  const random = new Random(9);
  take(random, 7);
  const { state } = random;
  const expected = take(random, 5);
  const other = new Random(1);
  other.state = state;
  t.same(take(other, 5), expected);
});

t.test('uniform and below stay within their bounds and fill them', async (t) => {
  const random = new Random(2);
  const numbers = Array.from({ length: 10_000 }, () => random.uniform(-2, 3));
  t.ok(numbers.every((number) => number >= -2 && number < 3));
  t.ok(Math.abs(numbers.reduce((a, b) => a + b) / 10_000 - 0.5) < 0.1);
  const counts = new Array<number>(6).fill(0);
  for (let i = 0; i < 60_000; i++) counts[random.below(6)]++;
  // χ² of 5 degrees of freedom passes 20.5 once in 1,000.
  const chiSquare = counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
  t.ok(chiSquare < 20.5, `χ² ${chiSquare}`);
});

t.test('shuffle is a fair permutation', async (t) => {
  const random = new Random(3);
  const counts = new Map<string, number>();
  for (let i = 0; i < 24_000; i++) {
    const array = Uint32Array.of(1, 2, 3, 4);
    random.shuffle(array);
    counts.set(array.join(), (counts.get(array.join()) ?? 0) + 1);
  }
  t.equal(counts.size, 24, 'every order occurs');
  // χ² of 23 degrees of freedom passes 49.7 once in 1,000.
  const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - 1_000) ** 2 / 1_000, 0);
  t.ok(chiSquare < 49.7, `χ² ${chiSquare}`);
});
