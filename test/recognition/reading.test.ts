import t from 'tap';
import type { KindShares } from '../../src/recognition/kind.ts';
import { toReading } from '../../src/recognition/reading.ts';

const DIGIT: KindShares = { digit: 0.9, other: 0.1, two: 0 };

/** A prediction with the given probabilities of some digits, the rest spread. */
function prediction(shares: Readonly<Record<number, number>>, kind = DIGIT) {
  const given = Object.values(shares);
  const rest = (1 - given.reduce((a, b) => a + b)) / (10 - given.length);
  const probabilities = Array.from({ length: 10 }, (_, k) => shares[k] ?? rest);
  return { digit: probabilities.indexOf(Math.max(...probabilities)), probabilities, kind, model: 'test' };
}

t.test('one digit', async (t) => {
  const sure = prediction({ 7: 0.98 });
  t.same(toReading([sure]), { digit: 7, probabilities: sure.probabilities, sure: true, text: 'Digit 7' });
  const cases: [string, ReturnType<typeof prediction>][] = [
    ['Digit 4', prediction({ 4: 0.51, 9: 0.48 })],
    ['Not sure: 4 or 9?', prediction({ 4: 0.49, 9: 0.48 })],
    ['Not sure: 4?', prediction({ 4: 0.99 }, { digit: 0.09, other: 0.91, two: 0 })],
    ['Not sure: 9 or 4?', prediction({ 9: 0.9, 4: 0.08 }, { digit: 0.09, other: 0.91, two: 0 })],
    ['This looks like two digits', prediction({ 4: 0.99 }, { digit: 0.3, other: 0.1, two: 0.6 })],
  ];
  for (const [text, given] of cases) {
    t.match(toReading([given]), { digit: given.digit, sure: text.startsWith('Digit'), text });
  }
});

/** Two cells beside each other, and two above one another. */
const BESIDE = [0, 1].map((i) => ({
  box: { left: 30 * i, top: 0, width: 20, height: 40 },
  row: 0,
  from: i,
  to: i + 1,
}));
const BELOW = BESIDE.map((cell, i) => ({ ...cell, row: i }));

t.test('several digits', async (t) => {
  const [four, two] = [prediction({ 4: 0.9 }), prediction({ 2: 0.8 })];
  t.match(toReading([four, two], BESIDE), {
    digit: 4,
    sure: true,
    text: 'Digits 4 2',
    digits: [
      { digit: 4, sure: true, probabilities: four.probabilities, row: 0, box: BESIDE[0].box },
      { digit: 2, sure: true, probabilities: two.probabilities, row: 0, box: BESIDE[1].box },
    ],
  });
  const doubtful = prediction({ 2: 0.45, 7: 0.4 });
  t.match(toReading([four, doubtful], BESIDE), {
    sure: false,
    text: 'Not sure: 4 2?',
    digits: [{ sure: true }, { sure: false }],
  });
  const rows = toReading([four, two], BELOW);
  t.equal(rows.text, 'Digits 4 / 2');
  t.same(
    rows.digits?.map(({ row }) => row),
    [0, 1],
  );
});

t.test('where two parts are one digit the answer is that digit', async (t) => {
  const [four, two, both] = [prediction({ 4: 0.5 }), prediction({ 2: 0.5 }), prediction({ 9: 0.9 })];
  const cells = [...BESIDE, { ...BESIDE[0], from: 0, to: 2 }];
  const reading = toReading([four, two, both], cells);
  t.match(reading, { digit: 9, text: 'Digit 9', probabilities: both.probabilities });
  t.equal(reading.digits, undefined);
});
