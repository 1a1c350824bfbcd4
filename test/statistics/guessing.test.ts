import t from 'tap';
import { isGuessing } from '../../src/statistics/guessing.ts';

t.test('chance, the commonest digit and two digits apart are guesses, more is not', async (t) => {
  const guessing = (accuracy: number, images = 5000) => isGuessing(accuracy, images, 10);
  for (const accuracy of [0, 0.0986, 0.1, 0.1135, 0.15, 0.2, 0.2088]) t.ok(guessing(accuracy), `${accuracy}`);
  for (const accuracy of [0.22, 0.3268, 0.5, 0.98, 1]) t.notOk(guessing(accuracy), `${accuracy}`);
});

t.test('fewer images prove less: scipy.stats.binomtest(k, n).proportion_ci(method="wilson")', async (t) => {
  // Of 20 images 8 give 0.2188–0.6134, 7 give 0.1812–0.5671.
  t.notOk(isGuessing(8 / 20, 20, 10));
  t.ok(isGuessing(7 / 20, 20, 10));
});

t.test('of fewer classes chance reads more', async (t) => {
  t.ok(isGuessing(0.51, 5000, 4));
  t.notOk(isGuessing(0.52, 5000, 4));
});
