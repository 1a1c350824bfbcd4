import t from 'tap';
import { ExactNetwork } from '../../src/inside/exact-network.ts';
import { ACTIVATIONS } from '../../src/network/activations.ts';
import { glorotUniform } from '../../src/network/initializers.ts';
import { lenet5 } from '../../src/network/lenet5.ts';
import { Random } from '../../src/network/random.ts';
import { naiveLeNet5 } from '../engines/naive-lenet5.ts';
import { KERAS_IMAGES, kerasModel, offBy } from './keras-inside.ts';

t.test('every layer is what Keras has', async (t) => {
  const network = new ExactNetwork(await kerasModel());
  for (const { name, pixels, layers } of KERAS_IMAGES) {
    const values = network.forward(Float64Array.from(pixels, (level) => level / 255));
    for (const [layer, { values: wanted }] of Object.entries(layers))
      t.same(offBy(values[layer as 'conv1'], wanted), [], `${layer} of ${name}`);
  }
});

t.test(
  'the gradient of a logit is that of finite differences, for each activation and number of classes',
  async (t) => {
    const random = new Random(7);
    const input = Float64Array.from({ length: 784 }, () => random.uniform());
    for (const activation of ACTIVATIONS) {
      const of = lenet5(activation === 'tanh' ? 26 : 10);
      const weights = glorotUniform(new Random(3), of);
      const network = new ExactNetwork({ weights, activation }, of);
      const values = network.forward(input);
      t.same(
        offBy(values.probabilities, naiveLeNet5(weights, activation, input, 0).probabilities),
        [],
        `${activation}: forward as by the textbook's loops`,
      );
      const digit = of.classes - 1;
      const gradient = network.inputGradient(values, digit);
      const step = 1e-6;
      for (const pixel of [0, 1, 29, 350, 406, 500, 783]) {
        const [below, above] = [-step, step].map((d) => {
          const moved = input.with(pixel, input[pixel] + d);
          return network.forward(moved).logits[digit];
        });
        const wanted = (above - below) / (2 * step);
        t.ok(
          wanted !== 0 && Math.abs(gradient[pixel] - wanted) < 1e-6 * Math.max(0.01, Math.abs(wanted)) + 1e-9,
          `${activation}, pixel ${pixel}: ${gradient[pixel]} and ${wanted}`,
        );
      }
    }
  },
);
