/**
 * LeNet-5 for one image in float64, forward and back to the image.
 *
 * A gradient with respect to the image jumps where a relu's sum passes 0, so float32 may give one that is off by much
 * more than rounding; an engine's speed is not needed here.
 */
import type { Activation } from '../network/activations.ts';
import {
  fieldOf,
  type Layer,
  type LayerName,
  type LayerShape,
  layersOf,
  sizeOf,
  type WeightedName,
} from '../network/layers.ts';
import { DIGITS, type LeNet5 } from '../network/lenet5.ts';

/** Weights and how they are meant; what a `Model` has of it. */
export interface Weights {
  /** [P] in the order of `network.tensors`. */
  readonly weights: Float32Array;
  readonly activation: Activation;
}

/** Values by layer, [row][column][map]. */
export type ExactValues = Record<LayerName, Float64Array>;

interface Tensors {
  /** [side][side][maps of the layer before][maps] */
  readonly kernel: Float32Array;
  /** [maps] */
  readonly bias: Float32Array;
}

/** f(z) */
export const ACTIVATE: Readonly<Record<Activation, (z: number) => number>> = {
  relu: (z) => Math.max(0, z),
  tanh: Math.tanh,
  sigmoid: (z) => 1 / (1 + Math.exp(-z)),
};

/** f'(z), from y = f(z). */
const SLOPE: Readonly<Record<Activation, (y: number) => number>> = {
  relu: (y) => (y > 0 ? 1 : 0),
  tanh: (y) => 1 - y * y,
  sigmoid: (y) => y * (1 - y),
};

export class ExactNetwork {
  readonly #layers: readonly Layer[];
  readonly #activation: Activation;
  readonly #tensors: Readonly<Record<WeightedName, Tensors>>;

  constructor({ weights, activation }: Weights, network = DIGITS) {
    this.#layers = layersOf(network);
    this.#activation = activation;
    this.#tensors = tensorsOf(weights, network);
  }

  /** @param input [28][28] what the network is given: pixels, scaled */
  forward(input: Float64Array): ExactValues {
    const values = {} as ExactValues;
    let x = input;
    for (const layer of this.#layers) {
      x = this.#layerForward(layer, x);
      values[layer.name] = x;
    }
    return values;
  }

  /**
   * d logit / d input of a class.
   *
   * @param values of `forward` for this input
   * @returns [28][28]
   */
  inputGradient(values: ExactValues, digit: number): Float64Array {
    let gradient = new Float64Array(values.logits.length);
    gradient[digit] = 1;
    for (const layer of this.#layers.toReversed()) {
      if (layer.operation === 'softmax') continue;
      if (layer.isActivated) {
        const y = values[layer.name];
        const slope = SLOPE[this.#activation];
        gradient = gradient.map((d, i) => d * slope(y[i]));
      }
      gradient =
        layer.operation === 'mean'
          ? meanBackward(layer, gradient)
          : weightedBackward(layer, gradient, this.#tensors[layer.weights!].kernel);
    }
    return gradient;
  }

  #layerForward(layer: Layer, x: Float64Array): Float64Array {
    if (layer.operation === 'softmax') return softmax(x);
    if (layer.operation === 'mean') return meanForward(layer, x);
    const z = weightedForward(layer, x, this.#tensors[layer.weights!]);
    return layer.isActivated ? z.map(ACTIVATE[this.#activation]) : z;
  }
}

/** Views of the flat parameters, by layer. */
export function tensorsOf(
  weights: Float32Array,
  { tensors }: LeNet5 = DIGITS,
): Readonly<Record<WeightedName, Tensors>> {
  const part = (name: string) => {
    const { offset, size } = tensors.find((tensor) => tensor.name === name)!;
    return weights.subarray(offset, offset + size);
  };
  const of = (name: WeightedName) => ({ kernel: part(`${name}.kernel`), bias: part(`${name}.bias`) });
  return {
    ...{ conv1: of('conv1'), conv2: of('conv2'), conv3: of('conv3') },
    ...{ dense1: of('dense1'), dense2: of('dense2') },
  };
}

export function softmax(logits: ArrayLike<number>, temperature = 1): Float64Array {
  const z = Float64Array.from(logits, (logit) => logit / temperature);
  const largest = Math.max(...z);
  const exponentials = z.map((logit) => Math.exp(logit - largest));
  const sum = exponentials.reduce((total, each) => total + each, 0);
  return exponentials.map((each) => each / sum);
}

/**
 * Calls `visit` for each output pixel and each pixel of its window that is not padding.
 *
 * @param visit out: first value of the output pixel; at: that of the input pixel; tap: place in the window
 */
function eachTap(layer: Layer, visit: (out: number, at: number, tap: number) => void): void {
  const { shape, fromShape, side, stride, padding } = layer;
  const [rows, columns, maps] = shape;
  const [, fromColumns, fromMaps] = fromShape;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const { top, left, bottom, right } = fieldOf(layer, row, column);
      const out = (row * columns + column) * maps;
      for (let r = top; r < bottom; r++) {
        for (let c = left; c < right; c++) {
          const tap = (r - row * stride + padding) * side + c - column * stride + padding;
          visit(out, (r * fromColumns + c) * fromMaps, tap);
        }
      }
    }
  }
}

const mapsOf = ([, , maps]: LayerShape) => maps;

function weightedForward(layer: Layer, x: Float64Array, { kernel, bias }: Tensors): Float64Array {
  const maps = mapsOf(layer.shape);
  const fromMaps = mapsOf(layer.fromShape);
  const z = Float64Array.from({ length: sizeOf(layer.shape) }, (_, i) => bias[i % maps]);
  eachTap(layer, (out, at, tap) => {
    for (let i = 0; i < fromMaps; i++) {
      const value = x[at + i];
      if (value === 0) continue;
      const w = (tap * fromMaps + i) * maps;
      for (let map = 0; map < maps; map++) z[out + map] += value * kernel[w + map];
    }
  });
  return z;
}

function weightedBackward(layer: Layer, dz: Float64Array, kernel: Float32Array): Float64Array<ArrayBuffer> {
  const maps = mapsOf(layer.shape);
  const fromMaps = mapsOf(layer.fromShape);
  const dx = new Float64Array(sizeOf(layer.fromShape));
  eachTap(layer, (out, at, tap) => {
    for (let i = 0; i < fromMaps; i++) {
      const w = (tap * fromMaps + i) * maps;
      let sum = 0;
      for (let map = 0; map < maps; map++) sum += dz[out + map] * kernel[w + map];
      dx[at + i] += sum;
    }
  });
  return dx;
}

function meanForward(layer: Layer, x: Float64Array): Float64Array {
  const maps = mapsOf(layer.shape);
  const y = new Float64Array(sizeOf(layer.shape));
  eachTap(layer, (out, at) => {
    for (let map = 0; map < maps; map++) y[out + map] += x[at + map] / layer.side ** 2;
  });
  return y;
}

function meanBackward(layer: Layer, dy: Float64Array): Float64Array<ArrayBuffer> {
  const maps = mapsOf(layer.shape);
  const dx = new Float64Array(sizeOf(layer.fromShape));
  eachTap(layer, (out, at) => {
    for (let map = 0; map < maps; map++) dx[at + map] = dy[out + map] / layer.side ** 2;
  });
  return dx;
}
