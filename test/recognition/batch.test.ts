import t from 'tap';
import { CodedError } from '../../src/errors.ts';
import { checkInputs, readBatch, readInPieces } from '../../src/recognition/batch.ts';
import type { Prediction } from '../../src/recognition/recognition-service.ts';

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

/** Says of each image how much of its ink is in the middle: a ring has none there. */
function recogniser() {
  const calls: number[] = [];
  const recognise = (images: Uint8Array): Prediction[] => {
    calls.push(images.length / 784);
    return Array.from({ length: images.length / 784 }, (_, i) => {
      const digit = images[i * 784 + 14 * 28 + 14] > 0 ? 1 : 0;
      const probabilities = Array.from({ length: 10 }, (_, k) => (k === digit ? 1 : 0));
      return { digit, probabilities, kind: { digit: 1, other: 0, two: 0 }, model: 'test' };
    });
  };
  return { calls, recognise };
}

t.test('each input gets its own result, in order, by one call', async (t) => {
  const { calls, recognise } = recogniser();
  const inputs = [
    { matrix: RING },
    { strokes: BAR },
    'x',
    { matrix: [1] },
    {},
    { strokes: [] },
    { matrix: RING },
  ];
  const results = readBatch(inputs, recognise);
  t.match(results, [
    { digit: 0, sure: true, text: 'Digit 0' },
    { digit: 1 },
    { error: { code: 'NOTHING_SENT', message: /Send a "matrix"/ } },
    { error: { code: 'BAD_MATRIX', message: /1 numbers/ } },
    { error: { code: 'NOTHING_SENT' } },
    { error: { code: 'NOTHING_DRAWN', message: 'Nothing drawn.' } },
    { digit: 0 },
  ]);
  t.equal(results.length, inputs.length);
  t.same(calls, [3], 'only the good ones, at once');
});

t.test('digits drawn apart are one result', async (t) => {
  const { calls, recognise } = recogniser();
  const beside = [...BAR, BAR[0].map(([x, y]) => [x + 6, y])];
  const results = readBatch([{ strokes: BAR }, { strokes: beside }, { strokes: BAR }], recognise);
  t.match(results, [
    { text: 'Digit 1' },
    { text: 'Digits 1 1', digits: [{ digit: 1 }, { digit: 1 }] },
    { text: 'Digit 1' },
  ]);
  t.same(calls, [4]);
});

t.test('an input already known to be bad keeps its sentence', async (t) => {
  const bad = new CodedError({ code: 'BAD_LINE', status: 422, message: 'No JSON.' });
  t.same(readBatch([bad], recogniser().recognise), [{ error: { code: 'BAD_LINE', message: 'No JSON.' } }]);
});

t.test("a fault of ours is no input's", async (t) => {
  const broken = {
    get matrix(): unknown {
      throw new Error('a fault');
    },
  };
  t.throws(() => readBatch([broken], recogniser().recognise), { message: 'a fault' });
});

t.test('inputs are a list of 1 to 1,000', async (t) => {
  const refused = (inputs: unknown, message: RegExp) =>
    t.throws(() => checkInputs(inputs), { code: 'BAD_INPUTS', status: 422, field: 'inputs', message });
  refused({ matrix: RING }, /must be a list/);
  refused([], /has no input/);
  refused(new Array(1001), /has 1,001 inputs; at most 1,000.*x-ndjson/);
  t.equal(checkInputs(new Array(1000).fill({})).length, 1000);
});

t.test('a large batch is read in pieces; others are answered in between', async (t) => {
  const { calls, recognise } = recogniser();
  const inputs = Array.from({ length: 450 }, (_, i) => (i % 3 ? { matrix: RING } : { strokes: BAR }));
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  const results = await readInPieces(inputs, (images) => {
    // Long enough for a timer to be due.
    for (const end = performance.now() + 5; performance.now() < end; );
    return recognise(images);
  });
  clearInterval(timer);
  t.same(calls, [200, 200, 50]);
  t.same(
    results.map((result) => 'digit' in result && result.digit),
    inputs.map((_, i) => (i % 3 ? 0 : 1)),
  );
  t.ok(turns > 0, 'a timer came between');
});
