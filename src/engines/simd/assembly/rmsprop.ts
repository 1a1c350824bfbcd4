import { gradientOf } from './gradient';

/**
 * v = ρ v + (1 − ρ) g²; w −= lr · g / √(v + ε)
 *
 * coefficients: lr, ρ, 1 − ρ, ε
 */
export function rmsprop_update(
  w: usize,
  v: usize,
  _slot1: usize,
  gradients: usize,
  stride: usize,
  slices: i32,
  bytes: usize,
  coefficients: usize,
): void {
  const rate = v128.load32_splat(coefficients),
    rho = v128.load32_splat(coefficients, 4);
  const share = v128.load32_splat(coefficients, 8),
    epsilon = v128.load32_splat(coefficients, 12);
  for (let i: usize = 0; i < bytes; i += 16) {
    const g = gradientOf(gradients + i, stride, slices);
    const v1 = f32x4.add(f32x4.mul(rho, v128.load(v + i)), f32x4.mul(share, f32x4.mul(g, g)));
    v128.store(v + i, v1);
    v128.store(
      w + i,
      f32x4.sub(v128.load(w + i), f32x4.div(f32x4.mul(rate, g), f32x4.sqrt(f32x4.add(v1, epsilon)))),
    );
  }
}
