import { gradientOf } from './gradient';

/**
 * m, v as adam; w −= (rateM · m + rateG · g) / (√(v · correction) + ε)
 *
 * coefficients: rateM = lr u₁ / (1 − P₁), rateG = lr (1 − u) / (1 − P), correction = 1 / (1 − β₂ᵗ), 1 − β₁, 1 − β₂, ε
 */
export function nadam_update(
  w: usize,
  m: usize,
  v: usize,
  gradients: usize,
  stride: usize,
  slices: i32,
  bytes: usize,
  coefficients: usize,
): void {
  const rateM = v128.load32_splat(coefficients),
    rateG = v128.load32_splat(coefficients, 4),
    correction = v128.load32_splat(coefficients, 8);
  const share1 = v128.load32_splat(coefficients, 12),
    share2 = v128.load32_splat(coefficients, 16),
    epsilon = v128.load32_splat(coefficients, 20);
  for (let i: usize = 0; i < bytes; i += 16) {
    const g = gradientOf(gradients + i, stride, slices);
    const m0 = v128.load(m + i),
      v0 = v128.load(v + i);
    const m1 = f32x4.add(m0, f32x4.mul(f32x4.sub(g, m0), share1));
    const v1 = f32x4.add(v0, f32x4.mul(f32x4.sub(f32x4.mul(g, g), v0), share2));
    v128.store(m + i, m1);
    v128.store(v + i, v1);
    const direction = f32x4.add(f32x4.mul(rateM, m1), f32x4.mul(rateG, g));
    v128.store(
      w + i,
      f32x4.sub(
        v128.load(w + i),
        f32x4.div(direction, f32x4.add(f32x4.sqrt(f32x4.mul(v1, correction)), epsilon)),
      ),
    );
  }
}
