import t from 'tap';
import { accuracyOf, confusionOf, hitsOf } from '../../src/statistics/answers.ts';

const answers = Uint8Array.of(0, 1, 2, 2, 1, 0, 2);
const labels = Uint8Array.of(0, 1, 1, 2, 1, 2, 2);

t.test('which answers are right, and how many', async (t) => {
  t.same(hitsOf(answers, labels), Uint8Array.of(1, 1, 0, 1, 1, 0, 1));
  t.equal(accuracyOf(answers, labels), 5 / 7);
});

t.test('what each class was taken for: a row a class, a column an answer', async (t) => {
  t.same([...confusionOf(answers, labels, 3)], [1, 0, 0, 0, 2, 1, 1, 0, 2]);
});
