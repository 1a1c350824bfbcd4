/** Softmax and categorical cross-entropy of a group of four images: z, p and dz are [classes] vectors. */
import { mad } from './mad';

/** eˣ for x ≤ 0 (S. Moshier's Cephes: 2ⁿ times a polynomial of degree 5), relative error ≤ 8e-8, from 1e-38 on. */
@inline
function exp(value: v128): v128 {
  let x = f32x4.max(value, f32x4.splat(-87.3365478515625));
  const n = f32x4.nearest(f32x4.mul(x, f32x4.splat(1.44269504088896341)));
  x = f32x4.sub(x, f32x4.mul(n, f32x4.splat(0.693359375)));
  x = f32x4.sub(x, f32x4.mul(n, f32x4.splat(-2.1219444e-4)));
  let y = f32x4.splat(1.98756915e-4);
  y = mad(f32x4.splat(1.3981999507e-3), y, x);
  y = mad(f32x4.splat(8.3334519073e-3), y, x);
  y = mad(f32x4.splat(4.1665795894e-2), y, x);
  y = mad(f32x4.splat(1.6666665459e-1), y, x);
  y = mad(f32x4.splat(5.0000001201e-1), y, x);
  y = f32x4.add(f32x4.add(f32x4.mul(y, f32x4.mul(x, x)), x), f32x4.splat(1));
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  return f32x4.mul(y, power);
}

/** p = softmax(z); shift = the largest logit and sum = Σ exp(z − shift), so that log p = z − shift − log sum. */
export function softmax_forward(p: usize, shift: usize, sum: usize, z: usize, classes: i32): void {
  let largest = v128.load(z);
  for (let i = 1; i < classes; i++) largest = f32x4.max(largest, v128.load(z + (i << 4)));
  let total = f32x4.splat(0);
  for (let i = 0; i < classes; i++) {
    const e = exp(f32x4.sub(v128.load(z + (i << 4)), largest));
    total = f32x4.add(total, e);
    v128.store(p + (i << 4), e);
  }
  const share = f32x4.div(f32x4.splat(1), total);
  for (let i = 0; i < classes; i++) v128.store(p + (i << 4), f32x4.mul(v128.load(p + (i << 4)), share));
  v128.store(shift, largest);
  v128.store(sum, total);
}

/** dz = scale · (p − one-hot(label)); labels [4] i32, and no gradient where a label is −1. */
export function cross_entropy_backward(dz: usize, p: usize, labels: usize, scale: f32, classes: i32): void {
  const label = v128.load(labels);
  const factor = v128.and(f32x4.splat(scale), i32x4.ge_s(label, i32x4.splat(0)));
  for (let i = 0; i < classes; i++) {
    const one = v128.and(f32x4.splat(1), i32x4.eq(label, i32x4.splat(i)));
    v128.store(dz + (i << 4), f32x4.mul(factor, f32x4.sub(v128.load(p + (i << 4)), one)));
  }
}
