import t from 'tap';
import {
  defaultLearningRate,
  OPTIMIZER,
  OPTIMIZERS,
  type OptimizerName,
} from '../../src/network/optimizers.ts';

t.test("Keras's default rates, as its documentation has them", async (t) => {
  for (const name of OPTIMIZERS)
    t.equal(OPTIMIZER[name].kerasLearningRate, name === 'sgd' ? 0.01 : 0.001, name);
});

t.test('initial slots belong to a slot', async (t) => {
  for (const name of OPTIMIZERS) {
    const { slots, initialSlots = {} } = OPTIMIZER[name];
    for (const slot of Object.keys(initialSlots)) t.ok(slots.includes(slot), `${name} ${slot}`);
  }
});

t.test('SGD takes smaller steps with fewer than eight images, the others do not', async (t) => {
  const rates = (optimizer: OptimizerName) =>
    [1, 2, 3, 5, 7, 8, 32, 64, 128].map((batchSize) => defaultLearningRate(optimizer, batchSize));
  t.same(rates('sgd'), [0.0125, 0.025, 0.0375, 0.0625, 0.0875, 0.1, 0.1, 0.1, 0.1]);
  for (const name of OPTIMIZERS) if (name !== 'sgd') t.same(new Set(rates(name)).size, 1, name);
});
