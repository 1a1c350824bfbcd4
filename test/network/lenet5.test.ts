import t from 'tap';
import { PARAMETER_COUNT, TENSORS } from '../../src/network/lenet5.ts';

t.test('LeNet-5 has 61,706 parameters', async (t) => {
  // 156 + 2,416 + 48,120 + 10,164 + 850: Keras's model.summary() of this network.
  t.equal(PARAMETER_COUNT, 61_706);
  const layers = new Map<string, number>();
  for (const { name, size } of TENSORS) {
    const layer = name.split('.')[0];
    layers.set(layer, (layers.get(layer) ?? 0) + size);
  }
  t.same(Object.fromEntries(layers), {
    conv1: 156,
    conv2: 2_416,
    conv3: 48_120,
    dense1: 10_164,
    dense2: 850,
  });
});

t.test('tensors lie one after another', async (t) => {
  let end = 0;
  for (const { offset, size, shape } of TENSORS) {
    t.equal(offset, end);
    t.equal(
      size,
      shape.reduce((a, b) => a * b, 1),
    );
    end = offset + size;
  }
  t.equal(end, PARAMETER_COUNT);
});

t.test('fans are what Keras counts: receptive field × channels', async (t) => {
  const fans = TENSORS.filter(({ name }) => name.endsWith('.kernel')).map(({ fanIn, fanOut }) => [
    fanIn,
    fanOut,
  ]);
  t.same(fans, [
    [25, 150],
    [150, 400],
    [400, 3_000],
    [120, 84],
    [84, 10],
  ]);
});
