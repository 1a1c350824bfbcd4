import t from 'tap';
import { pText, verdict } from '../../src/statistics/verdict.ts';

t.test('what the test says, in words', async (t) => {
  t.equal(
    verdict(5, 3, { onlyFirst: 41, onlySecond: 29 }, { p: 0.1539 }),
    'Run 5 and run 3 differ by 12 test images; no significant difference, p = 0.15: 41 images only run 5 gets right, 29 only run 3.',
  );
  t.equal(
    verdict(5, 3, { onlyFirst: 60, onlySecond: 31 }, { p: 0.0023 }),
    'Run 5 is better than run 3 by 29 test images, p = 0.002: 60 images only run 5 gets right, 31 only run 3.',
  );
  t.match(verdict(5, 3, { onlyFirst: 1, onlySecond: 0 }, { p: 1 }), 'by 1 test image; no');
  t.equal(
    verdict(5, 3, { onlyFirst: 0, onlySecond: 0 }, { p: 1 }),
    'Run 5 and run 3 get the same images right.',
  );
});

t.test('images that chose the epoch do not show which is better', async (t) => {
  const chosen = (p: number) => verdict(5, 3, { onlyFirst: 60, onlySecond: 31 }, { p, isChosenByTest: true });
  t.match(chosen(0.0023), /^Run 5 gets 29 more test images right than run 3, but .* chosen by the test set/);
  t.match(chosen(0.06), 'no significant difference');
});

t.test('p', async (t) => {
  t.equal(pText(0.4149), 'p = 0.41');
  t.equal(pText(0.0315), 'p = 0.032');
  t.equal(pText(0.0001), 'p < 0.001');
  t.equal(pText(1), 'p = 1.00');
});
