import type { Activation } from '../../network/activations.ts';
import { kernelToBlocks, sameChannels } from './blocks.ts';
import type { Ops, Padding, Tensor } from './ops.ts';

export interface ConvSizes {
  /** C: channels of a pixel of the input. */
  readonly channels: number;
  /** K: filters. */
  readonly filters: number;
  /** Blocks across the input: half its pixels. */
  readonly blocks: number;
  readonly padding: Padding;
}

/** What the backward pass needs from the forward pass. */
export interface ConvTrace {
  /** Blocks of the input [N, B, B, 4C] */
  readonly x: Tensor;
  /** [3, 3, 4C, 4K] */
  readonly kernel: Tensor;
  /** Activations of all pixels [N, B', B', 4K] */
  readonly y: Tensor;
  /** Their averages over blocks [N, B', B', K] */
  readonly pooled: Tensor;
}

/** Convolution 5×5, activation, average pooling 2×2: computed on blocks, see blocks.ts. */
export class ConvLayer {
  readonly #o: Ops;
  readonly #activation: Activation;
  readonly #padding: Padding;
  /** [9 · 4C · 4, 25 C] */
  readonly #placement: Tensor;
  /** [K, 4K] */
  readonly #average: Tensor;
  /** Shapes and sizes as tensors. */
  readonly #axis: Tensor;
  readonly #inputSize: Tensor;
  readonly #kernelShape: Tensor;
  readonly #blockKernelShape: Tensor;
  readonly #blockKernelRows: Tensor;
  readonly #pixelRows: Tensor;
  readonly #blockRows: Tensor;
  readonly #blocksShape: Tensor;
  readonly #pooledShape: Tensor;

  constructor(o: Ops, activation: Activation, { channels, filters, blocks, padding }: ConvSizes) {
    const outBlocks = padding === 'SAME' ? blocks : blocks - 2;
    this.#o = o;
    this.#activation = activation;
    this.#padding = padding;
    this.#placement = o.constant(kernelToBlocks(channels));
    this.#average = o.constant(sameChannels(filters, 1 / 4));
    this.#axis = o.integers(0);
    this.#inputSize = o.integers(blocks, blocks);
    this.#kernelShape = o.integers(25 * channels, filters);
    this.#blockKernelShape = o.integers(3, 3, 4 * channels, 4 * filters);
    this.#blockKernelRows = o.integers(-1, filters);
    this.#pixelRows = o.integers(4, filters);
    this.#blockRows = o.integers(-1, 4 * filters);
    this.#blocksShape = o.integers(-1, outBlocks, outBlocks, 4 * filters);
    this.#pooledShape = o.integers(-1, outBlocks, outBlocks, filters);
  }

  /**
   * @param x [N, B, B, 4C]
   * @param kernel [25 C · K]
   * @param bias [K]
   */
  forward(x: Tensor, kernel: Tensor, bias: Tensor): ConvTrace {
    const o = this.#o;
    const placed = o.matMul(this.#placement, o.reshape(kernel, this.#kernelShape));
    const blockKernel = o.reshape(placed, this.#blockKernelShape);
    const blockBias = o.concat([bias, bias, bias, bias], this.#axis);
    const z = o.biasAdd(o.conv2d(x, blockKernel, this.#padding), blockBias);
    const y = o.activate(this.#activation, z);
    const pooled = o.matMul(o.reshape(y, this.#blockRows), this.#average, { transposeB: true });
    return { x, kernel: blockKernel, y, pooled: o.reshape(pooled, this.#pooledShape) };
  }

  /**
   * @param dPooled [N · B' · B', K]
   * @returns derivatives by the activations' inputs [N, B', B', 4K], the kernel [25 C, K] and the bias [K]
   */
  backward({ x, y }: ConvTrace, dPooled: Tensor): { dz: Tensor; dKernel: Tensor; dBias: Tensor } {
    const o = this.#o;
    const dy = o.reshape(o.matMul(dPooled, this.#average), this.#blocksShape);
    const dz = o.activateGrad(this.#activation, dy, y);
    const dBlockKernel = o.conv2dBackpropFilter(x, this.#blockKernelShape, dz, this.#padding);
    const dPlaced = o.reshape(dBlockKernel, this.#blockKernelRows);
    const dKernel = o.matMul(this.#placement, dPlaced, { transposeA: true });
    const dBias = o.biasAddGrad(o.reshape(o.biasAddGrad(dz), this.#pixelRows));
    return { dz, dKernel, dBias };
  }

  /** @returns derivative by the input's blocks [N, B, B, 4C] */
  inputGradient({ kernel }: ConvTrace, dz: Tensor): Tensor {
    return this.#o.conv2dBackpropInput(this.#inputSize, kernel, dz, this.#padding);
  }
}
