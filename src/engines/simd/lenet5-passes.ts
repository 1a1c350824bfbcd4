/** The network's passes over groups of four images: which kernel follows which, and on what. */
import type { Activation } from '../../network/activations.ts';
import type { Address, Kernel, Kernels } from './kernels.ts';
import type { DenseLayer, GroupScratch, Layout, Rows, ThreadScratch, TrainingRows } from './layout.ts';
import { DENSE_LAYERS, FLOAT, GROUP, offsetOf, ROW, VECTOR } from './layout.ts';

/** Which images: `count` of them, 1–4, at `indices` (Uint32) of the images stored at `images`. */
export interface Source {
  readonly images: Address;
  readonly indices: Address;
  readonly count: number;
}

/** conv1's gradient is made in strips of four rows, which stay in the first-level cache. */
const STRIP_ROWS = 4;

/** Bytes from pixel to pixel and row to row: conv1's outputs [28][28][6], and the frame of dConv2 [12][12][17]. */
const CONV1_PIXEL = 6 * VECTOR;
const CONV1_ROW = 28 * CONV1_PIXEL;
const FRAME_PIXEL = 17 * VECTOR;
const FRAME_ROW = 12 * FRAME_PIXEL;

export class LeNet5Passes {
  readonly #kernels: Kernels;
  readonly #inputScale: number;
  readonly #layout: Layout;
  readonly #scratch: ThreadScratch;
  readonly #activationForward: Kernel;
  readonly #activationBackward: Kernel;
  readonly #poolForward: Kernel;
  readonly #poolBackward: Kernel;
  /** Where the convolutions' parameters lie. */
  readonly #w1: Address;
  readonly #b1: Address;
  readonly #w2: Address;
  readonly #b2: Address;

  constructor(
    kernels: Kernels,
    activation: Activation,
    inputScale: number,
    layout: Layout,
    scratch: ThreadScratch,
  ) {
    this.#kernels = kernels;
    this.#inputScale = inputScale;
    this.#layout = layout;
    this.#scratch = scratch;
    this.#activationForward = kernels[`${activation}_forward`];
    this.#activationBackward = kernels[`${activation}_backward`];
    this.#poolForward = kernels[`${activation}_pool_forward`];
    this.#poolBackward = kernels[`${activation}_pool_backward`];
    this.#w1 = layout.parameters + CONV1_KERNEL * FLOAT;
    this.#b1 = layout.parameters + CONV1_BIAS * FLOAT;
    this.#w2 = layout.parameters + CONV2_KERNEL * FLOAT;
    this.#b2 = layout.parameters + CONV2_BIAS * FLOAT;
  }

  /** Images → probabilities, shift and sum in the thread's scratch; rows [4] and group keep what backward needs. */
  forward(group: GroupScratch, rows: Rows, { images, indices, count }: Source): void {
    const kernels = this.#kernels;
    kernels.load_images(group.input, images, indices, count, this.#layout.blank, this.#inputScale);
    kernels.conv1_forward(group.conv1, group.input, this.#w1, this.#b1);
    this.#poolForward(group.pool1, group.conv1, 14, 6);
    kernels.conv2_forward(group.conv2, group.pool1, this.#w2, this.#b2);
    this.#poolForward(group.pool2, group.conv2, 5, 16);
    kernels.lanes_to_rows(rows.pooled, ROW.pooled * FLOAT, group.pool2, ROW.pooled);
    for (const layer of LAYERS) this.#denseForward(layer, rows);
    const { logits, probabilities, shift, sum } = this.#scratch;
    kernels.rows_to_lanes(logits, rows.logits, ROW.logits * FLOAT, ROW.logits);
    kernels.softmax_forward(probabilities, shift, sum, logits);
  }

  #denseForward({ kernel, bias, inputs, outputs, x, y }: PlacedLayer, rows: Rows): void {
    const w = this.#layout.parameters + kernel;
    const b = this.#layout.parameters + bias;
    const { dense_forward } = this.#kernels;
    dense_forward(rows[y], ROW[y] * FLOAT, rows[x], ROW[x] * FLOAT, w, b, GROUP, inputs, outputs);
    if (y !== 'logits') this.#activationForward(rows[y], GROUP * outputs);
  }

  /**
   * From the probabilities of the last forward to the gradients of the group's rows and of conv2's outputs; conv2's
   * weights gain theirs.
   *
   * @param scale 1 / images of the batch
   */
  backwardDense(group: GroupScratch, rows: TrainingRows, scale: number): void {
    const kernels = this.#kernels;
    const { logits, probabilities, labels, dPooledRows, dConvolutions } = this.#scratch;
    kernels.cross_entropy_backward(logits, probabilities, labels, scale);
    kernels.lanes_to_rows(rows.dLogits, ROW.dLogits * FLOAT, logits, ROW.dLogits);
    for (let i = LAYERS.length - 1; i >= 0; i--) this.#denseBackward(LAYERS[i], rows);
    kernels.rows_to_lanes(group.dPool2, dPooledRows, ROW.pooled * FLOAT, ROW.pooled);

    const dConv2 = insideFrame(group.dConv2);
    const dBias = dConvolutions + CONV2_BIAS * VECTOR;
    this.#poolBackward(dConv2, FRAME_ROW, FRAME_PIXEL, dBias, group.conv2, group.dPool2, 5, 5, 16);
    kernels.conv2_weight_gradient(dConvolutions + CONV2_KERNEL * VECTOR, group.pool1, dConv2);
  }

  #denseBackward({ kernel, inputs, outputs, x, dx, dy }: PlacedLayer, rows: TrainingRows): void {
    const w = this.#layout.parameters + kernel;
    const out = dx ? rows[dx] : this.#scratch.dPooledRows;
    const { dense_input_gradient } = this.#kernels;
    dense_input_gradient(out, ROW[x] * FLOAT, rows[dy], ROW[dy] * FLOAT, w, GROUP, inputs, outputs);
    if (dx) this.#activationBackward(out, rows[x], GROUP * inputs);
  }

  /** From conv2's outputs, of one or two groups, to conv1's weights, which gain their gradients. */
  backwardConvolutions(groups: readonly GroupScratch[]): void {
    const [first, second] = groups;
    const dConv2 = insideFrame(first.dConv2);
    const { conv2_input_gradient } = this.#kernels;
    if (second) {
      const pairDx = second.dPool1 - first.dPool1;
      const pairDz = second.dConv2 - first.dConv2;
      conv2_input_gradient(first.dPool1, dConv2, this.#w2, pairDx, pairDz, 1);
    } else {
      conv2_input_gradient(first.dPool1, dConv2, this.#w2, CONV1_PIXEL, FRAME_PIXEL, 2);
    }
    for (const group of groups) this.#backwardConv1(group);
  }

  #backwardConv1({ input, conv1, dPool1 }: GroupScratch): void {
    const { dConv1Strip, dConvolutions } = this.#scratch;
    const dBias = dConvolutions + CONV1_BIAS * VECTOR;
    for (let row = 0; row < 28; row += STRIP_ROWS) {
      const y = conv1 + row * CONV1_ROW;
      const dp = dPool1 + (row / 2) * 14 * CONV1_PIXEL;
      this.#poolBackward(dConv1Strip, CONV1_ROW, CONV1_PIXEL, dBias, y, dp, STRIP_ROWS / 2, 14, 6);
      this.#kernels.conv1_weight_gradient(dConvolutions, input + row * 32 * VECTOR, dConv1Strip);
    }
  }
}

const CONV1_KERNEL = offsetOf('conv1.kernel');
const CONV1_BIAS = offsetOf('conv1.bias');
const CONV2_KERNEL = offsetOf('conv2.kernel');
const CONV2_BIAS = offsetOf('conv2.bias');

/** A dense layer and where its tensors begin, in bytes from the parameters' beginning. */
type PlacedLayer = DenseLayer & { readonly kernel: number; readonly bias: number };

const LAYERS: readonly PlacedLayer[] = DENSE_LAYERS.map((layer) => ({
  ...layer,
  kernel: offsetOf(`${layer.name}.kernel`) * FLOAT,
  bias: offsetOf(`${layer.name}.bias`) * FLOAT,
}));

/** The first pixel of a frame's inside. */
function insideFrame(frame: Address): Address {
  return frame + FRAME_ROW + FRAME_PIXEL;
}
