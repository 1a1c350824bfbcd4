/** A parameter's gradient is the sum over the slices of the batch, always in the order of the slices. */

/** The sum at `gradients` of `slices` vectors, `stride` bytes apart. */
@inline
export function gradientOf(gradients: usize, stride: usize, slices: i32): v128 {
  let sum = v128.load(gradients);
  for (let slice = 1; slice < slices; slice++) {
    gradients += stride;
    sum = f32x4.add(sum, v128.load(gradients));
  }
  return sum;
}

/** out [bytes / 4] = the gradients themselves, as an update would see them. */
export function sum_gradients(out: usize, _slot0: usize, _slot1: usize, gradients: usize, stride: usize, slices: i32, bytes: usize, _coefficients: usize): void {
  for (let i: usize = 0; i < bytes; i += 16) v128.store(out + i, gradientOf(gradients + i, stride, slices));
}
