/**
 * The three activations, their derivatives from their own output, and both on arrays.
 *
 * `activate` and `derive` take the activation as a constant, so that every loop using them is written once and compiled
 * three times.
 */
import { mad } from './mad';

export const RELU: i32 = 0;
export const TANH: i32 = 1;
export const SIGMOID: i32 = 2;

/**
 * Constants of the rational approximation tanh x ≈ x · P(x²) / Q(x²), degree 13 / 6, on [−7.905, 7.905], where it reaches
 * ±1 in float32 (Eigen's coefficients; error ≤ 3.4e-7). A vector constant costs three instructions in the code but only
 * one load from memory, so each is stored four times.
 */
const CONSTANTS: usize = memory.data<f32>([
  7.905311107635498, 7.905311107635498, 7.905311107635498, 7.905311107635498,
  -7.905311107635498, -7.905311107635498, -7.905311107635498, -7.905311107635498,
  -2.76076847742355e-16, -2.76076847742355e-16, -2.76076847742355e-16, -2.76076847742355e-16,
  2.00018790482477e-13, 2.00018790482477e-13, 2.00018790482477e-13, 2.00018790482477e-13,
  -8.60467152213735e-11, -8.60467152213735e-11, -8.60467152213735e-11, -8.60467152213735e-11,
  5.12229709037114e-08, 5.12229709037114e-08, 5.12229709037114e-08, 5.12229709037114e-08,
  1.48572235717979e-05, 1.48572235717979e-05, 1.48572235717979e-05, 1.48572235717979e-05,
  0.000637261928875436, 0.000637261928875436, 0.000637261928875436, 0.000637261928875436,
  0.00489352455891786, 0.00489352455891786, 0.00489352455891786, 0.00489352455891786,
  1.19825839466702e-06, 1.19825839466702e-06, 1.19825839466702e-06, 1.19825839466702e-06,
  0.000118534705686654, 0.000118534705686654, 0.000118534705686654, 0.000118534705686654,
  0.002268434632439, 0.002268434632439, 0.002268434632439, 0.002268434632439,
  0.00489352518554385, 0.00489352518554385, 0.00489352518554385, 0.00489352518554385,
], 16);

@inline
function constant(index: i32): v128 {
  return v128.load(CONSTANTS + (index << 4));
}

@inline
function tanh(z: v128): v128 {
  const x = f32x4.max(f32x4.min(z, constant(0)), constant(1));
  const square = f32x4.mul(x, x);
  let p = mad(constant(3), constant(2), square);
  let q = mad(constant(10), constant(9), square);
  p = mad(constant(4), p, square);
  q = mad(constant(11), q, square);
  p = mad(constant(5), p, square);
  q = mad(constant(12), q, square);
  p = mad(constant(6), p, square);
  p = mad(constant(7), p, square);
  p = mad(constant(8), p, square);
  return f32x4.div(f32x4.mul(p, x), q);
}

/** The activation of z. NaN stays NaN, so that divergence shows in the loss. */
@inline
export function activate(z: v128, activation: i32): v128 {
  if (activation == RELU) return f32x4.pmax(z, f32x4.splat(0));
  if (activation == TANH) return tanh(z);
  const half = f32x4.splat(0.5); // sigmoid z = ½ + ½ tanh ½z
  return mad(half, tanh(f32x4.mul(z, half)), half);
}

/** gradient · activation'(z), from the activation's output y. */
@inline
export function derive(gradient: v128, y: v128, activation: i32): v128 {
  if (activation == RELU) return v128.and(gradient, f32x4.gt(y, f32x4.splat(0)));
  if (activation == TANH) return f32x4.mul(gradient, f32x4.sub(f32x4.splat(1), f32x4.mul(y, y)));
  return f32x4.mul(gradient, f32x4.mul(y, f32x4.sub(f32x4.splat(1), y)));
}

/** y [count] = activation(y), in place; count a multiple of 4. */
@inline
function activateAll(y: usize, count: i32, activation: i32): void {
  const end = y + (count << 2);
  do {
    v128.store(y, activate(v128.load(y), activation));
    y += 16;
  } while (y < end);
}

/** dy [count] = dy · activation'(z), in place, from y [count] = activation(z); count a multiple of 4. */
@inline
function deriveAll(dy: usize, y: usize, count: i32, activation: i32): void {
  const end = dy + (count << 2);
  do {
    v128.store(dy, derive(v128.load(dy), v128.load(y), activation));
    dy += 16;
    y += 16;
  } while (dy < end);
}

export function relu_forward(y: usize, count: i32): void { activateAll(y, count, RELU); }
export function tanh_forward(y: usize, count: i32): void { activateAll(y, count, TANH); }
export function sigmoid_forward(y: usize, count: i32): void { activateAll(y, count, SIGMOID); }

export function relu_backward(dy: usize, y: usize, count: i32): void { deriveAll(dy, y, count, RELU); }
export function tanh_backward(dy: usize, y: usize, count: i32): void { deriveAll(dy, y, count, TANH); }
export function sigmoid_backward(dy: usize, y: usize, count: i32): void { deriveAll(dy, y, count, SIGMOID); }
