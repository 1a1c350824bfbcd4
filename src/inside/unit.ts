/** One value of a layer written out: the sum, mean or softmax that it is, with its numbers. */
import type { Activations } from '../engines/inspectable.ts';
import type { Activation } from '../network/activations.ts';
import {
  type Field,
  fieldOf,
  indexIn,
  LAYERS,
  type Layer,
  type LayerName,
  type LayerShape,
} from '../network/layers.ts';
import { ACTIVATE, softmax, tensorsOf, type Weights } from './exact-network.ts';

/** Which value; row and column are 0 in a dense layer. */
export interface Unit {
  readonly layer: LayerName;
  readonly row: number;
  readonly column: number;
  readonly map: number;
}

export interface Term {
  /** The value of the layer before: where it is … */
  readonly row: number;
  readonly column: number;
  readonly map: number;
  /** … and what it is. */
  readonly value: number;
  /** Its weight; ¼ in a mean; null in a softmax. */
  readonly weight: number | null;
  /** weight · value; in a softmax e^((value − the largest) / temperature). */
  readonly product: number;
}

export interface WrittenOut extends Unit {
  readonly operation: Layer['operation'];
  /** The layer that the terms are values of, and the part of it that the window covers. */
  readonly from: Layer['from'];
  readonly field: Field;
  /** Values of the window that lie outside the layer before: they count as 0. */
  readonly outside: number;
  /** The largest first, by magnitude. */
  readonly terms: readonly Term[];
  /** Null where there is none. */
  readonly bias: number | null;
  /** All products and the bias. */
  readonly sum: number;
  /** Null where none follows. */
  readonly activation: Activation | null;
  /** What the layer passes on: the activation of the sum; in a softmax the share of its own term. */
  readonly value: number;
}

export interface Inside extends Weights {
  readonly inputScale: number;
  /** Divisor of the logits. */
  readonly temperature: number;
  /** [28, 28] bytes. */
  readonly image: Uint8Array;
  readonly activations: Activations;
}

/** @throws RangeError when the layer has no such value */
export function writeOut(inside: Inside, unit: Unit): WrittenOut {
  const layer = LAYERS[unit.layer];
  if (!has(layer.shape, unit)) throw new RangeError(`${unit.layer} has no such value.`);
  const field = fieldOf(layer, unit.row, unit.column);
  const said = { ...unit, operation: layer.operation, from: layer.from, field };
  if (layer.operation === 'softmax') return { ...said, ...softmaxOut(inside, unit) };
  const { bias, weightAt } = weightsOf(inside, layer, unit);
  const values = valuesBefore(inside, layer);
  const terms = inputsOf(layer, field, unit).map(({ row, column, map }) => {
    const value = values[indexIn(layer.fromShape, row, column, map)];
    const weight = weightAt(row, column, map);
    return { row, column, map, value, weight, product: weight * value };
  });
  const sum = terms.reduce((total, { product }) => total + product, bias ?? 0);
  const activation = layer.isActivated ? inside.activation : null;
  return {
    ...said,
    outside: layer.side ** 2 * mapsRead(layer) - terms.length,
    terms: largestFirst(terms),
    bias,
    sum,
    activation,
    value: activation ? ACTIVATE[activation](sum) : sum,
  };
}

/** Is it one of the layer's? */
export function has([rows, columns, maps]: LayerShape, { row, column, map }: Omit<Unit, 'layer'>): boolean {
  return isBelow(row, rows) && isBelow(column, columns) && isBelow(map, maps);
}

const isBelow = (index: number, count: number) => Number.isInteger(index) && index >= 0 && index < count;

function softmaxOut({ activations, temperature }: Inside, { map: own }: Unit) {
  const logits = activations.logits;
  const largest = Math.max(...logits);
  const terms = Array.from(logits, (value, map) => ({
    ...{ row: 0, column: 0, map, value, weight: null },
    product: Math.exp((value - largest) / temperature),
  }));
  return {
    outside: 0,
    terms: largestFirst(terms),
    bias: null,
    sum: terms.reduce((total, { product }) => total + product, 0),
    activation: null,
    value: softmax(logits, temperature)[own],
  };
}

/** What the layer before passes on; of the input what the network is given. */
function valuesBefore({ image, inputScale, activations }: Inside, { from }: Layer): ArrayLike<number> {
  return from === 'input' ? Float64Array.from(image, (level) => level * inputScale) : activations[from];
}

/** A mean takes one map only. */
const mapsRead = ({ operation, fromShape }: Layer) => (operation === 'mean' ? 1 : fromShape[2]);

function inputsOf(layer: Layer, { top, left, bottom, right }: Field, { map: own }: Unit) {
  const inputs: Omit<Unit, 'layer'>[] = [];
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++) {
      for (let i = 0; i < mapsRead(layer); i++)
        inputs.push({ row, column, map: layer.operation === 'mean' ? own : i });
    }
  }
  return inputs;
}

function weightsOf({ weights }: Inside, layer: Layer, { row: ownRow, column: ownColumn, map: own }: Unit) {
  const { side, stride, padding, fromShape, shape } = layer;
  if (layer.weights === null) return { bias: null, weightAt: () => 1 / side ** 2 };
  const { kernel, bias } = tensorsOf(weights)[layer.weights];
  const weightAt = (row: number, column: number, map: number) => {
    const tap = (row - ownRow * stride + padding) * side + column - ownColumn * stride + padding;
    return kernel[(tap * fromShape[2] + map) * shape[2] + own];
  };
  return { bias: bias[own], weightAt };
}

function largestFirst(terms: readonly Term[]): Term[] {
  return terms.toSorted((a, b) => Math.abs(b.product) - Math.abs(a.product));
}
