import t from 'tap';
import { ACTIVATION_LABELS, ACTIVATIONS } from '../../src/network/activations.ts';
import { OPTIMIZER, OPTIMIZERS } from '../../src/network/optimizers.ts';

t.test("the tutorial's eight optimizers and three activations, with its labels", async (t) => {
  t.same(
    OPTIMIZERS.map((name) => [name, OPTIMIZER[name].label]),
    [
      ['adam', 'Adam'],
      ['adagrad', 'Adagrad'],
      ['nadam', 'Nadam'],
      ['adadelta', 'Adadelta'],
      ['adamax', 'Adamax'],
      ['rmsprop', 'RMSprop'],
      ['sgd', 'SGD'],
      ['ftrl', 'FTRL'],
    ],
  );
  t.same(
    ACTIVATIONS.map((name) => ACTIVATION_LABELS[name]),
    ['Rectified linear unit', 'Hyperbolic tangent', 'Sigmoidal'],
  );
});

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
