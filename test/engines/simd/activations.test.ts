import t from 'tap';
import { isInspectable } from '../../../src/engines/inspectable.ts';
import { SimdEngine } from '../../../src/engines/simd/simd-engine.ts';
import { ExactNetwork } from '../../../src/inside/exact-network.ts';
import { ACTIVATIONS } from '../../../src/network/activations.ts';
import { glorotUniform } from '../../../src/network/initializers.ts';
import { LAYER_NAMES } from '../../../src/network/layers.ts';
import { lenet5 } from '../../../src/network/lenet5.ts';
import { Random } from '../../../src/network/random.ts';
import { KERAS_IMAGES, kerasModel, offBy } from '../../inside/keras-inside.ts';
import { BUILDS } from './start.ts';

t.test(
  'the activations of an image are those of Keras, in both builds and on any number of threads',
  async (t) => {
    const model = await kerasModel();
    for (const build of BUILDS) {
      for (const threads of [1, 2]) {
        const engine = await SimdEngine.create({ ...model, build, threads });
        t.teardown(() => engine.dispose());
        engine.setState(model);
        t.ok(isInspectable(engine));
        for (const { name, pixels, layers } of KERAS_IMAGES) {
          const activations = engine.activations(pixels);
          t.same(Object.keys(activations), Object.keys(layers), 'by the same names');
          for (const layer of LAYER_NAMES)
            t.same(offBy(activations[layer], layers[layer].values), [], `${layer} of ${name}, ${build}`);
        }
      }
    }
  },
);

t.test('they are a copy, of the image alone', async (t) => {
  const model = await kerasModel();
  const engine = await SimdEngine.create(model);
  t.teardown(() => engine.dispose());
  engine.setState(model);
  const [{ pixels }, other] = KERAS_IMAGES;
  const before = engine.activations(pixels);
  const conv1 = before.conv1.slice();
  engine.predict(Buffer.concat([other.pixels, pixels, other.pixels]));
  t.same(before.conv1, conv1);
  t.same(engine.activations(pixels), before, 'whatever was predicted in between');
  t.throws(() => engine.activations(new Uint8Array(783)), /783 bytes are not one image/);
});

t.test('of each activation and any number of classes', async (t) => {
  const network = lenet5(26);
  const weights = glorotUniform(new Random(5), network);
  const image = KERAS_IMAGES[2].pixels;
  for (const activation of ACTIVATIONS) {
    const engine = await SimdEngine.create({ activation, inputScale: 1 / 255, network });
    t.teardown(() => engine.dispose());
    engine.setState({ weights });
    const input = Float64Array.from(image, (level) => level / 255);
    const wanted = new ExactNetwork({ weights, activation }, network).forward(input);
    const values = engine.activations(image);
    for (const layer of LAYER_NAMES)
      t.same(offBy(values[layer], wanted[layer]), [], `${layer}, ${activation}`);
  }
});
