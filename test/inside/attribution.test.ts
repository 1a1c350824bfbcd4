import t from 'tap';
import { SimdEngine } from '../../src/engines/simd/simd-engine.ts';
import { gradientsOf, occlusion } from '../../src/inside/attribution.ts';
import { KERAS_IMAGES, kerasModel, offBy } from './keras-inside.ts';

const model = await kerasModel();

t.test('both gradients are those of Keras', async (t) => {
  for (const { name, pixels, read, maps } of KERAS_IMAGES) {
    const { digit, inputGradient, integratedGradients, rise } = gradientsOf(model, pixels);
    t.equal(digit, read, name);
    t.same(
      offBy(inputGradient, maps.input_gradient, maps.input_gradient_slack),
      [],
      `input gradient of ${name}`,
    );
    t.same(
      offBy(integratedGradients, maps.integrated_gradients, maps.integrated_gradients_slack),
      [],
      `integrated gradients of ${name}`,
    );
    // 64 steps come this near to what the whole path adds.
    const sum = integratedGradients.reduce((total, each) => total + each, 0);
    t.ok(Math.abs(sum - rise) < 0.02 * Math.abs(rise), `${name}: ${sum} of ${rise}`);
  }
});

t.test('the occlusion map is that of Keras', async (t) => {
  const engine = await SimdEngine.create(model);
  t.teardown(() => engine.dispose());
  engine.setState(model);
  for (const { name, pixels, read, maps } of KERAS_IMAGES) {
    const map = occlusion(pixels, read, (images) => engine.predict(images));
    t.same(offBy(map, maps.occlusion), [], name);
  }
});

t.test('on inputs of 0–255 the gradient is a 255th, and the integrated gradients are the same', async (t) => {
  const [{ pixels }] = KERAS_IMAGES;
  const raw = { ...model, weights: model.weights.slice(), inputScale: 1 };
  raw.weights.subarray(0, 150).forEach((weight, i) => {
    raw.weights[i] = weight / 255;
  });
  const [unit, byte] = [gradientsOf(model, pixels), gradientsOf(raw, pixels)];
  t.same(
    offBy(
      byte.inputGradient.map((d) => 255 * d),
      unit.inputGradient,
    ),
    [],
  );
  t.same(offBy(byte.integratedGradients, unit.integratedGradients), []);
});
