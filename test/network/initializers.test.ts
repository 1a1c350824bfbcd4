import t from 'tap';
import { glorotUniform } from '../../src/network/initializers.ts';
import { DIGITS } from '../../src/network/lenet5.ts';
import { Random } from '../../src/network/random.ts';

/** √(6 / (fan in + fan out)) by hand. */
const LIMITS: Readonly<Record<string, number>> = {
  'conv1.kernel': 0.185164, // √(6 / 175)
  'conv2.kernel': 0.104447, // √(6 / 550)
  'conv3.kernel': 0.042008, // √(6 / 3400)
  'dense1.kernel': 0.171499, // √(6 / 204)
  'dense2.kernel': 0.252646, // √(6 / 94)
};

t.test('kernels are uniform within their limits, biases zero', async (t) => {
  const parameters = glorotUniform(new Random(1));
  for (const { name, offset, size } of DIGITS.tensors) {
    const values = parameters.subarray(offset, offset + size);
    if (name.endsWith('.bias')) {
      t.ok(
        values.every((value) => value === 0),
        name,
      );
      continue;
    }
    const limit = LIMITS[name];
    const largest = values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
    t.ok(largest <= limit * 1.00001 && largest > limit * 0.95, `${name} reaches to ±${limit}`);
    // Of a uniform sample: mean 0 ± limit/√(3n), mean square limit²/3; within five standard deviations.
    const mean = values.reduce((sum, value) => sum + value, 0) / size;
    const meanSquare = values.reduce((sum, value) => sum + value * value, 0) / size;
    t.ok(Math.abs(mean) < (5 * limit) / Math.sqrt(3 * size), `${name} mean ${mean}`);
    const spread = (5 * limit ** 2 * Math.sqrt(4 / 45)) / Math.sqrt(size);
    t.ok(Math.abs(meanSquare - limit ** 2 / 3) < spread, `${name} mean square ${meanSquare}`);
  }
});

t.test('the seed decides', async (t) => {
  const bytes = (seed: number) => Buffer.from(glorotUniform(new Random(seed)).buffer);
  t.ok(bytes(1).equals(bytes(1)));
  t.notOk(bytes(1).equals(bytes(2)));
});
