/** acc + x · y on four lanes: one fused instruction in the relaxed build, a product and a sum in the strict one. */
@inline
export function mad(acc: v128, x: v128, y: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(x, y, acc);
  return f32x4.add(acc, f32x4.mul(x, y));
}
