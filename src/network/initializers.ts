import { DIGITS } from './lenet5.ts';
import type { Random } from './random.ts';

/**
 * Glorot uniform weights and zero biases, Keras's default: U(−l, l) with l = √(6 / (fan in + fan out))
 * (X. Glorot, Y. Bengio, 2010).
 *
 * @returns all parameters, [P], in the order of `network.tensors`
 */
export function glorotUniform(random: Random, { tensors, parameterCount } = DIGITS): Float32Array {
  const parameters = new Float32Array(parameterCount);
  for (const { name, offset, size, fanIn, fanOut } of tensors) {
    if (name.endsWith('.bias')) continue;
    const limit = Math.sqrt(6 / (fanIn + fanOut));
    for (let i = 0; i < size; i++) parameters[offset + i] = random.uniform(-limit, limit);
  }
  return parameters;
}
