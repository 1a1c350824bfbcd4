import t from 'tap';
import { fieldOf, LAYERS, layersOf, sizeOf } from '../../src/network/layers.ts';
import { lenet5 } from '../../src/network/lenet5.ts';

t.test('each layer has the shape that its tensors and the one before leave', async (t) => {
  const network = lenet5(26);
  for (const { shape, fromShape, weights, side, stride, padding, operation } of layersOf(network)) {
    const [rows, columns, maps] = shape;
    if (weights !== null) {
      const { size } = network.tensors.find(({ name }) => name === `${weights}.kernel`)!;
      t.equal(size, side * side * fromShape[2] * maps, weights);
    }
    if (operation === 'softmax') continue;
    t.equal((rows - 1) * stride + side - 2 * padding, fromShape[0]);
    t.equal((columns - 1) * stride + side - 2 * padding, fromShape[1]);
  }
  t.equal(
    layersOf().reduce((sum, { shape }) => sum + sizeOf(shape), 0),
    8104,
  );
});

t.test('the field of a pixel ends at the edge', async (t) => {
  t.same(fieldOf(LAYERS.conv1, 0, 27), { top: 0, left: 25, bottom: 3, right: 28 });
  t.same(fieldOf(LAYERS.conv1, 10, 10), { top: 8, left: 8, bottom: 13, right: 13 });
  t.same(fieldOf(LAYERS.pool2, 4, 0), { top: 8, left: 0, bottom: 10, right: 2 });
  t.same(fieldOf(LAYERS.conv3, 0, 0), { top: 0, left: 0, bottom: 5, right: 5 });
});
