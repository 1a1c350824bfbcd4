import t from 'tap';
import { calibrationError, fitTemperature, temper } from '../../src/network/calibration.ts';
import { Random } from '../../src/network/random.ts';

/** [K] */
function softmax(logits: readonly number[]): number[] {
  const powers = logits.map(Math.exp);
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / sum);
}

/** Labels drawn from the softmax of random logits, and the probabilities of one who takes the logits `times` too large. */
function boaster(times: number, count: number) {
  const random = new Random(3);
  const labels: number[] = [];
  const rows = Array.from({ length: count }, () => {
    const logits = Array.from({ length: 10 }, () => random.uniform(-3, 3));
    let rest = random.uniform();
    const label = softmax(logits).findIndex((share) => {
      rest -= share;
      return rest < 0;
    });
    labels.push(label < 0 ? 9 : label);
    return softmax(logits.map((logit) => times * logit));
  });
  return { probabilities: Float32Array.from(rows.flat()), labels };
}

t.test('at temperature T the probabilities are the softmax of logits / T', async (t) => {
  const logits = [1, 5, -2, 0, 0.5, 3, -9, 4.9, 2, 1];
  for (const temperature of [0.5, 1, 1.7, 4]) {
    const wanted = softmax(logits.map((logit) => logit / temperature));
    const got = temper(Float64Array.from(softmax(logits)), temperature);
    t.ok(
      wanted.every((value, k) => Math.abs(value - got[k]) < 1e-12),
      `T = ${temperature}`,
    );
    t.equal(got.indexOf(Math.max(...got)), 1, 'the same digit');
  }
  const certain = temper(Float32Array.from([1, 0, 0, 0, 0, 0, 0, 0, 0, 0]), 3);
  t.same([...certain], [1, 0, 0, 0, 0, 0, 0, 0, 0, 0], 'also where all others are 0');
});

t.test('who takes his logits twice as large needs temperature 2', async (t) => {
  for (const times of [0.5, 1, 2, 3]) {
    const { probabilities, labels } = boaster(times, 20_000);
    const temperature = fitTemperature(probabilities, labels);
    t.ok(Math.abs(temperature / times - 1) < 0.04, `${times}: ${temperature}`);
    const before = calibrationError(probabilities, labels);
    const after = calibrationError(temper(probabilities, temperature), labels);
    t.ok(after < 0.016, `calibration error ${before.toFixed(4)} → ${after.toFixed(4)}`);
    if (times > 1) t.ok(before > 0.1);
  }
});

t.test('the calibration error, by hand', async (t) => {
  const row = (top: number) => [top, ...new Array(9).fill((1 - top) / 9)];
  // Two answers with 0.9, one right: |1.8 − 1|; one with 0.5, right: |0.5 − 1|. Together 1.3 of 3 answers.
  const probabilities = [row(0.9), row(0.9), row(0.5)].flat();
  t.ok(Math.abs(calibrationError(probabilities, [0, 3, 0]) - 1.3 / 3) < 1e-12);
  // In one bin they balance: |2.3 − 2|.
  t.ok(Math.abs(calibrationError(probabilities, [0, 3, 0], { bins: 1 }) - 0.3 / 3) < 1e-12);
  t.equal(calibrationError([row(1), row(1)].flat(), [0, 0]), 0, 'sure and right');
});
