import { readFileSync } from 'node:fs';
import h5wasm from 'h5wasm';
import t from 'tap';
import { readKerasH5 } from '../../src/formats/keras-h5.ts';
import { DIGITS, lenet5 } from '../../src/network/lenet5.ts';

const GOOD = readFileSync(new URL('../fixtures/keras-model/lenet5.h5', import.meta.url));
const { weights } = await readKerasH5(GOOD);

type H5File = InstanceType<typeof h5wasm.File>;

/** Writes an HDF5 file, or changes a copy of Keras's. */
async function h5(write: (file: H5File) => void, from: Uint8Array | null = null): Promise<Uint8Array> {
  const { FS } = await h5wasm.ready;
  if (from) FS.writeFile('/made.h5', from);
  const file = new h5wasm.File('/made.h5', from ? 'a' : 'w');
  write(file);
  file.close();
  const bytes = FS.readFile('/made.h5');
  FS.unlink('/made.h5');
  return bytes as Uint8Array;
}

const valuesOf = (name: string): Float32Array => {
  const { offset, size } = DIGITS.tensors.find((tensor) => tensor.name === name)!;
  return weights.slice(offset, offset + size);
};

/** Keras's names of the layers and of their tensors. */
const LAYERS: Record<string, string> = {
  conv1: 'conv2d',
  conv2: 'conv2d_1',
  conv3: 'conv2d_2',
  dense1: 'dense',
  dense2: 'dense_1',
};

/** One dataset for each tensor, nested as `path` says. */
function writeTensors(
  file: H5File,
  path: (layer: string, part: string) => string,
  change: (dataset: { name: string; data: Float32Array; shape: number[] }) => object = (dataset) => dataset,
) {
  for (const { name, shape } of DIGITS.tensors) {
    const [layer, part] = name.split('.');
    const folders = path(LAYERS[layer], part).split('/');
    const dataset = folders.pop()!;
    let group: InstanceType<typeof h5wasm.Group> = file;
    for (const folder of folders) group = (group.get(folder) as never) ?? group.create_group(folder);
    const made = change({ name, data: valuesOf(name), shape: [...shape] });
    group.create_dataset({ ...(made as { data: Float32Array; shape: number[] }), name: dataset });
  }
}

const keras2 = (layer: string, part: string) => `model_weights/${layer}/${layer}/${part}:0`;
const modelConfig = JSON.parse(h5Config());

function h5Config(): string {
  return readFileSync(new URL('../fixtures/keras-model/model-config.json', import.meta.url), 'utf8');
}

/** Keras's own description of the model with something changed in it. */
function config(change: (layers: { class_name: string; config: Record<string, unknown> }[]) => void): string {
  const copy = structuredClone(modelConfig);
  change(copy.config.layers);
  return JSON.stringify(copy);
}

const withConfig = (text: string) =>
  h5((file) => {
    file.create_attribute('model_config', text);
    writeTensors(file, keras2);
  });

t.test('a file saved by Keras 3', async (t) => {
  const read = await readKerasH5(GOOD);
  t.match(read, { activation: 'relu', inputScale: null, testAccuracy: null, made: null });
  const sums = JSON.parse(
    readFileSync(new URL('../fixtures/keras-model/sums.json', import.meta.url), 'utf8'),
  );
  for (const { name, offset, size } of DIGITS.tensors) {
    const sum = weights.slice(offset, offset + size).reduce((total, weight) => total + weight, 0);
    t.ok(Math.abs(sum - sums[name]) < 1e-3, `${name} holds what h5py reads: ${sum}`);
  }
});

t.test("the optimizer's state is passed over", async (t) => {
  const bytes = await h5((file) => {
    const adam = file.create_group('optimizer_weights').create_group('adam');
    const size = { data: new Float32Array(150).fill(9), shape: [5, 5, 1, 6] };
    adam.create_dataset({ name: 'sequential_conv2d_kernel_momentum', ...size });
  }, GOOD);
  t.same((await readKerasH5(bytes)).weights, weights);
});

t.test("Keras 2's names, all three activations", async (t) => {
  for (const activation of ['relu', 'tanh', 'sigmoid']) {
    const bytes = await withConfig(
      config((layers) => {
        for (const { config } of layers) if (config.activation === 'relu') config.activation = activation;
      }),
    );
    t.match(await readKerasH5(bytes), { activation });
    t.same((await readKerasH5(bytes)).weights, weights);
  }
});

t.test('files of weights only do not say their activation', async (t) => {
  const parts: Record<string, string> = { kernel: '0', bias: '1' };
  const paths: Record<string, (layer: string, part: string) => string> = {
    'save_weights of Keras 2': (layer, part) => `${layer}/${layer}/${part}:0`,
    '.weights.h5 of Keras 3': (layer, part) => `layers/${layer}/vars/${parts[part]}`,
  };
  for (const [name, path] of Object.entries(paths)) {
    const bytes = await h5((file) => {
      writeTensors(file, path);
      const seed = file.create_group('seed_generator');
      seed.create_dataset({ name: 'state', data: new Int32Array([1, 2]) });
    });
    const read = await readKerasH5(bytes);
    t.equal(read.activation, null, name);
    t.same(read.weights, weights, name);
  }
});

t.test(
  'a network for any number of classes, also where its last bias has the shape of another one',
  async (t) => {
    for (const classes of [2, 6, 16, 26, 84, 120]) {
      const network = lenet5(classes);
      const values = Float32Array.from({ length: network.parameterCount }, (_, i) => Math.cos(i));
      const bytes = await h5((file) => {
        for (const { name, shape, offset, size } of network.tensors) {
          const [layer, part] = name.split('.');
          const group = file.get(layer) ?? file.create_group(layer);
          const data = values.slice(offset, offset + size);
          (group as H5File).create_dataset({ name: part, data, shape: [...shape] });
        }
      });
      const read = await readKerasH5(bytes);
      t.equal(read.network, network);
      t.same(read.weights, values, `${classes} classes`);
    }
  },
);

t.test('a layer that changes nothing when reading may stand between the others', async (t) => {
  const bytes = await withConfig(
    config((layers) => {
      layers.splice(-1, 0, { class_name: 'Dropout', config: { rate: 0.5 } });
    }),
  );
  t.match(await readKerasH5(bytes), { activation: 'relu' });
});

t.test('a file that is not this network is refused with a sentence', async (t) => {
  const layer = (index: number, key: string, value: unknown) =>
    config((layers) => {
      layers.filter(({ class_name }) => class_name !== 'InputLayer')[index].config[key] = value;
    });
  const tensors = (change: Parameters<typeof writeTensors>[2]) =>
    h5((file) => writeTensors(file, keras2, change));
  const notFinite = (data: Float32Array) => data.with(0, Number.POSITIVE_INFINITY);
  const cases: [name: string, bytes: Promise<Uint8Array> | Uint8Array, what: string][] = [
    ['cut short', GOOD.subarray(0, 200_000), 'is damaged or incomplete'],
    ['no HDF5', new Uint8Array(1000), 'is damaged or incomplete'],
    ['empty', new Uint8Array(0), 'is damaged or incomplete'],
    ['config that is no JSON', withConfig('{"config":'), 'is damaged or incomplete'],
    ['config without layers', withConfig('{"config": {}}'), 'is damaged or incomplete'],
    [
      'max pooling',
      withConfig(
        config((layers) => {
          layers.find(({ class_name }) => class_name === 'AveragePooling2D')!.class_name = 'MaxPooling2D';
        }),
      ),
      'has the layers Conv2D, MaxPooling2D, Conv2D, AveragePooling2D, Conv2D, Dense, Dense, not Conv2D, AveragePooling2D, Conv2D, AveragePooling2D, Conv2D, Dense, Dense',
    ],
    [
      'no layers',
      withConfig('{"config": {"layers": []}}'),
      'has the layers none, not Conv2D, AveragePooling2D, Conv2D, AveragePooling2D, Conv2D, Dense, Dense',
    ],
    [
      'another padding',
      withConfig(layer(0, 'padding', 'valid')),
      'has a Conv2D layer whose padding is "valid", not "same"',
    ],
    [
      'another stride',
      withConfig(layer(2, 'strides', [2, 2])),
      'has a Conv2D layer whose strides is [2,2], not [1,1]',
    ],
    ['other units', withConfig(layer(6, 'units', 100)), 'has a Dense layer whose units is 100, not 84'],
    [
      'an unknown activation',
      withConfig(layer(0, 'activation', 'swish')),
      'has the activations swish, relu, relu, relu, softmax, not one of relu, tanh, sigmoid and softmax at the end',
    ],
    [
      'mixed activations',
      withConfig(layer(2, 'activation', 'tanh')),
      'has the activations relu, tanh, relu, relu, softmax, not one of relu, tanh, sigmoid and softmax at the end',
    ],
    [
      'no softmax',
      withConfig(layer(7, 'activation', 'linear')),
      'has the activations relu, relu, relu, relu, linear, not one of relu, tanh, sigmoid and softmax at the end',
    ],
    [
      'no tensors',
      h5((file) => file.create_group('model_weights')),
      'has no tensor of the shape of conv1.kernel, [5,5,1,6]',
    ],
    [
      'another shape',
      tensors((set) => (set.name === 'dense1.kernel' ? { ...set, shape: [84, 120] } : set)),
      'has no tensor of the shape of dense1.kernel, [120,84]',
    ],
    [
      'two of a shape',
      h5((file) => file.create_dataset({ name: 'gamma', data: new Float32Array(16) }), GOOD),
      'has 2 tensors of the shape of conv2.bias, [16]',
    ],
    [
      'a tensor too many',
      h5((file) => file.create_dataset({ name: 'scale', data: new Float32Array(3) }), GOOD),
      'has 11 tensors; this network has 10',
    ],
    [
      '64-bit floats',
      tensors((set) => (set.name === 'conv1.bias' ? { ...set, data: Float64Array.from(set.data) } : set)),
      'has a conv1.bias that is not made of 32-bit floats',
    ],
    [
      'an infinite weight',
      tensors((set) => (set.name === 'conv3.bias' ? { ...set, data: notFinite(set.data) } : set)),
      'has weights that are not finite numbers',
    ],
    [
      'thousands of entries',
      h5((file) => {
        const group = file.create_group('model_weights');
        for (let i = 0; i <= 2000; i++) group.create_group(`g${i}`);
      }),
      'has more than 2000 entries',
    ],
  ];
  for (const [name, bytes, what] of cases) {
    const message = `The Keras file ${what}.`;
    await t.rejects(readKerasH5(await bytes), { code: 'BAD_MODEL_FILE', status: 422, message }, name);
  }
  t.same((await readKerasH5(GOOD)).weights, weights, 'a good file is read as before');
});
