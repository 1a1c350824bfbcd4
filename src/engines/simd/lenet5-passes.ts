/** The network's passes over groups of four images: the sequence of kernels and their arguments. */
import type { Activation } from '../../network/activations.ts';
import { DIGITS, offsetOf } from '../../network/lenet5.ts';
import type { Address, Kernel, Kernels } from './kernels.ts';
import type { DenseLayer, GroupScratch, Layout, Rows, ThreadScratch, TrainingRows } from './layout.ts';
import { CONV_PARAMETERS, denseLayers, FLOAT, GROUP, POOLED_FLOATS, VECTOR } from './layout.ts';

/** Which images: `count` of them, 1–8, at `indices` (Uint32) of the images stored at `images`. */
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
  readonly #oneGroup: readonly GroupScratch[];
  readonly #kernels: Kernels;
  readonly #inputScale: number;
  readonly #layout: Layout;
  readonly #scratch: ThreadScratch;
  readonly #activationForward: Kernel;
  readonly #activationBackward: Kernel;
  readonly #poolForward: Kernel;
  readonly #poolBackward: Kernel;
  readonly #layers: readonly DenseLayer[];
  readonly #layersBackwards: readonly DenseLayer[];
  readonly #logitsRow: number;
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
    this.#oneGroup = scratch.groups.slice(0, 1);
    this.#layers = denseLayers(layout.network);
    this.#layersBackwards = this.#layers.toReversed();
    this.#logitsRow = layout.rowSizes.logits * FLOAT;
    this.#activationForward = kernels[`${activation}_forward`];
    this.#activationBackward = kernels[`${activation}_backward`];
    this.#poolForward = kernels[`${activation}_pool_forward`];
    this.#poolBackward = kernels[`${activation}_pool_backward`];
    this.#w1 = layout.parameters + CONV1_KERNEL * FLOAT;
    this.#b1 = layout.parameters + CONV1_BIAS * FLOAT;
    this.#w2 = layout.parameters + CONV2_KERNEL * FLOAT;
    this.#b2 = layout.parameters + CONV2_BIAS * FLOAT;
  }

  /**
   * Images → logits, probabilities, shift and sum of their groups in the scratch; groups and rows [4 or 8] keep what
   * backward needs.
   */
  forward(rows: Rows, source: Source): void {
    const groups = this.#groupsOf(source.count);
    groups.forEach((group, i) => {
      this.#convolutionsForward(group, i, rows, source);
    });
    for (const layer of this.#layers) this.#denseForward(layer, rows, groups.length * GROUP);
    groups.forEach((group, i) => {
      this.#softmaxForward(group, i, rows);
    });
  }

  #groupsOf(count: number): readonly GroupScratch[] {
    return count > GROUP ? this.#scratch.groups : this.#oneGroup;
  }

  #convolutionsForward(
    group: GroupScratch,
    index: number,
    rows: Rows,
    { images, indices, count }: Source,
  ): void {
    const kernels = this.#kernels;
    const from = index * GROUP;
    const here = Math.min(GROUP, count - from);
    kernels.load_images(group.input, images, indices + from * 4, here, this.#layout.blank, this.#inputScale);
    kernels.conv1_forward(group.conv1, group.input, this.#w1, this.#b1);
    this.#poolForward(group.pool1, group.conv1, 14, 6);
    kernels.conv2_forward(group.conv2, group.pool1, this.#w2, this.#b2);
    this.#poolForward(group.pool2, group.conv2, 5, 16);
    kernels.lanes_to_rows(rows.pooled + from * POOLED_ROW, POOLED_ROW, group.pool2, POOLED_FLOATS);
  }

  #denseForward({ kernel, bias, inputs, outputs, x, y }: DenseLayer, rows: Rows, height: number): void {
    const { parameters, rowSizes } = this.#layout;
    const w = parameters + kernel * FLOAT;
    const b = parameters + bias * FLOAT;
    const { dense_forward } = this.#kernels;
    dense_forward(rows[y], rowSizes[y] * FLOAT, rows[x], rowSizes[x] * FLOAT, w, b, height, inputs, outputs);
    if (y !== 'logits') this.#activationForward(rows[y], height * outputs);
  }

  #softmaxForward({ logits, probabilities, shift, sum }: GroupScratch, index: number, rows: Rows): void {
    const { network, rowSizes } = this.#layout;
    const row = this.#logitsRow;
    this.#kernels.rows_to_lanes(logits, rows.logits + index * GROUP * row, row, rowSizes.logits);
    this.#kernels.softmax_forward(probabilities, shift, sum, logits, network.classes);
  }

  /**
   * From the probabilities of the last forward and the labels of its groups to the gradients of their rows and, in the
   * scratch, of both convolutions' parameters.
   *
   * @param count images of the last forward
   * @param scale 1 / images of the batch
   */
  backward(rows: TrainingRows, count: number, scale: number): void {
    const { dConvolutions } = this.#scratch;
    const groups = this.#groupsOf(count);
    this.#kernels.clear(dConvolutions, CONV_PARAMETERS * VECTOR);
    groups.forEach((group, i) => {
      this.#lossBackward(group, i, rows, scale);
    });
    for (const layer of this.#layersBackwards) this.#denseBackward(layer, rows, groups.length * GROUP);
    groups.forEach((group, i) => {
      this.#conv2Backward(group, i);
    });
    this.#conv2InputGradient(groups);
    for (const group of groups) this.#conv1Backward(group);
  }

  #lossBackward(group: GroupScratch, index: number, rows: TrainingRows, scale: number): void {
    const { logits, probabilities, labels } = group;
    const { network, rowSizes } = this.#layout;
    const row = this.#logitsRow;
    this.#kernels.cross_entropy_backward(logits, probabilities, labels, scale, network.classes);
    this.#kernels.lanes_to_rows(rows.dLogits + index * GROUP * row, row, logits, rowSizes.dLogits);
  }

  #denseBackward(
    { kernel, inputs, outputs, x, dx, dy }: DenseLayer,
    rows: TrainingRows,
    height: number,
  ): void {
    const { parameters, rowSizes } = this.#layout;
    const w = parameters + kernel * FLOAT;
    const out = dx ? rows[dx] : this.#scratch.dPooled;
    const { dense_input_gradient } = this.#kernels;
    dense_input_gradient(
      out,
      rowSizes[x] * FLOAT,
      rows[dy],
      rowSizes[dy] * FLOAT,
      w,
      height,
      inputs,
      outputs,
    );
    if (dx) this.#activationBackward(out, rows[x], height * inputs);
  }

  #conv2Backward({ pool1, conv2, dPool2, dConv2 }: GroupScratch, index: number): void {
    const { dPooled, dConvolutions } = this.#scratch;
    this.#kernels.rows_to_lanes(dPool2, dPooled + index * GROUP * POOLED_ROW, POOLED_ROW, POOLED_FLOATS);
    const dBias = dConvolutions + CONV2_BIAS * VECTOR;
    this.#poolBackward(insideFrame(dConv2), FRAME_ROW, FRAME_PIXEL, dBias, conv2, dPool2, 5, 5, 16);
    this.#kernels.conv2_weight_gradient(dConvolutions + CONV2_KERNEL * VECTOR, pool1, insideFrame(dConv2));
  }

  #conv2InputGradient([first, second]: readonly GroupScratch[]): void {
    const dConv2 = insideFrame(first.dConv2);
    const { conv2_input_gradient } = this.#kernels;
    if (second) {
      const pairDx = second.dPool1 - first.dPool1;
      const pairDz = second.dConv2 - first.dConv2;
      conv2_input_gradient(first.dPool1, dConv2, this.#w2, pairDx, pairDz, 1);
    } else {
      conv2_input_gradient(first.dPool1, dConv2, this.#w2, CONV1_PIXEL, FRAME_PIXEL, 2);
    }
  }

  #conv1Backward({ input, conv1, dPool1 }: GroupScratch): void {
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

/** Bytes of a row. */
const POOLED_ROW = POOLED_FLOATS * FLOAT;

/** The convolutions lie there in every network. */
const CONV1_KERNEL = offsetOf(DIGITS, 'conv1.kernel');
const CONV1_BIAS = offsetOf(DIGITS, 'conv1.bias');
const CONV2_KERNEL = offsetOf(DIGITS, 'conv2.kernel');
const CONV2_BIAS = offsetOf(DIGITS, 'conv2.bias');

/** The first pixel of a frame's inside. */
function insideFrame(frame: Address): Address {
  return frame + FRAME_ROW + FRAME_PIXEL;
}
