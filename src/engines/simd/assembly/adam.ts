import { gradientOf } from './gradient';

/**
 * m += (g − m)(1 − β₁); v += (g² − v)(1 − β₂); w −= rate · m / (√v + ε)
 *
 * coefficients: rate = lr √(1 − β₂ᵗ) / (1 − β₁ᵗ), 1 − β₁, 1 − β₂, ε
 */
export function adam_update(
  w: usize,
  m: usize,
  v: usize,
  gradients: usize,
  stride: usize,
  slices: i32,
  bytes: usize,
  coefficients: usize,
): void {
  const rate = v128.load32_splat(coefficients),
    share1 = v128.load32_splat(coefficients, 4);
  const share2 = v128.load32_splat(coefficients, 8),
    epsilon = v128.load32_splat(coefficients, 12);
  for (let i: usize = 0; i < bytes; i += 16) {
    const g = gradientOf(gradients + i, stride, slices);
    const m0 = v128.load(m + i),
      v0 = v128.load(v + i);
    const m1 = f32x4.add(m0, f32x4.mul(f32x4.sub(g, m0), share1));
    const v1 = f32x4.add(v0, f32x4.mul(f32x4.sub(f32x4.mul(g, g), v0), share2));
    v128.store(m + i, m1);
    v128.store(v + i, v1);
    v128.store(
      w + i,
      f32x4.sub(v128.load(w + i), f32x4.div(f32x4.mul(rate, m1), f32x4.add(f32x4.sqrt(v1), epsilon))),
    );
  }
}
