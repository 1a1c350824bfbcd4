/**
 * What LeNet-5 computes for an image, layer by layer: the shape of each layer's values, and which values of the layer
 * before one value is made of.
 */
import { DIGITS, IMAGE_SIDE, type LeNet5 } from './lenet5.ts';

export const LAYER_NAMES = [
  'conv1',
  'pool1',
  'conv2',
  'pool2',
  'conv3',
  'dense1',
  'logits',
  'probabilities',
] as const;

export type LayerName = (typeof LAYER_NAMES)[number];

/** A layer whose values are weighted sums, and the name of its tensors. */
export type WeightedName = 'conv1' | 'conv2' | 'conv3' | 'dense1' | 'dense2';

/** [rows, columns, maps]; a dense layer is one row and one column of many maps. */
export type LayerShape = readonly [rows: number, columns: number, maps: number];

export interface Layer {
  readonly name: LayerName;
  readonly shape: LayerShape;
  /** The layer that it is made of. */
  readonly from: LayerName | 'input';
  readonly fromShape: LayerShape;
  /**
   * - weighted: Σ weight · value of the window + bias, then the activation unless these are the logits
   * - mean: of the window, map by map
   * - softmax: of all logits
   */
  readonly operation: 'weighted' | 'mean' | 'softmax';
  /** Tensors of a weighted layer: `${weights}.kernel`, `${weights}.bias`. */
  readonly weights: WeightedName | null;
  /** Does an activation follow? */
  readonly isActivated: boolean;
  /** Side of the window on the layer before, in its pixels. */
  readonly side: number;
  /** Pixels from window to window. */
  readonly stride: number;
  /** Pixels by which the first window begins outside; there everything is 0. */
  readonly padding: number;
}

const INPUT_SHAPE: LayerShape = [IMAGE_SIDE, IMAGE_SIDE, 1];

type Facts = Omit<Layer, 'from' | 'fromShape'>;

const weighted = (
  name: LayerName,
  weights: WeightedName,
  shape: LayerShape,
  side: number,
  padding = 0,
): Facts => ({
  ...{ name, weights, shape, side, padding },
  ...{ operation: 'weighted', isActivated: name !== 'logits', stride: 1 },
});

const pooled = (name: LayerName, shape: LayerShape): Facts => ({
  ...{ name, weights: null, shape, side: 2, stride: 2, padding: 0 },
  ...{ operation: 'mean', isActivated: false },
});

/** From the first convolution to the probabilities, each made of the one before. */
export function layersOf({ classes }: LeNet5 = DIGITS): readonly Layer[] {
  const facts: readonly Facts[] = [
    weighted('conv1', 'conv1', [28, 28, 6], 5, 2),
    pooled('pool1', [14, 14, 6]),
    weighted('conv2', 'conv2', [10, 10, 16], 5),
    pooled('pool2', [5, 5, 16]),
    weighted('conv3', 'conv3', [1, 1, 120], 5),
    weighted('dense1', 'dense1', [1, 1, 84], 1),
    weighted('logits', 'dense2', [1, 1, classes], 1),
    {
      ...{ name: 'probabilities', weights: null, shape: [1, 1, classes], side: 1, stride: 1, padding: 0 },
      ...{ operation: 'softmax', isActivated: false },
    },
  ];
  return facts.map((layer, i) => ({
    ...layer,
    from: i === 0 ? 'input' : facts[i - 1].name,
    fromShape: i === 0 ? INPUT_SHAPE : facts[i - 1].shape,
  }));
}

/** The layers of the digits' network, by name. */
export const LAYERS = Object.fromEntries(layersOf().map((layer) => [layer.name, layer])) as Readonly<
  Record<LayerName, Layer>
>;

export const isLayerName = (name: unknown): name is LayerName => LAYER_NAMES.includes(name as LayerName);

/** Values of a layer. */
export const sizeOf = ([rows, columns, maps]: LayerShape) => rows * columns * maps;

/** Where a value lies among its layer's: [row][column][map]. */
export const indexIn = ([, columns, maps]: LayerShape, row: number, column: number, map: number) =>
  (row * columns + column) * maps + map;

/** Pixels [top, bottom) × [left, right). */
export interface Field {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

/** The part of the layer before that one pixel is made of, as far as it is not padding. */
export function fieldOf({ side, stride, padding, fromShape }: Layer, row: number, column: number): Field {
  const [rows, columns] = fromShape;
  const top = row * stride - padding;
  const left = column * stride - padding;
  return {
    top: Math.max(0, top),
    left: Math.max(0, left),
    bottom: Math.min(rows, top + side),
    right: Math.min(columns, left + side),
  };
}
