/**
 * Activation and 2×2 average pooling in one pass over a group of four images.
 *
 *   y [2·rows][2·columns][channels] = activation(z)      p [rows][columns][channels] = mean of each 2×2 window of y
 *
 * All elements are vectors; row and pixel strides are in bytes.
 */
import { activate, derive, RELU, SIGMOID, TANH } from './activation';
import { VECTOR } from './lanes';

/** y = activation(y) in place, p = its means; side: rows = columns of p. */
@inline
function poolForward(p: usize, y: usize, side: usize, channels: usize, activation: i32): void {
  const quarter = f32x4.splat(0.25);
  const pixel = channels * VECTOR, row = 2 * side * pixel;
  for (let window: usize = 0; window < side * side; window++) {
    const end = y + pixel;
    let below = y + row;
    do {
      const a = activate(v128.load(y), activation), b = activate(v128.load(y + pixel), activation);
      const c = activate(v128.load(below), activation), d = activate(v128.load(below + pixel), activation);
      v128.store(y, a);
      v128.store(y + pixel, b);
      v128.store(below, c);
      v128.store(below + pixel, d);
      v128.store(p, f32x4.mul(quarter, f32x4.add(f32x4.add(a, b), f32x4.add(c, d))));
      y += VECTOR;
      below += VECTOR;
      p += VECTOR;
    } while (y < end);
    y += pixel;
    if ((window + 1) % side == 0) y += row;
  }
}

/**
 * dz [2·rows][2·columns][channels] = activation'(z) · dp / 4, with its own strides dzRow and dzPixel;
 * db [channels] += the sum of dz over its pixels.
 */
@inline
function poolBackward(dz: usize, dzRow: usize, dzPixel: usize, db: usize, y: usize, dp: usize, rows: usize, columns: usize, channels: usize, activation: i32): void {
  const quarter = f32x4.splat(0.25);
  const pixel = channels * VECTOR, row = 2 * columns * pixel;
  for (let channel: usize = 0; channel < pixel; channel += VECTOR) {
    let sum = v128.load(db + channel);
    let dpAt = dp + channel;
    for (let r: usize = 0; r < rows; r++) {
      let yAt = y + 2 * r * row + channel, below = yAt + row;
      let dzAt = dz + 2 * r * dzRow + channel, dzBelow = dzAt + dzRow;
      const end = yAt + row;
      do {
        const gradient = f32x4.mul(quarter, v128.load(dpAt));
        const a = derive(gradient, v128.load(yAt), activation), b = derive(gradient, v128.load(yAt + pixel), activation);
        const c = derive(gradient, v128.load(below), activation), d = derive(gradient, v128.load(below + pixel), activation);
        v128.store(dzAt, a);
        v128.store(dzAt + dzPixel, b);
        v128.store(dzBelow, c);
        v128.store(dzBelow + dzPixel, d);
        sum = f32x4.add(sum, f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
        dpAt += pixel;
        yAt += 2 * pixel;
        below += 2 * pixel;
        dzAt += 2 * dzPixel;
        dzBelow += 2 * dzPixel;
      } while (yAt < end);
    }
    v128.store(db + channel, sum);
  }
}

export function relu_pool_forward(p: usize, y: usize, side: usize, channels: usize): void {
  poolForward(p, y, side, channels, RELU);
}
export function tanh_pool_forward(p: usize, y: usize, side: usize, channels: usize): void {
  poolForward(p, y, side, channels, TANH);
}
export function sigmoid_pool_forward(p: usize, y: usize, side: usize, channels: usize): void {
  poolForward(p, y, side, channels, SIGMOID);
}

export function relu_pool_backward(dz: usize, dzRow: usize, dzPixel: usize, db: usize, y: usize, dp: usize, rows: usize, columns: usize, channels: usize): void {
  poolBackward(dz, dzRow, dzPixel, db, y, dp, rows, columns, channels, RELU);
}
export function tanh_pool_backward(dz: usize, dzRow: usize, dzPixel: usize, db: usize, y: usize, dp: usize, rows: usize, columns: usize, channels: usize): void {
  poolBackward(dz, dzRow, dzPixel, db, y, dp, rows, columns, channels, TANH);
}
export function sigmoid_pool_backward(dz: usize, dzRow: usize, dzPixel: usize, db: usize, y: usize, dp: usize, rows: usize, columns: usize, channels: usize): void {
  poolBackward(dz, dzRow, dzPixel, db, y, dp, rows, columns, channels, SIGMOID);
}
