/**
 * LeNet-5 as facts: its layers, their shapes and the order in which its parameters lie in memory.
 *
 * After Y. LeCun et al., "Gradient-based learning applied to document recognition" (1998), with full connections in
 * the second convolution: conv 6@5×5 (same) → average pool 2 → conv 16@5×5 → average pool 2 → conv 120@5×5 → dense 84
 * → softmax 10. One activation follows each convolution and the first dense layer.
 */

/** Height and width of an input image in pixels; an image is 28×28 bytes, row by row, 0 = paper, 255 = ink. */
export const IMAGE_SIDE = 28;
/** Bytes of one image: 28 × 28. */
export const IMAGE_SIZE = IMAGE_SIDE * IMAGE_SIDE;
/** Classes: the digits 0–9. */
export const CLASS_COUNT = 10;

export interface Tensor {
  /** `layer.kernel` or `layer.bias`; the names in weight files. */
  readonly name: string;
  /** Keras layout, C order: convolution kernels [kh, kw, in, out], dense kernels [in, out], biases [out]. */
  readonly shape: readonly number[];
  /** First element in the flat parameter array. */
  readonly offset: number;
  /** Number of elements. */
  readonly size: number;
  /** Inputs and outputs of one unit, as Glorot's initialiser counts them. */
  readonly fanIn: number;
  readonly fanOut: number;
}

const SHAPES: readonly (readonly [name: string, shape: readonly number[]])[] = [
  ['conv1.kernel', [5, 5, 1, 6]],
  ['conv1.bias', [6]],
  ['conv2.kernel', [5, 5, 6, 16]],
  ['conv2.bias', [16]],
  ['conv3.kernel', [5, 5, 16, 120]],
  ['conv3.bias', [120]],
  ['dense1.kernel', [120, 84]],
  ['dense1.bias', [84]],
  ['dense2.kernel', [84, 10]],
  ['dense2.bias', [10]],
];

const product = (numbers: readonly number[]) => numbers.reduce((a, b) => a * b, 1);

/** All parameters in order; together they are one flat float array of {@link PARAMETER_COUNT} elements. */
export const TENSORS: readonly Tensor[] = layOut();

/** 61,706: trainable parameters of the network. */
export const PARAMETER_COUNT = TENSORS.reduce((sum, tensor) => sum + tensor.size, 0);

function layOut(): Tensor[] {
  let offset = 0;
  return SHAPES.map(([name, shape]) => {
    const receptiveField = product(shape.slice(0, -2));
    const [inputs, outputs] = shape.length > 1 ? shape.slice(-2) : [0, 0];
    const tensor = {
      name,
      shape,
      offset,
      size: product(shape),
      fanIn: receptiveField * inputs,
      fanOut: receptiveField * outputs,
    };
    offset += tensor.size;
    return tensor;
  });
}
