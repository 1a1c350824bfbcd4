import t from 'tap';
import { DIGITS, lenet5 } from '../../src/network/lenet5.ts';

t.test('LeNet-5 has 61,706 parameters', async (t) => {
  // 156 + 2,416 + 48,120 + 10,164 + 850: Keras's model.summary() of this network.
  t.equal(DIGITS.parameterCount, 61_706);
  const layers = new Map<string, number>();
  for (const { name, size } of DIGITS.tensors) {
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
  for (const { offset, size, shape } of DIGITS.tensors) {
    t.equal(offset, end);
    t.equal(
      size,
      shape.reduce((a, b) => a * b, 1),
    );
    end = offset + size;
  }
  t.equal(end, DIGITS.parameterCount);
});

t.test('fans are what Keras counts: receptive field × channels', async (t) => {
  const fans = DIGITS.tensors
    .filter(({ name }) => name.endsWith('.kernel'))
    .map(({ fanIn, fanOut }) => [fanIn, fanOut]);
  t.same(fans, [
    [25, 150],
    [150, 400],
    [400, 3_000],
    [120, 84],
    [84, 10],
  ]);
});

t.test('there is a network for 2 to 256 classes, one each', async (t) => {
  for (const classes of [2, 3, 26, 47, 256]) {
    const { parameterCount, tensors } = lenet5(classes);
    t.equal(parameterCount, 60_856 + 85 * classes);
    t.same(
      tensors.slice(-2).map(({ shape }) => shape),
      [[84, classes], [classes]],
    );
  }
  t.equal(lenet5(10), DIGITS);
  for (const classes of [1, 257, 2.5, Number.NaN]) t.throws(() => lenet5(classes), RangeError);
});
