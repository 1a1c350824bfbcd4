import type { Tensor } from '@tensorflow/tfjs-core';
import type { Activation } from '../../network/activations.ts';
import type { Matrix } from './blocks.ts';
import type { TensorFlowModule } from './load-tensorflow.ts';

export type { Tensor };

/** The part of tfjs-node's backend used here: any operation of the library by its name. */
interface NodeBackend {
  readonly binding: Readonly<Record<string, number>> & { readonly TF_Version: string };
  executeSingleOutput(name: string, attributes: Attribute[], inputs: Tensor[]): Tensor;
  executeMultipleOutputs(name: string, attributes: Attribute[], inputs: Tensor[], count: number): Tensor[];
}

interface Attribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

export type Padding = 'SAME' | 'VALID';

const ACTIVATION_OP: Readonly<Record<Activation, string>> = {
  relu: 'Relu',
  tanh: 'Tanh',
  sigmoid: 'Sigmoid',
};

export type Ops = ReturnType<typeof createOps>;

/**
 * The operations that LeNet-5 and its optimizers need, each one call into the library: half the cost of tfjs's own
 * functions, which check and record for gradients first. All tensors are float32 unless said; images are [N, H, W, C].
 *
 * As with every tfjs function, the tensors returned live until the surrounding `tidy` ends.
 */
export function createOps(tf: TensorFlowModule) {
  const backend = tf.backend() as unknown as NodeBackend;
  const { binding } = backend;
  const typeOf = (name: string, type = binding.TF_FLOAT) => ({
    name,
    type: binding.TF_ATTR_TYPE,
    value: type,
  });
  const integer = (name: string, value: number | number[]) => ({ name, type: binding.TF_ATTR_INT, value });
  const flag = (name: string, value: boolean) => ({ name, type: binding.TF_ATTR_BOOL, value });
  const text = (name: string, value: string) => ({ name, type: binding.TF_ATTR_STRING, value });

  const FLOAT = [typeOf('T')];
  const CHANNELS_LAST = [...FLOAT, text('data_format', 'NHWC')];
  const RESHAPE = [...FLOAT, typeOf('Tshape', binding.TF_INT32)];
  const PAIRS = [...FLOAT, integer('block_size', 2)];
  const convolution = (padding: Padding) => [
    ...CHANNELS_LAST,
    integer('strides', [1, 1, 1, 1]),
    text('padding', padding),
  ];
  const constants: Tensor[] = [];
  const constant = (tensor: Tensor) => {
    constants.push(tf.keep(tensor));
    return tensor;
  };
  const run = (name: string, attributes: Attribute[], ...inputs: Tensor[]) =>
    backend.executeSingleOutput(name, attributes, inputs);
  const unary = (name: string) => (x: Tensor) => run(name, FLOAT, x);
  const binary = (name: string) => (a: Tensor, b: Tensor) => run(name, FLOAT, a, b);

  return {
    /** Version of the native library. */
    version: binding.TF_Version,

    add: binary('Add'),
    sub: binary('Sub'),
    mul: binary('Mul'),
    div: binary('RealDiv'),
    maximum: binary('Maximum'),
    negate: unary('Neg'),
    sqrt: unary('Sqrt'),
    square: unary('Square'),
    abs: unary('Abs'),
    softmax: unary('Softmax'),

    /** A matrix that lives until `dispose`. */
    constant: ({ values, shape }: Matrix) => constant(tf.tensor(values, [...shape])),
    /** An int32 vector that lives until `dispose`: a shape, an axis, sizes. */
    integers: (...values: number[]) => constant(tf.tensor1d(values, 'int32')),
    dispose: () => tf.dispose(constants),

    /** `values` must not be changed afterwards: the library shares their memory. */
    tensor: (values: Float32Array | Int32Array, shape: readonly number[]) =>
      tf.tensor(values, [...shape], values instanceof Int32Array ? 'int32' : 'float32'),
    scalar: (value: number) => tf.scalar(value),
    /** @param shape int32; −1 stands for the remaining size */
    reshape: (x: Tensor, shape: Tensor) => run('Reshape', RESHAPE, x, shape),

    /** [A, B] · [B, C] → [A, C], either factor turned over first. */
    matMul: (a: Tensor, b: Tensor, { transposeA = false, transposeB = false } = {}) =>
      run('MatMul', [...FLOAT, flag('transpose_a', transposeA), flag('transpose_b', transposeB)], a, b),
    /** x [..., C] + bias [C] */
    biasAdd: (x: Tensor, bias: Tensor) => run('BiasAdd', CHANNELS_LAST, x, bias),
    /** dy [..., C] → dbias [C] */
    biasAddGrad: (dy: Tensor) => run('BiasAddGrad', CHANNELS_LAST, dy),

    activate: (activation: Activation, x: Tensor) => run(ACTIVATION_OP[activation], FLOAT, x),
    /** @param y output of `activate`: all three derivatives follow from it */
    activateGrad: (activation: Activation, dy: Tensor, y: Tensor) =>
      activation === 'relu'
        ? run('ReluGrad', FLOAT, dy, y)
        : run(`${ACTIVATION_OP[activation]}Grad`, FLOAT, y, dy),

    /** x [N, H, W, C], kernel [kh, kw, C, K] → [N, H', W', K] */
    conv2d: (x: Tensor, kernel: Tensor, padding: Padding) => run('Conv2D', convolution(padding), x, kernel),
    /** → dkernel. @param kernelShape int32 [4] */
    conv2dBackpropFilter: (x: Tensor, kernelShape: Tensor, dy: Tensor, padding: Padding) =>
      run('Conv2DBackpropFilter', convolution(padding), x, kernelShape, dy),
    /** → dx. @param inputSize int32 [height, width] */
    conv2dBackpropInput: (inputSize: Tensor, kernel: Tensor, dy: Tensor, padding: Padding) =>
      run('Conv2DBackpropInput', convolution(padding), inputSize, kernel, dy),
    /** [N, H, W, C] → [N, H/2, W/2, 4C]: the four pixels of a block one after the other, row by row */
    spaceToDepth: (x: Tensor) => run('SpaceToDepth', PAIRS, x),
    /** [N, H, W, 4C] → [N, 2H, 2W, C] */
    depthToSpace: (x: Tensor) => run('DepthToSpace', PAIRS, x),

    /** A flat tensor cut into pieces. @param sizes int32 [count] @param axis int32 [1]: 0 */
    split: (x: Tensor, sizes: Tensor, axis: Tensor): Tensor[] =>
      backend.executeMultipleOutputs(
        'SplitV',
        [...FLOAT, integer('num_split', sizes.size), typeOf('Tlen', binding.TF_INT32)],
        [x, sizes, axis],
        sizes.size,
      ),
    /** Flat pieces → one flat tensor. @param axis int32 [1]: 0 */
    concat: (pieces: Tensor[], axis: Tensor) =>
      run(
        'ConcatV2',
        [...FLOAT, integer('N', pieces.length), typeOf('Tidx', binding.TF_INT32)],
        ...pieces,
        axis,
      ),

    /**
     * Cross-entropy of softmax(logits).
     *
     * @param logits [N, K]
     * @param labels int32 [N]
     * @returns its derivative by each image's logits [N, K]
     */
    crossEntropyGrad: (logits: Tensor, labels: Tensor) =>
      backend.executeMultipleOutputs(
        'SparseSoftmaxCrossEntropyWithLogits',
        [...FLOAT, typeOf('Tlabels', binding.TF_INT32)],
        [logits, labels],
        2,
      )[1],
  };
}
