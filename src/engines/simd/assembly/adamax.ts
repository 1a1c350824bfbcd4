import { gradientOf } from './gradient';

/**
 * m += (g − m)(1 − β₁); u = max(β₂ u, |g|); w −= rate · m / (u + ε)
 *
 * coefficients: rate = lr / (1 − β₁ᵗ), 1 − β₁, β₂, ε
 */
export function adamax_update(
  w: usize,
  m: usize,
  u: usize,
  gradients: usize,
  stride: usize,
  slices: i32,
  bytes: usize,
  coefficients: usize,
): void {
  const rate = v128.load32_splat(coefficients),
    share1 = v128.load32_splat(coefficients, 4);
  const beta2 = v128.load32_splat(coefficients, 8),
    epsilon = v128.load32_splat(coefficients, 12);
  for (let i: usize = 0; i < bytes; i += 16) {
    const g = gradientOf(gradients + i, stride, slices);
    const m0 = v128.load(m + i);
    const m1 = f32x4.add(m0, f32x4.mul(f32x4.sub(g, m0), share1));
    const u1 = f32x4.max(f32x4.mul(beta2, v128.load(u + i)), f32x4.abs(g));
    v128.store(m + i, m1);
    v128.store(u + i, u1);
    v128.store(w + i, f32x4.sub(v128.load(w + i), f32x4.div(f32x4.mul(rate, m1), f32x4.add(u1, epsilon))));
  }
}
