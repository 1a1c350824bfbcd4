/**
 * Weights ← a Keras HDF5 file of this network, with or without optimizer state, whole model or weights only.
 *
 * Keras has named and nested its datasets in several ways over the years, but the five kernels of this network have five
 * different shapes: each is found by its shape, and its bias beside it. The description of the layers is checked if
 * there is one.
 */
import type { Dataset, Entity, Group } from 'h5wasm';
import { ACTIVATIONS, type Activation } from '../network/activations.ts';
import { DIGITS, isClassCount, type LeNet5, lenet5, type Tensor } from '../network/lenet5.ts';
import { badModelFile, type TrainedWeights } from './trained-weights.ts';

/** Groups with data for training only. */
const OPTIMIZER_GROUPS = ['optimizer_weights', 'optimizer'];
/** Most entries read before a file is rejected; a Keras file of this network has about sixty. */
const MOST_ENTRIES = 2_000;

/**
 * @param bytes the whole file
 * @returns with `activation` null for a file of weights only, which does not state it
 * @throws CodedError 422 with a sentence on what is wrong with the file
 */
export async function readKerasH5(bytes: Uint8Array): Promise<TrainedWeights> {
  // Loaded lazily: its WebAssembly takes memory that a server without such a file never needs.
  const { default: h5wasm } = await import('h5wasm');
  const { FS, activate_throwing_error_handler } = await h5wasm.ready;
  activate_throwing_error_handler();
  const name = '/model.h5';
  FS.writeFile(name, bytes);
  try {
    const file = new h5wasm.File(name, 'r');
    try {
      return { ...readRoot(file), inputScale: null, testAccuracy: null, temperature: 1, made: null };
    } finally {
      file.close();
    }
  } catch (error) {
    throw error instanceof NotThisNetwork ? bad(error.message) : bad('is damaged or incomplete', error);
  } finally {
    FS.unlink(name);
  }
}

/** What is wrong with the file, as the rest of a sentence. */
class NotThisNetwork extends Error {}

function readRoot(root: Group): Pick<TrainedWeights, 'network' | 'activation' | 'weights'> {
  const datasets = collectDatasets(root);
  const network = networkOf(datasets);
  const config = root.attrs.model_config?.value;
  const activation = typeof config === 'string' ? checkLayers(config, network) : null;
  const weights = new Float32Array(network.parameterCount);
  let kernel: Dataset | undefined;
  for (const tensor of network.tensors) {
    const { name, offset } = tensor;
    const dataset = findTensor(datasets, tensor, name.endsWith('.bias') ? kernel : undefined);
    weights.set(readFloats(dataset, name), offset);
    kernel = dataset;
  }
  if (datasets.length > network.tensors.length) {
    throw new NotThisNetwork(`has ${datasets.length} tensors; this network has ${network.tensors.length}`);
  }
  if (!weights.every(Number.isFinite)) throw new NotThisNetwork('has weights that are not finite numbers');
  return { network, activation, weights };
}

/** The network with as many classes as the layer after the 84 has outputs; without one, the network for digits. */
function networkOf(datasets: readonly Dataset[]): LeNet5 {
  const outputs = datasets.flatMap(({ shape }) => (shape?.length === 2 && shape[0] === 84 ? [shape[1]] : []));
  return isClassCount(outputs[0]) ? lenet5(outputs[0]) : DIGITS;
}

/** @param kernel of a bias: if several have its shape, the one beside its kernel is taken */
function findTensor(datasets: readonly Dataset[], { name, shape }: Tensor, kernel?: Dataset): Dataset {
  const alike = datasets.filter((dataset) => sameShape(dataset.shape, shape));
  const beside =
    kernel &&
    datasets.length === TENSOR_COUNT &&
    alike.filter(({ path }) => parentOf(path) === parentOf(kernel.path));
  const found = alike.length > 1 && beside ? beside : alike;
  if (found.length === 1) return found[0];
  const much = found.length === 0 ? 'no tensor' : `${found.length} tensors`;
  throw new NotThisNetwork(`has ${much} of the shape of ${name}, [${shape}]`);
}

const TENSOR_COUNT = DIGITS.tensors.length;

const parentOf = (path: string) => path.slice(0, path.lastIndexOf('/'));

/** Layers without weights that change nothing when a digit is read. */
const SILENT_LAYERS = ['InputLayer', 'Flatten', 'Dropout'];
const POOL = { class_name: 'AveragePooling2D', pool_size: '[2,2]', strides: '[2,2]', padding: '"valid"' };
const convolution = (filters: number, padding: 'same' | 'valid') => ({
  class_name: 'Conv2D',
  filters: `${filters}`,
  kernel_size: '[5,5]',
  strides: '[1,1]',
  padding: `"${padding}"`,
});
const dense = (units: number) => ({ class_name: 'Dense', units: `${units}` });
/** Required values in `model_config` of each layer, as JSON. */
const layersOf = ({ classes }: LeNet5): readonly Readonly<Record<string, string>>[] => [
  convolution(6, 'same'),
  POOL,
  convolution(16, 'valid'),
  POOL,
  convolution(120, 'valid'),
  dense(84),
  dense(classes),
];

interface LayerConfig {
  readonly class_name: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/** @returns the activation of all layers except the last */
function checkLayers(modelConfig: string, network: LeNet5): Activation {
  const expected = layersOf(network);
  const all: readonly LayerConfig[] = JSON.parse(modelConfig).config.layers;
  const layers = all.filter(({ class_name }) => !SILENT_LAYERS.includes(class_name));
  const classes = layers.map(({ class_name }) => class_name).join(', ');
  const wanted = expected.map(({ class_name }) => class_name).join(', ');
  if (classes !== wanted) throw new NotThisNetwork(`has the layers ${classes || 'none'}, not ${wanted}`);
  layers.forEach(({ class_name, config }, i) => {
    for (const [key, must] of Object.entries(expected[i])) {
      const is = key === 'class_name' ? class_name : JSON.stringify(config[key]);
      if (is !== must)
        throw new NotThisNetwork(`has a ${class_name} layer whose ${key} is ${is}, not ${must}`);
    }
  });
  return sharedActivation(
    layers.flatMap(({ config }) => ('activation' in config ? [config.activation] : [])),
  );
}

function sharedActivation(activations: readonly unknown[]): Activation {
  const [first, ...others] = activations;
  const activation = ACTIVATIONS.find((name) => name === first);
  const shared = others.slice(0, -1).every((other) => other === first);
  if (!activation || !shared || others.at(-1) !== 'softmax') {
    const one = `one of ${ACTIVATIONS.join(', ')}`;
    throw new NotThisNetwork(
      `has the activations ${activations.join(', ')}, not ${one} and softmax at the end`,
    );
  }
  return activation;
}

/** All float arrays in the file except the optimizer's. */
function collectDatasets(root: Group): Dataset[] {
  const datasets: Dataset[] = [];
  const groups: Group[] = [root];
  let entries = 0;
  for (let group = groups.pop(); group; group = groups.pop()) {
    for (const name of group.keys()) {
      if (group === root && OPTIMIZER_GROUPS.includes(name)) continue;
      if (++entries > MOST_ENTRIES) throw new NotThisNetwork(`has more than ${MOST_ENTRIES} entries`);
      const entity = group.get(name);
      if (isGroup(entity)) groups.push(entity);
      else if (isDataset(entity) && !isInteger(entity)) datasets.push(entity);
    }
  }
  return datasets;
}

const isGroup = (entity: Entity | null): entity is Group => entity !== null && 'keys' in entity;
const isDataset = (entity: Entity | null): entity is Dataset => entity !== null && 'shape' in entity;

/** State of random generators and counters: part of no network. */
const isInteger = ({ dtype }: Dataset) => typeof dtype === 'string' && /^[<>|]?[bBhHiIlLqQ]$/.test(dtype);

function sameShape(a: readonly number[] | null, b: readonly number[]): boolean {
  return a !== null && a.length === b.length && a.every((side, i) => side === b[i]);
}

function readFloats(dataset: Dataset, name: string): Float32Array {
  const value = dataset.value;
  if (!(value instanceof Float32Array))
    throw new NotThisNetwork(`has a ${name} that is not made of 32-bit floats`);
  return value;
}

function bad(what: string, cause?: unknown): Error {
  return badModelFile(`The Keras file ${what}.`, cause);
}
