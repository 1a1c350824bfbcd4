import t from 'tap';
import { isInput, nothingSent, takeInput } from '../../src/images/input.ts';
import { collectInputs, type Inputs, resultTexts } from '../../src/recognition/inputs.ts';
import type { Prediction } from '../../src/recognition/recognition-service.ts';
import type { Steps } from '../../src/time-slices.ts';

const RING = Array.from({ length: 784 }, (_, i) => {
  const radius = Math.hypot((i % 28) - 14, Math.floor(i / 28) - 14);
  return radius > 7 && radius < 9 ? 255 : 0;
});
const BAR = [
  [
    [0, 0],
    [0, 9],
  ],
]; // prettier-ignore

/** All steps at once, and how many there were. */
function done<Result>(steps: Steps<Result>): { result: Result; count: number } {
  for (let count = 0; ; count++) {
    const { done, value } = steps.next();
    if (done) return { result: value, count };
  }
}

/** None of them is a picture. */
const collect = (inputs: readonly unknown[]) =>
  done(
    collectInputs(inputs, (input) => {
      if (!isInput(input)) throw nothingSent();
      return takeInput(input);
    }),
  ).result as Inputs;

/** Says of each image how much of its ink is in the middle: a ring has none there. */
function read(inputs: Inputs) {
  const predictions = Array.from({ length: inputs.images.length / 784 }, (_, i): Prediction => {
    const digit = inputs.images[i * 784 + 14 * 28 + 14] > 0 ? 1 : 0;
    const probabilities = Array.from({ length: 10 }, (_, k) => (k === digit ? 1 : 0));
    return { digit, probabilities, kind: { digit: 1, other: 0, two: 0 }, model: 'test' };
  });
  return done(resultTexts(inputs, predictions)).result.map((text) => JSON.parse(text));
}

t.test('each input gets its own result, in order', async (t) => {
  const inputs = [
    { matrix: RING },
    { strokes: BAR },
    'x',
    { matrix: [1] },
    {},
    { strokes: [] },
    { matrix: RING },
  ];
  const collected = collect(inputs);
  const counts = collected.each.map((each) => ('count' in each ? each.count : 0));
  t.equal(collected.images.length, counts.reduce((sum, count) => sum + count) * 784);
  t.same(counts.map(Boolean), [true, true, false, false, false, false, true], 'images of the good ones');
  t.match(read(collected), [
    { digit: 0, sure: true, text: 'Digit 0' },
    { digit: 1 },
    { error: { code: 'NOTHING_SENT', message: /Send a "matrix"/ } },
    { error: { code: 'BAD_MATRIX', message: /has 1 number;/ } },
    { error: { code: 'NOTHING_SENT' } },
    { error: { code: 'NOTHING_DRAWN', message: 'Nothing drawn.' } },
    { digit: 0 },
  ]);
});

t.test('digits drawn apart are one result', async (t) => {
  const beside = [...BAR, BAR[0].map(([x, y]) => [x + 6, y])];
  const collected = collect([{ strokes: BAR }, { strokes: beside }, { strokes: BAR }]);
  t.match(collected.each, [{ count: 1 }, { count: 3, cells: [{}, {}, { isWhole: true }] }, { count: 1 }]);
  t.match(read(collected), [
    { text: 'Digit 1' },
    { text: 'Digits 1 1', digits: [{ digit: 1 }, { digit: 1 }] },
    { text: 'Digit 1' },
  ]);
});

t.test("a fault of ours is no input's", async (t) => {
  const fault = () => {
    throw new Error('a fault');
  };
  t.throws(() => done(collectInputs([1], fault)), { message: 'a fault' });
});

t.test('there is a pause after each input, and after some results', async (t) => {
  const { result, count } = done(collectInputs(Array(120).fill({ strokes: BAR }), takeInput));
  t.equal(count, 120);
  const predictions = Array(120).fill({ digit: 1, probabilities: [], kind: { digit: 1, other: 0, two: 0 } });
  t.equal(done(resultTexts(result as Inputs, predictions)).count, 2);
});
