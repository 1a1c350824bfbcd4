import { gradientOf } from './gradient';

/**
 * w −= lr · g
 *
 * coefficients: lr
 */
export function sgd_update(
  w: usize,
  _slot0: usize,
  _slot1: usize,
  gradients: usize,
  stride: usize,
  slices: i32,
  bytes: usize,
  coefficients: usize,
): void {
  const rate = v128.load32_splat(coefficients);
  for (let i: usize = 0; i < bytes; i += 16) {
    v128.store(
      w + i,
      f32x4.sub(v128.load(w + i), f32x4.mul(rate, gradientOf(gradients + i, stride, slices))),
    );
  }
}
