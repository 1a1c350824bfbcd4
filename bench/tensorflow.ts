/** TensorFlow in this process, where it is installed: our engine on it, and tfjs as its users write it. */
import type { Tensor } from '@tensorflow/tfjs-core';
import { readMnist } from '../src/datasets/mnist.ts';
import { EngineAbsentError } from '../src/engines/engine.ts';
import { loadTensorFlow, type TensorFlowModule } from '../src/engines/tensorflow/load-tensorflow.ts';
import { TensorFlowEngine } from '../src/engines/tensorflow/tensorflow-engine.ts';
import { DIGITS, IMAGE_SIZE } from '../src/network/lenet5.ts';
import { checkLosses, initialReference, REFERENCE_OPTIONS, referenceBatches } from './equality.ts';
import type { Contestant } from './rounds.ts';
import { initialWeights, load, trainer } from './work.ts';

/** What of tfjs-layers is used: tfjs-node brings it along, the core's types leave it out. */
type LayersModule = TensorFlowModule & {
  readonly version: { readonly tfjs: string };
  readonly layers: Readonly<Record<string, (options?: object) => unknown>>;
  sequential(options: { layers: unknown[] }): LayersModel;
};

interface LayersModel {
  setWeights(weights: Tensor[]): void;
  compile(options: object): void;
  trainOnBatch(x: Tensor, y: Tensor): Promise<number | number[]>;
  fit(x: Tensor, y: Tensor, options: object): Promise<unknown>;
}

/** Null when this machine does not have it. */
export function openTensorFlowEngine(): TensorFlowEngine | null {
  try {
    return new TensorFlowEngine({ ...REFERENCE_OPTIONS, batchSize: 128 });
  } catch (error) {
    if (error instanceof EngineAbsentError) return null;
    throw error;
  }
}

/** Both ways of a training step of `batchSize` on TensorFlow; none when this machine does not have it. */
export async function tensorFlowContestants(batchSize: number, count: number): Promise<Contestant[]> {
  const engine = openTensorFlowEngine();
  if (engine === null) return [];
  engine.setState({ weights: initialWeights() });
  const step = trainer(engine, load(engine, 'train'), batchSize);
  return [
    {
      name: `tensorflow, our engine on tfjs-node (${engine.description})`,
      measure() {
        const begin = performance.now();
        for (let i = 0; i < count; i++) step();
        return (performance.now() - begin) / count;
      },
    },
    await layersContestant(loadTensorFlow() as unknown as LayersModule, batchSize, count),
  ];
}

/** `model.fit` of tfjs-node, as its users write it. Proves first that it computes the reference's losses. */
async function layersContestant(tf: LayersModule, batchSize: number, count: number): Promise<Contestant> {
  const { images, labels } = readMnist('train');
  const model = lenet5(tf);
  const losses: number[] = [];
  for (const batch of referenceBatches()) {
    const [x, y] = tensors(tf, images, labels, batch);
    const [loss] = (await model.trainOnBatch(x, y)) as number[];
    losses.push(loss);
    tf.dispose([x, y]);
  }
  // tfjs's Adam adds epsilon at another place than Keras's.
  checkLosses('tfjs-node', losses, 5e-3);
  const many = Array.from({ length: batchSize * count }, (_, i) => i);
  const [x, y] = tensors(tf, images, labels, many);
  return {
    name: `tfjs-node ${tf.version.tfjs}, model.fit`,
    async measure() {
      const begin = performance.now();
      await model.fit(x, y, { batchSize, epochs: 1, verbose: 0 });
      return (performance.now() - begin) / count;
    },
  };
}

function lenet5(tf: LayersModule) {
  const { conv2d, averagePooling2d, flatten, dense } = tf.layers;
  const activation = 'relu';
  const model = tf.sequential({
    layers: [
      conv2d({ inputShape: [28, 28, 1], filters: 6, kernelSize: 5, padding: 'same', activation }),
      averagePooling2d({ poolSize: 2 }),
      conv2d({ filters: 16, kernelSize: 5, activation }),
      averagePooling2d({ poolSize: 2 }),
      conv2d({ filters: 120, kernelSize: 5, activation }),
      flatten(),
      dense({ units: 84, activation }),
      dense({ units: 10, activation: 'softmax' }),
    ],
  });
  const weights = initialReference();
  model.setWeights(
    DIGITS.tensors.map(({ shape, offset, size }) =>
      tf.tensor(weights.subarray(offset, offset + size), [...shape]),
    ),
  );
  model.compile({ optimizer: tf.train.adam(), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  return model;
}

function tensors(tf: LayersModule, images: Uint8Array, labels: Uint8Array, positions: readonly number[]) {
  const pixels = new Float32Array(positions.length * IMAGE_SIZE);
  positions.forEach((position, i) => {
    for (let p = 0; p < IMAGE_SIZE; p++) {
      pixels[i * IMAGE_SIZE + p] = images[position * IMAGE_SIZE + p] / 255;
    }
  });
  const digits = positions.map((position) => labels[position]);
  return [
    tf.tensor4d(pixels, [positions.length, 28, 28, 1]),
    tf.tidy(() => tf.cast(tf.oneHot(tf.tensor1d(digits, 'int32'), 10), 'float32')),
  ];
}
