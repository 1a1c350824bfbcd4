import t from 'tap';
import { holm } from '../../src/statistics/holm.ts';

t.test("as statsmodels 0.15.0 has it, multipletests(method='holm')", async (t) => {
  for (const [values, expected] of [
    [
      [0.01, 0.04, 0.03, 0.005],
      [0.03, 0.06, 0.06, 0.02],
    ],
    [
      [0.5, 0.4],
      [0.8, 0.8],
    ],
    [
      [0.02, 0.02, 0.02],
      [0.06, 0.06, 0.06],
    ],
    [[0.2], [0.2]],
    [[], []],
  ]) {
    t.same(
      holm(values).map((value) => value.toFixed(12)),
      expected.map((value) => value.toFixed(12)),
    );
  }
});
