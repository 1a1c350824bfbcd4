/**
 * The second half of a training step: the gradients of the dense weights and the optimizer's update, block by block.
 *
 * A block of a dense layer is some of its rows: their gradient is summed over the whole batch into the thread's scratch
 * and used at once, while it is in the cache. The convolutions are one block, whose gradients the slices have left.
 */

import type { LeNet5 } from '../../network/lenet5.ts';
import type { Address, Kernels, Update } from './kernels.ts';
import type { DenseLayer, Layout, ThreadScratch } from './layout.ts';
import { CONV_PARAMETERS, CONV_STRIDE, denseLayers, FLOAT, MOST_BLOCK_FLOATS, sliceCount } from './layout.ts';

interface DenseBlock {
  readonly layer: DenseLayer;
  /** Floats from the parameters' beginning. */
  readonly offset: number;
  /** First row of the layer's kernel, and how many. */
  readonly row: number;
  readonly rows: number;
  /** The last block of a layer has its bias too, which follows the kernel. */
  readonly bias: boolean;
}

const blocksOf = (network: LeNet5): DenseBlock[] => denseLayers(network).flatMap(cut);

/** Tasks of an update. The first is the convolutions'. */
export const updateTasks = (network: LeNet5) => 1 + blocksOf(network).length;

function cut(layer: DenseLayer): DenseBlock[] {
  const most = Math.floor((MOST_BLOCK_FLOATS / layer.outputs - 1) / 4) * 4;
  const count = Math.ceil(layer.inputs / most);
  const size = Math.ceil(layer.inputs / count / 4) * 4;
  return Array.from({ length: count }, (_, i) => ({
    layer,
    offset: layer.kernel + i * size * layer.outputs,
    row: i * size,
    rows: Math.min(size, layer.inputs - i * size),
    bias: i === count - 1,
  }));
}

export class WeightUpdate {
  readonly #kernels: Kernels;
  readonly #layout: Layout;
  readonly #scratch: ThreadScratch;
  readonly #blocks: readonly DenseBlock[];

  constructor(kernels: Kernels, layout: Layout, scratch: ThreadScratch) {
    this.#kernels = kernels;
    this.#layout = layout;
    this.#scratch = scratch;
    this.#blocks = blocksOf(layout.network);
  }

  /**
   * @param update how to use the gradients: an optimizer's rule, or only summing them
   * @param target array like the parameters that it works on
   * @param images of the batch
   */
  run(task: number, update: Update, target: Address, images: number): void {
    if (task === 0) this.#updateConvolutions(update, target, images);
    else this.#updateDense(update, target, images, this.#blocks[task - 1]);
  }

  #updateConvolutions(update: Update, target: Address, images: number): void {
    const { convGradients } = this.#layout.training!;
    this.#apply(update, target, 0, CONV_PARAMETERS, convGradients, sliceCount(images));
  }

  #updateDense(update: Update, target: Address, images: number, block: DenseBlock): void {
    const { rows } = this.#layout.training!;
    const { rowSizes } = this.#layout;
    const { layer, row } = block;
    const dy = rows[layer.dy];
    const dyRow = rowSizes[layer.dy] * FLOAT;
    const gradient = this.#scratch.blockGradient;
    const x = rows[layer.x] + row * FLOAT;
    const weights = block.rows * layer.outputs;
    const { blank } = this.#layout;
    const { dense_weight_gradient, dense_bias_gradient } = this.#kernels;
    dense_weight_gradient(
      gradient,
      blank,
      x,
      rowSizes[layer.x] * FLOAT,
      dy,
      dyRow,
      images,
      block.rows,
      layer.outputs,
    );
    if (block.bias) {
      dense_bias_gradient(gradient + weights * FLOAT, dy, dyRow, images, rowSizes[layer.dy]);
    }
    this.#apply(update, target, block.offset, weights + (block.bias ? layer.outputs : 0), gradient, 1);
  }

  #apply(
    update: Update,
    target: Address,
    offset: number,
    count: number,
    gradients: Address,
    slices: number,
  ): void {
    const { coefficients, training } = this.#layout;
    const [slot0 = 0, slot1 = 0] = training!.slots;
    const at = offset * FLOAT;
    const bytes = Math.ceil(count / 4) * 16;
    update(target + at, slot0 + at, slot1 + at, gradients, CONV_STRIDE, slices, bytes, coefficients);
  }
}
