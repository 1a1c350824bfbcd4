import { gradientOf } from './gradient';

/**
 * a += g²; w −= lr · g / √(a + ε)
 *
 * coefficients: lr, ε
 */
export function adagrad_update(
  w: usize,
  a: usize,
  _slot1: usize,
  gradients: usize,
  stride: usize,
  slices: i32,
  bytes: usize,
  coefficients: usize,
): void {
  const rate = v128.load32_splat(coefficients),
    epsilon = v128.load32_splat(coefficients, 4);
  for (let i: usize = 0; i < bytes; i += 16) {
    const g = gradientOf(gradients + i, stride, slices);
    const a1 = f32x4.add(v128.load(a + i), f32x4.mul(g, g));
    v128.store(a + i, a1);
    v128.store(
      w + i,
      f32x4.sub(v128.load(w + i), f32x4.div(f32x4.mul(rate, g), f32x4.sqrt(f32x4.add(a1, epsilon)))),
    );
  }
}
