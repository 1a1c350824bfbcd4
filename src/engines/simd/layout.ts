/**
 * The layout of an engine's memory: parameters, gradients, the rows of a batch, and each thread's scratch.
 *
 * A group is four images side by side; in the convolutions one float of each makes a vector of 16 bytes. The dense
 * layers work on rows, one image after the other. A slice is the one or two groups that one task computes.
 */
import { DIGITS, IMAGE_SIZE, type LeNet5, offsetOf } from '../../network/lenet5.ts';
import type { Address } from './kernels.ts';
import type { SharedHeap } from './shared-heap.ts';

export const GROUP = 4;
/** Most images of a slice: two groups. */
export const SLICE = 2 * GROUP;
export const FLOAT = 4;
export const VECTOR = GROUP * FLOAT;

/** Most images of a training step. */
export const MOST_IMAGES = 128;
/** Most tasks that one job is cut into. */
export const MOST_TASKS = 128;
/** Images per prediction job. */
export const STAGED_IMAGES = 128;

/** Floats from row to row. */
export type RowSizes = Readonly<Record<keyof Rows | `d${'Hidden1' | 'Hidden2' | 'Logits'}`, number>>;

export const POOLED_FLOATS = 400;

/** Logits are padded with zeros to a multiple of four, so that they too are whole vectors. */
function rowSizes({ classes }: LeNet5): RowSizes {
  const logits = Math.ceil(classes / 4) * 4;
  return {
    pooled: POOLED_FLOATS,
    hidden1: 120,
    hidden2: 84,
    logits,
    dHidden1: 120,
    dHidden2: 84,
    dLogits: logits,
  };
}

/** Rows of the dense layers for some images; the d… are gradients, which only training needs. */
export type Rows = Record<'pooled' | 'hidden1' | 'hidden2' | 'logits', Address>;
export type TrainingRows = Record<keyof RowSizes, Address>;

/** The layers after the second pooling: y = x · kernel + bias; dx of the first goes to the scratch. */
const DENSE_LAYERS = [
  { name: 'conv3', inputs: 400, outputs: 120, x: 'pooled', y: 'hidden1', dx: undefined, dy: 'dHidden1' },
  { name: 'dense1', inputs: 120, outputs: 84, x: 'hidden1', y: 'hidden2', dx: 'dHidden1', dy: 'dHidden2' },
  {
    name: 'dense2',
    inputs: 84,
    outputs: undefined,
    x: 'hidden2',
    y: 'logits',
    dx: 'dHidden2',
    dy: 'dLogits',
  },
] as const;

/** A dense layer, and where its tensors begin in the parameters, in floats. */
export type DenseLayer = Omit<(typeof DENSE_LAYERS)[number], 'outputs'> & {
  readonly outputs: number;
  readonly kernel: number;
  readonly bias: number;
};

export function denseLayers(network: LeNet5): DenseLayer[] {
  return DENSE_LAYERS.map((layer) => ({
    ...layer,
    outputs: layer.outputs ?? network.classes,
    kernel: offsetOf(network, `${layer.name}.kernel`),
    bias: offsetOf(network, `${layer.name}.bias`),
  }));
}

/** Parameters of the two convolutions, which come first in any network: their gradients are summed over slices. */
export const CONV_PARAMETERS = offsetOf(DIGITS, 'conv3.kernel');

/** Bytes of [side][side][channels] vectors. */
const plane = (side: number, channels: number) => side * side * channels * VECTOR;

/** Bytes that a group needs; gradients are called d… and have the size of what they belong to. */
const groupBytes = ({ logits }: RowSizes) => ({
  /** [32][32]: 28×28 and a border of two zeros. */
  input: plane(32, 1),
  conv1: plane(28, 6),
  pool1: plane(14, 6),
  conv2: plane(10, 16),
  pool2: POOLED_FLOATS * VECTOR,
  dPool2: POOLED_FLOATS * VECTOR,
  /** [12][12][17]: 10×10 pixels in a frame of zeros, 16 channels and one of padding. */
  dConv2: plane(12, 17),
  dPool1: plane(14, 6),
  /** Logits; backward, their gradient. */
  logits: logits * VECTOR,
  probabilities: logits * VECTOR,
  /** Largest logit, Σ exp(logit − largest), and the label: one of each per image. */
  shift: VECTOR,
  sum: VECTOR,
  labels: VECTOR,
});

/** Floats of a block of dense gradients: see blocks in weight-update.ts. */
export const MOST_BLOCK_FLOATS = 24 * 84 + 84;

const THREAD_BYTES = {
  /** Lanes of the gradients of both convolutions, in the order of the parameters. */
  dConvolutions: CONV_PARAMETERS * VECTOR,
  /** A strip of conv1's gradient: [4][28][6]. */
  dConv1Strip: 4 * 28 * 6 * VECTOR,
  /** Gradients of the rows that both groups have in `pooled`. */
  dPooled: SLICE * POOLED_FLOATS * FLOAT,
  indices: SLICE * 4,
  /** A bias is padded as its row is. */
  blockGradient: MOST_BLOCK_FLOATS * FLOAT + VECTOR,
};

export type GroupScratch = Record<keyof ReturnType<typeof groupBytes>, Address>;

export interface ThreadScratch extends Record<keyof typeof THREAD_BYTES, Address> {
  readonly groups: readonly [GroupScratch, GroupScratch];
  /** Rows of both groups, to predict with. */
  readonly rows: Rows;
}

/** What training needs besides the network. */
export interface TrainingLayout {
  /** Optimizer slots, [P] floats each. */
  readonly slots: readonly Address[];
  /** Gradients of the convolutions, an array for each slice, `CONV_STRIDE` bytes apart. */
  readonly convGradients: Address;
  readonly rows: TrainingRows;
}

export interface Layout {
  readonly network: LeNet5;
  readonly rowSizes: RowSizes;
  /** Int32: the control block of the threads; see thread-pool.ts. */
  readonly control: Address;
  /** [16] floats: the coefficients of an update rule. */
  readonly coefficients: Address;
  /** [MOST_TASKS][2] doubles: loss and hits of each task. */
  readonly results: Address;
  /** [MOST_IMAGES] Uint32: the batch. */
  readonly indices: Address;
  /** An image of zeros, for lanes without one; also a row of them, for sums to start from. */
  readonly blank: Address;
  /** [P] floats and padding. */
  readonly parameters: Address;
  /** [STAGED_IMAGES] images to predict and [STAGED_IMAGES][K] floats of probabilities. */
  readonly staged: Address;
  readonly probabilities: Address;
  readonly training: TrainingLayout | undefined;
  /** For each thread. */
  readonly scratch: readonly ThreadScratch[];
}

/** Bytes of an array with an element for each parameter, in whole vectors. */
export const parameterBytes = ({ parameterCount }: LeNet5) => Math.ceil(parameterCount / 4) * 16;
export const CONV_STRIDE = CONV_PARAMETERS * FLOAT;

/** @param batchSize images of the largest batch, or undefined when the engine does not train */
export function layOut(
  heap: SharedHeap,
  network: LeNet5,
  threads: number,
  slots: number,
  batchSize: number | undefined,
): Layout {
  const sizes = rowSizes(network);
  return {
    network,
    rowSizes: sizes,
    control: heap.allocate(512),
    coefficients: heap.allocate(64),
    results: heap.allocate(MOST_TASKS * 16),
    indices: heap.allocate(MOST_IMAGES * 4),
    blank: heap.allocate(Math.max(IMAGE_SIZE, sizes.logits * FLOAT)),
    parameters: heap.allocate(parameterBytes(network)),
    staged: heap.allocate(STAGED_IMAGES * IMAGE_SIZE),
    probabilities: heap.allocate(STAGED_IMAGES * network.classes * FLOAT),
    training: batchSize === undefined ? undefined : layOutTraining(heap, network, sizes, slots, batchSize),
    scratch: Array.from({ length: threads }, () => layOutScratch(heap, sizes)),
  };
}

/** A batch of 16 has more slices than one of 17. */
function mostSlices(batchSize: number): number {
  return Math.max(sliceCount(batchSize), sliceCount(Math.min(batchSize, SMALL_BATCH)));
}

function layOutTraining(
  heap: SharedHeap,
  network: LeNet5,
  sizes: RowSizes,
  slots: number,
  batchSize: number,
): TrainingLayout {
  const rows = Math.ceil(batchSize / GROUP) * GROUP;
  return {
    slots: Array.from({ length: slots }, () => heap.allocate(parameterBytes(network))),
    convGradients: heap.allocate(mostSlices(batchSize) * CONV_STRIDE),
    rows: {
      ...layOutRows(heap, sizes, rows),
      dHidden1: heap.allocate(rows * sizes.dHidden1 * FLOAT),
      dHidden2: heap.allocate(rows * sizes.dHidden2 * FLOAT),
      dLogits: heap.allocate(rows * sizes.dLogits * FLOAT),
    },
  };
}

function layOutRows(heap: SharedHeap, sizes: RowSizes, rows: number): Rows {
  return {
    pooled: heap.allocate(rows * sizes.pooled * FLOAT),
    hidden1: heap.allocate(rows * sizes.hidden1 * FLOAT),
    hidden2: heap.allocate(rows * sizes.hidden2 * FLOAT),
    logits: heap.allocate(rows * sizes.logits * FLOAT),
  };
}

function layOutScratch(heap: SharedHeap, sizes: RowSizes): ThreadScratch {
  const group = groupBytes(sizes);
  return {
    ...layOutAll(heap, THREAD_BYTES),
    groups: [layOutAll(heap, group), layOutAll(heap, group)],
    rows: layOutRows(heap, sizes, SLICE),
  };
}

function layOutAll<Name extends string>(
  heap: SharedHeap,
  sizes: Record<Name, number>,
): Record<Name, Address> {
  const names = Object.keys(sizes) as Name[];
  return Object.fromEntries(names.map((name) => [name, heap.allocate(sizes[name])])) as Record<Name, Address>;
}

/** Up to this many images a slice is one group: two threads share even a batch of 5, four one of 16. */
const SMALL_BATCH = 16;

/**
 * Images of a slice of a batch, of which the last may have fewer. It follows from the size of the batch alone, so that
 * the number of threads cannot change a sum.
 */
export function sliceSize(images: number): number {
  return images <= SMALL_BATCH ? GROUP : SLICE;
}

/** Slices of a batch. */
export function sliceCount(images: number): number {
  return Math.ceil(images / sliceSize(images));
}
