import { gradientOf } from './gradient';

/**
 * a = ρ a + (1 − ρ) g²; d = −√(x + ε) g / √(a + ε); x = ρ x + (1 − ρ) d²; w += lr · d
 *
 * coefficients: lr, ρ, 1 − ρ, ε
 */
export function adadelta_update(
  w: usize,
  a: usize,
  x: usize,
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
    const x0 = v128.load(x + i);
    const a1 = f32x4.add(f32x4.mul(rho, v128.load(a + i)), f32x4.mul(share, f32x4.mul(g, g)));
    const d = f32x4.div(f32x4.mul(f32x4.sqrt(f32x4.add(x0, epsilon)), g), f32x4.sqrt(f32x4.add(a1, epsilon)));
    v128.store(a + i, a1);
    v128.store(x + i, f32x4.add(f32x4.mul(rho, x0), f32x4.mul(share, f32x4.mul(d, d))));
    v128.store(w + i, f32x4.sub(v128.load(w + i), f32x4.mul(rate, d)));
  }
}
