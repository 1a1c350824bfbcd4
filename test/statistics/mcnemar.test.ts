import t from 'tap';
import { discordance, mcNemar } from '../../src/statistics/mcnemar.ts';

const p = (onlyFirst: number, onlySecond: number) => mcNemar({ onlyFirst, onlySecond });
const near = (value: number, expected: number) => Math.abs(value - expected) <= 1e-9 * expected;

t.test('images that only one of two reads', async (t) => {
  const first = Uint8Array.of(1, 0, 1, 0, 0, 1, 1, 1);
  const second = Uint8Array.of(0, 0, 1, 0, 1, 0, 1, 0);
  t.same(discordance(first, second), { onlyFirst: 3, onlySecond: 1 });
  t.same(discordance(second, first), { onlyFirst: 1, onlySecond: 3 });
  t.same(discordance(first, first), { onlyFirst: 0, onlySecond: 0 });
});

t.test(
  'the examples of Fagerland, Lydersen, Laake (2013): 0.039 of 1 and 7, 0.035 of 6 and 16',
  async (t) => {
    t.equal(p(1, 7).toFixed(3), '0.039');
    t.equal(p(6, 16).toFixed(3), '0.035');
  },
);

t.test('mid-p = mcnemar(exact=True) of statsmodels 0.15.0 − binom.pmf of SciPy 1.17.1', async (t) => {
  for (const [first, second, expected] of [
    [0, 1, 0.5],
    [0, 5, 0.03125],
    [0, 6, 0.015625],
    [5, 5, 1],
    [3, 15, 0.004425048828125],
    [12, 12, 1],
    [7, 17, 0.043285250663757276],
    [7, 18, 0.028959274291992184],
    [10, 15, 0.32693958282470703],
    [41, 29, 0.15391276932645628],
    [60, 31, 0.0023146015214254917],
    [150, 86, 2.893389517615428e-5],
    [700, 640, 0.10128921497087724],
    [0, 40, 9.09494701772929e-13],
    [400, 1200, 5.820493311757141e-93],
  ]) {
    t.ok(near(p(first, second), expected), `${first} and ${second}: ${p(first, second)}`);
    t.equal(p(second, first), p(first, second), 'whichever is called the first');
  }
});

t.test('nothing to tell them apart by', async (t) => {
  t.equal(p(0, 0), 1);
  t.equal(p(30, 30), 1);
  t.equal(p(5000, 5000), 1, 'as many as there are test images');
  t.ok(p(4999, 5000) < 1 && p(4999, 5000) > 0.98, 'the next to it');
});
