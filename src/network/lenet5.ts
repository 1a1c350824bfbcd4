/**
 * LeNet-5 as facts: its layers, their shapes and the order of its parameters in memory.
 *
 * After Y. LeCun et al., "Gradient-based learning applied to document recognition" (1998), with full connections in
 * the second convolution: conv 6@5×5 (same) → average pool 2 → conv 16@5×5 → average pool 2 → conv 120@5×5 → dense 84
 * → softmax K, one output a class. One activation follows each convolution and the first dense layer.
 */

/** Height and width of an input image in pixels; an image is 28×28 bytes, row by row, 0 = paper, 255 = ink. */
export const IMAGE_SIDE = 28;
/** Bytes of one image: 28 × 28. */
export const IMAGE_SIZE = IMAGE_SIDE * IMAGE_SIDE;
/** Most classes: a label is a byte. */
const MOST_CLASSES = 256;

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

/** The network for a number of classes, as plain data: it may cross to another thread. */
export interface LeNet5 {
  /** K. */
  readonly classes: number;
  /** In their order in one flat float array. */
  readonly tensors: readonly Tensor[];
  /** P = 60,856 + 85 K: trainable parameters, the elements of that array. */
  readonly parameterCount: number;
}

const shapes = (classes: number): readonly (readonly [name: string, shape: readonly number[]])[] => [
  ['conv1.kernel', [5, 5, 1, 6]],
  ['conv1.bias', [6]],
  ['conv2.kernel', [5, 5, 6, 16]],
  ['conv2.bias', [16]],
  ['conv3.kernel', [5, 5, 16, 120]],
  ['conv3.bias', [120]],
  ['dense1.kernel', [120, 84]],
  ['dense1.bias', [84]],
  ['dense2.kernel', [84, classes]],
  ['dense2.bias', [classes]],
];

const product = (numbers: readonly number[]) => numbers.reduce((a, b) => a * b, 1);

const networks = new Map<number, LeNet5>();

/**
 * @param classes 2–256
 * @throws RangeError for another number
 */
export function lenet5(classes: number): LeNet5 {
  if (!isClassCount(classes)) {
    throw new RangeError(`A network has 2 to ${MOST_CLASSES} classes, not ${classes}.`);
  }
  const network = networks.get(classes) ?? layOut(classes);
  networks.set(classes, network);
  return network;
}

/** A whole number from 2 to 256. */
export function isClassCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 2 && (value as number) <= MOST_CLASSES;
}

function layOut(classes: number): LeNet5 {
  let offset = 0;
  const tensors = shapes(classes).map(([name, shape]) => {
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
  return { classes, tensors, parameterCount: offset };
}

/** The network of the workbench: 61,706 parameters for the digits 0–9. */
export const DIGITS = lenet5(10);

/** First element of a tensor, by its name, in the flat array. */
export function offsetOf({ tensors }: LeNet5, name: string): number {
  return tensors.find((tensor) => tensor.name === name)!.offset;
}
