/**
 * Both 5×5 convolutions, stride 1, on a group of four images: x, y and their gradients hold vectors, w and b floats.
 *
 *   conv1  x [32][32][1] (28×28 and its border)  w [5][5][1][6]    y [28][28][6]
 *   conv2  x [14][14][6]                         w [5][5][6][16]   y [10][10][16]
 *
 * Each loop keeps its 8 or 10 sums in registers and loads at most 7 vectors a turn: with more, V8 spills registers.
 * The loops are written once and compiled with each convolution's sizes as constants.
 */
import { VECTOR } from './lanes';
import { mad } from './mad';

const KERNEL: usize = 5;
const FLOAT: usize = 4;

/** y [side][side][K] = b + x [xSide][xSide][C] ∗ w [5][5][C][K]: 2×2 pixels and 2 filters at a time. */
@inline
function convForward(y: usize, x: usize, w: usize, b: usize, side: usize, xSide: usize, C: usize, K: usize): void {
  const pixel = C * VECTOR, row = xSide * pixel;
  const yPixel = K * VECTOR, yRow = side * yPixel;
  for (let top: usize = 0; top < side; top += 2) {
    for (let k: usize = 0; k < K; k += 2) {
      const bias0 = v128.load32_splat(b + k * FLOAT), bias1 = v128.load32_splat(b + k * FLOAT, FLOAT);
      for (let left: usize = 0; left < side; left += 2) {
        let a0 = bias0, b0 = bias0, c0 = bias0, d0 = bias0;
        let a1 = bias1, b1 = bias1, c1 = bias1, d1 = bias1;
        let xAt = x + top * row + left * pixel, wAt = w + k * FLOAT;
        const wEnd = wAt + KERNEL * KERNEL * C * K * FLOAT;
        do {
          const end = xAt + KERNEL * pixel;
          do {
            const w0 = v128.load32_splat(wAt), w1 = v128.load32_splat(wAt, FLOAT);
            const xa = v128.load(xAt), xb = v128.load(xAt + pixel), xc = v128.load(xAt + row), xd = v128.load(xAt + row + pixel);
            a0 = mad(a0, xa, w0); a1 = mad(a1, xa, w1);
            b0 = mad(b0, xb, w0); b1 = mad(b1, xb, w1);
            c0 = mad(c0, xc, w0); c1 = mad(c1, xc, w1);
            d0 = mad(d0, xd, w0); d1 = mad(d1, xd, w1);
            xAt += VECTOR;
            wAt += K * FLOAT;
          } while (xAt < end);
          xAt += row - KERNEL * pixel;
        } while (wAt < wEnd);
        const yAt = y + top * yRow + left * yPixel + k * VECTOR;
        v128.store(yAt + yRow + yPixel + VECTOR, d1); v128.store(yAt + yRow + yPixel, d0);
        v128.store(yAt + yRow + VECTOR, c1); v128.store(yAt + yRow, c0);
        v128.store(yAt + yPixel + VECTOR, b1); v128.store(yAt + yPixel, b0);
        v128.store(yAt, a1, VECTOR); v128.store(yAt, a0);
      }
    }
  }
}

/**
 * dw [5][5·C][K] vectors += Σ over the pixels of dz [rows][columns][K] of x at the pixel and tap · dz: five neighbouring
 * elements of x and 2 filters at a time. The pixels and rows of dz are dzPixel and dzRow bytes apart.
 */
@inline
function convWeightGradient(dw: usize, x: usize, xSide: usize, C: usize, K: usize, dz: usize, dzRow: usize, dzPixel: usize, rows: usize, columns: usize): void {
  const pixel = C * VECTOR, row = xSide * pixel, tap = K * VECTOR;
  for (let ky: usize = 0; ky < KERNEL; ky++) {
    for (let element: usize = 0; element < KERNEL * C; element += 5) {
      for (let k: usize = 0; k < K; k += 2) {
        const out = dw + (ky * KERNEL * C + element) * tap + k * VECTOR;
        let a0 = v128.load(out), b0 = v128.load(out + tap), c0 = v128.load(out + 2 * tap), d0 = v128.load(out + 3 * tap), e0 = v128.load(out + 4 * tap);
        let a1 = v128.load(out, VECTOR), b1 = v128.load(out + tap + VECTOR), c1 = v128.load(out + 2 * tap + VECTOR), d1 = v128.load(out + 3 * tap + VECTOR), e1 = v128.load(out + 4 * tap + VECTOR);
        let xAt = x + ky * row + element * VECTOR, dzAt = dz + k * VECTOR;
        const dzEnd = dzAt + rows * dzRow;
        do {
          const end = dzAt + columns * dzPixel;
          do {
            const z0 = v128.load(dzAt), z1 = v128.load(dzAt, VECTOR);
            const xa = v128.load(xAt), xb = v128.load(xAt, VECTOR), xc = v128.load(xAt, 2 * VECTOR), xd = v128.load(xAt, 3 * VECTOR), xe = v128.load(xAt, 4 * VECTOR);
            a0 = mad(a0, xa, z0); a1 = mad(a1, xa, z1);
            b0 = mad(b0, xb, z0); b1 = mad(b1, xb, z1);
            c0 = mad(c0, xc, z0); c1 = mad(c1, xc, z1);
            d0 = mad(d0, xd, z0); d1 = mad(d1, xd, z1);
            e0 = mad(e0, xe, z0); e1 = mad(e1, xe, z1);
            xAt += pixel;
            dzAt += dzPixel;
          } while (dzAt < end);
          xAt += row - columns * pixel;
          dzAt += dzRow - columns * dzPixel;
        } while (dzAt < dzEnd);
        v128.store(out + 4 * tap + VECTOR, e1); v128.store(out + 4 * tap, e0);
        v128.store(out + 3 * tap + VECTOR, d1); v128.store(out + 3 * tap, d0);
        v128.store(out + 2 * tap + VECTOR, c1); v128.store(out + 2 * tap, c0);
        v128.store(out + tap + VECTOR, b1); v128.store(out + tap, b0);
        v128.store(out, a1, VECTOR); v128.store(out, a0);
      }
    }
  }
}

/** y [28][28][6] = b [6] + x [32][32] ∗ w [5][5][1][6] */
export function conv1_forward(y: usize, x: usize, w: usize, b: usize): void {
  convForward(y, x, w, b, 28, 32, 1, 6);
}

/** y [10][10][16] = b [16] + x [14][14][6] ∗ w [5][5][6][16] */
export function conv2_forward(y: usize, x: usize, w: usize, b: usize): void {
  convForward(y, x, w, b, 10, 14, 6, 16);
}

/** A strip of conv1: dw [5][5][1][6] vectors += dz [4][28][6] with x [8][32], the rows that the strip was made of. */
export function conv1_weight_gradient(dw: usize, x: usize, dz: usize): void {
  convWeightGradient(dw, x, 32, 1, 6, dz, 28 * 6 * VECTOR, 6 * VECTOR, 4, 28);
}

/** Bytes of a pixel of conv2's dz: 16 filters and one of padding, as strides of 256 bytes would fight for cache sets. */
const DZ_PIXEL: usize = 17 * VECTOR;
/** Ten pixels in a row of conv2's dz, and a zero one at each end. */
const DZ_ROW: usize = 12 * DZ_PIXEL;

/** dw [5][5][6][16] vectors += dz [10][10][16] (in a [12][12][17] frame) with x [14][14][6] */
export function conv2_weight_gradient(dw: usize, x: usize, dz: usize): void {
  convWeightGradient(dw, x, 14, 6, 16, dz, DZ_ROW, DZ_PIXEL, 10, 10);
}

/**
 * dx [14][14][6] = dz [10][10][16] (inside a zero frame: [12][12][17]) correlated with w [5][5][6][16].
 *
 * Two rows, two channels and a pair at a time. The pair of a pixel is the same pixel in a second group, `pairDz` and
 * `pairDx` bytes on (step 1), or its right neighbour when there is one group (step 2). Taps that reach beyond the frame
 * are left out; those that one of a pair needs read zeros for the other.
 */
export function conv2_input_gradient(dx: usize, dz: usize, w: usize, pairDx: usize, pairDz: usize, step: usize): void {
  const SIDE: usize = 14, LAST: usize = 9, C: usize = 6, K: usize = 16;
  const pixel = C * VECTOR, row = SIDE * pixel;
  for (let y: usize = 0; y < SIDE; y += 2) {
    const kyStart = max(y, LAST) - LAST, kyEnd = min(KERNEL, y + 2);
    for (let x: usize = 0; x < SIDE; x += step) {
      const kxStart = max(x, LAST) - LAST, kxEnd = min(KERNEL, x + step);
      for (let c: usize = 0; c < C; c += 2) {
        let a0 = f32x4.splat(0), b0 = a0, c0 = a0, d0 = a0, a1 = a0, b1 = a0, c1 = a0, d1 = a0;
        for (let ky = kyStart; ky < kyEnd; ky++) {
          for (let kx = kxStart; kx < kxEnd; kx++) {
            let dzAt = dz + (y - ky) * DZ_ROW + (x - kx) * DZ_PIXEL, dzPair = dzAt + pairDz;
            let wAt = w + ((ky * KERNEL + kx) * C + c) * K * FLOAT;
            const end = wAt + K * FLOAT;
            do {
              const w0 = v128.load32_splat(wAt), w1 = v128.load32_splat(wAt, K * FLOAT);
              const za = v128.load(dzAt), zb = v128.load(dzAt, DZ_ROW), zc = v128.load(dzPair), zd = v128.load(dzPair, DZ_ROW);
              a0 = mad(a0, za, w0); a1 = mad(a1, za, w1);
              b0 = mad(b0, zb, w0); b1 = mad(b1, zb, w1);
              c0 = mad(c0, zc, w0); c1 = mad(c1, zc, w1);
              d0 = mad(d0, zd, w0); d1 = mad(d1, zd, w1);
              dzAt += VECTOR;
              dzPair += VECTOR;
              wAt += FLOAT;
            } while (wAt < end);
          }
        }
        const out = dx + y * row + x * pixel + c * VECTOR, outPair = out + pairDx;
        v128.store(outPair, d1, row + VECTOR); v128.store(outPair, d0, row);
        v128.store(outPair, c1, VECTOR); v128.store(outPair, c0);
        v128.store(out, b1, row + VECTOR); v128.store(out, b0, row);
        v128.store(out, a1, VECTOR); v128.store(out, a0);
      }
    }
  }
}
