import { gradientOf } from './gradient';

/**
 * n = a + g²; l += g − (√n − √a) / lr · w; w = −l · lr / √n; a = n
 *
 * coefficients: lr
 */
export function ftrl_update(
  w: usize,
  a: usize,
  l: usize,
  gradients: usize,
  stride: usize,
  slices: i32,
  bytes: usize,
  coefficients: usize,
): void {
  const rate = v128.load32_splat(coefficients);
  for (let i: usize = 0; i < bytes; i += 16) {
    const g = gradientOf(gradients + i, stride, slices);
    const a0 = v128.load(a + i);
    const a1 = f32x4.add(a0, f32x4.mul(g, g));
    const root = f32x4.sqrt(a1);
    const sigma = f32x4.div(f32x4.sub(root, f32x4.sqrt(a0)), rate);
    const l1 = f32x4.add(v128.load(l + i), f32x4.sub(g, f32x4.mul(sigma, v128.load(w + i))));
    v128.store(a + i, a1);
    v128.store(l + i, l1);
    v128.store(w + i, f32x4.neg(f32x4.div(f32x4.mul(l1, rate), root)));
  }
}
