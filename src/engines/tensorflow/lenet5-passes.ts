import type { Activation } from '../../network/activations.ts';
import type { LeNet5 } from '../../network/lenet5.ts';
import { ConvLayer, type ConvTrace } from './conv-layer.ts';
import type { Ops, Tensor } from './ops.ts';

/** The ten tensors of the network, flat, in the order of `network.tensors`. */
type Parameters = readonly Tensor[];

/** What the backward pass needs from the forward pass. */
interface Trace {
  readonly conv1: ConvTrace;
  readonly conv2: ConvTrace;
  /** [N, 400] */
  readonly pooled: Tensor;
  /** [N, 120] */
  readonly hidden1: Tensor;
  /** [N, 84] */
  readonly hidden2: Tensor;
  /** [N, K] */
  readonly logits: Tensor;
  /** [400, 120], [120, 84] and [84, K] */
  readonly kernels: readonly [Tensor, Tensor, Tensor];
}

/**
 * LeNet-5 forward and backward in named operations: with the update at most 90 calls per step, where tfjs's own
 * layers and gradients make 276. The third convolution sees its whole input, so it is a dense layer of 400 → 120.
 */
export class LeNet5Passes {
  readonly #o: Ops;
  readonly #activation: Activation;
  readonly #conv1: ConvLayer;
  readonly #conv2: ConvLayer;
  readonly #axis: Tensor;
  readonly #sizes: Tensor;
  readonly #flat: Tensor;
  readonly #pooledRows: Tensor;
  readonly #pooledBlockRows: Tensor;
  readonly #channelRows: Tensor;
  readonly #kernelShapes: readonly Tensor[];

  constructor(o: Ops, activation: Activation, { tensors, classes }: LeNet5) {
    this.#o = o;
    this.#activation = activation;
    this.#conv1 = new ConvLayer(o, activation, { channels: 1, filters: 6, blocks: 14, padding: 'SAME' });
    this.#conv2 = new ConvLayer(o, activation, { channels: 6, filters: 16, blocks: 7, padding: 'VALID' });
    this.#axis = o.integers(0);
    this.#sizes = o.integers(...tensors.map(({ size }) => size));
    this.#flat = o.integers(-1);
    this.#pooledRows = o.integers(-1, 400);
    this.#pooledBlockRows = o.integers(-1, 16);
    this.#channelRows = o.integers(-1, 6);
    this.#kernelShapes = [o.integers(400, 120), o.integers(120, 84), o.integers(84, classes)];
  }

  /**
   * @param weights [P]
   * @param x images in blocks, [N, 14, 14, 4]
   * @returns logits [N, K]
   */
  forward(weights: Tensor, x: Tensor): Tensor {
    return this.#forward(this.#parameters(weights), x).logits;
  }

  /**
   * @param weights [P]
   * @param x images in blocks, [N, 14, 14, 4]
   * @param labels int32 [N]
   * @returns logits [N, K] and the gradient of the mean cross-entropy [P]
   */
  forwardBackward(weights: Tensor, x: Tensor, labels: Tensor): { logits: Tensor; gradient: Tensor } {
    const o = this.#o;
    const trace = this.#forward(this.#parameters(weights), x);
    const dLoss = o.crossEntropyGrad(trace.logits, labels);
    const dLogits = o.mul(dLoss, o.scalar(1 / x.shape[0]));
    const gradients = this.#backward(trace, dLogits);
    const flat = gradients.map((tensor) => (tensor.rank === 1 ? tensor : o.reshape(tensor, this.#flat)));
    return { logits: trace.logits, gradient: o.concat(flat, this.#axis) };
  }

  #parameters(weights: Tensor): Parameters {
    return this.#o.split(weights, this.#sizes, this.#axis);
  }

  #forward([k1, b1, k2, b2, ...dense]: Parameters, x: Tensor): Trace {
    const o = this.#o;
    const [k3, k4, k5] = this.#kernelShapes.map((shape, i) => o.reshape(dense[2 * i], shape));
    const [, b3, , b4, , b5] = dense;
    const conv1 = this.#conv1.forward(x, k1, b1);
    const conv2 = this.#conv2.forward(o.spaceToDepth(conv1.pooled), k2, b2);
    const pooled = o.reshape(conv2.pooled, this.#pooledRows);
    const hidden1 = o.activate(this.#activation, o.biasAdd(o.matMul(pooled, k3), b3));
    const hidden2 = o.activate(this.#activation, o.biasAdd(o.matMul(hidden1, k4), b4));
    const logits = o.biasAdd(o.matMul(hidden2, k5), b5);
    return { conv1, conv2, pooled, hidden1, hidden2, logits, kernels: [k3, k4, k5] };
  }

  /** @returns derivatives by the ten tensors, in their order */
  #backward(trace: Trace, dLogits: Tensor): Tensor[] {
    const o = this.#o;
    const { conv1, conv2, pooled, hidden1, hidden2, kernels } = trace;
    const [k3, k4, k5] = kernels;
    const dz4 = o.activateGrad(this.#activation, o.matMul(dLogits, k5, { transposeB: true }), hidden2);
    const dz3 = o.activateGrad(this.#activation, o.matMul(dz4, k4, { transposeB: true }), hidden1);
    const dPooled2 = o.reshape(o.matMul(dz3, k3, { transposeB: true }), this.#pooledBlockRows);
    const second = this.#conv2.backward(conv2, dPooled2);
    const dPooled1 = o.depthToSpace(this.#conv2.inputGradient(conv2, second.dz));
    const first = this.#conv1.backward(conv1, o.reshape(dPooled1, this.#channelRows));
    const kernelGradient = (x: Tensor, dz: Tensor) => o.matMul(x, dz, { transposeA: true });
    return [
      ...[first.dKernel, first.dBias, second.dKernel, second.dBias],
      ...[kernelGradient(pooled, dz3), o.biasAddGrad(dz3)],
      ...[kernelGradient(hidden1, dz4), o.biasAddGrad(dz4)],
      ...[kernelGradient(hidden2, dLogits), o.biasAddGrad(dLogits)],
    ];
  }
}
