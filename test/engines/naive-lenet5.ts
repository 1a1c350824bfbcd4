/**
 * LeNet-5 for one image at a time in float64, forward and backward, by the textbook's loops: what the engines' numbers
 * are compared with. It shares nothing with them but the order of the parameters.
 */
import type { Activation } from '../../src/network/activations.ts';
import { lenet5 } from '../../src/network/lenet5.ts';

type Numbers = Float64Array;

export interface NaiveResult {
  readonly loss: number;
  /** [K] */
  readonly probabilities: Numbers;
  /** [P] of the loss */
  readonly gradient: Numbers;
}

/** @param pixels [28][28], scaled */
export function naiveLeNet5(
  weights: ArrayLike<number>,
  activation: Activation,
  pixels: Numbers,
  label: number,
): NaiveResult {
  const w = split(weights);
  const input = pad(pixels, 28, 2);
  const y1 = activate(convolve(input, 32, 1, w['conv1.kernel'], w['conv1.bias'], 6), activation);
  const p1 = pool(y1, 28, 6);
  const y2 = activate(convolve(p1, 14, 6, w['conv2.kernel'], w['conv2.bias'], 16), activation);
  const p2 = pool(y2, 10, 16);
  const h1 = activate(dense(p2, w['conv3.kernel'], w['conv3.bias']), activation);
  const h2 = activate(dense(h1, w['dense1.kernel'], w['dense1.bias']), activation);
  const logits = dense(h2, w['dense2.kernel'], w['dense2.bias']);
  const largest = Math.max(...logits);
  const sum = logits.reduce((total, z) => total + Math.exp(z - largest), 0);
  const probabilities = logits.map((z) => Math.exp(z - largest) / sum);

  const gradient = new Float64Array(weights.length);
  const d = split(gradient);
  const dLogits = probabilities.map((p, k) => p - (k === label ? 1 : 0));
  const dh2 = denseBackward(dLogits, h2, w['dense2.kernel'], d['dense2.kernel'], d['dense2.bias']);
  derive(dh2, h2, activation);
  const dh1 = denseBackward(dh2, h1, w['dense1.kernel'], d['dense1.kernel'], d['dense1.bias']);
  derive(dh1, h1, activation);
  const dp2 = denseBackward(dh1, p2, w['conv3.kernel'], d['conv3.kernel'], d['conv3.bias']);
  const dy2 = unpool(dp2, 10, 16);
  derive(dy2, y2, activation);
  const dp1 = convolveBackward(dy2, p1, 14, 6, w['conv2.kernel'], d['conv2.kernel'], d['conv2.bias'], 16);
  const dy1 = unpool(dp1, 28, 6);
  derive(dy1, y1, activation);
  convolveBackward(dy1, input, 32, 1, w['conv1.kernel'], d['conv1.kernel'], d['conv1.bias'], 6);
  return { loss: largest + Math.log(sum) - logits[label], probabilities, gradient };
}

function split(parameters: ArrayLike<number>): Record<string, Numbers> {
  const all = parameters instanceof Float64Array ? parameters : Float64Array.from(parameters);
  return Object.fromEntries(
    lenet5((all.length - 60_856) / 85).tensors.map(({ name, offset, size }) => [
      name,
      all.subarray(offset, offset + size),
    ]),
  );
}

function pad(x: Numbers, side: number, border: number): Numbers {
  const wide = side + 2 * border;
  const padded = new Float64Array(wide * wide);
  for (let row = 0; row < side; row++) {
    padded.set(x.subarray(row * side, (row + 1) * side), (row + border) * wide + border);
  }
  return padded;
}

/** x [side][side][C] ∗ w [5][5][C][K] + b */
function convolve(x: Numbers, side: number, C: number, w: Numbers, b: Numbers, K: number): Numbers {
  const out = side - 4;
  const y = new Float64Array(out * out * K);
  eachTap(side, C, (pixel, element, tap) => {
    for (let k = 0; k < K; k++) y[pixel * K + k] += x[element] * w[tap * K + k];
  });
  return y.map((value, i) => value + b[i % K]);
}

/** dx; dw and db gain. */
function convolveBackward(
  dy: Numbers,
  x: Numbers,
  side: number,
  C: number,
  w: Numbers,
  dw: Numbers,
  db: Numbers,
  K: number,
): Numbers {
  const dx = new Float64Array(x.length);
  eachTap(side, C, (pixel, element, tap) => {
    let sum = 0;
    for (let k = 0; k < K; k++) {
      const gradient = dy[pixel * K + k];
      dw[tap * K + k] += x[element] * gradient;
      sum += w[tap * K + k] * gradient;
    }
    dx[element] += sum;
  });
  dy.forEach((gradient, i) => {
    db[i % K] += gradient;
  });
  return dx;
}

/** Every output pixel with every element of the input it sees, and the row of the kernel between them. */
function eachTap(
  side: number,
  C: number,
  visit: (pixel: number, element: number, tap: number) => void,
): void {
  const out = side - 4;
  for (let y = 0; y < out; y++) {
    for (let x = 0; x < out; x++) {
      for (let ky = 0; ky < 5; ky++) {
        for (let kx = 0; kx < 5; kx++) {
          for (let c = 0; c < C; c++) {
            visit(y * out + x, ((y + ky) * side + x + kx) * C + c, (ky * 5 + kx) * C + c);
          }
        }
      }
    }
  }
}

/** Means of 2×2 windows. */
function pool(x: Numbers, side: number, C: number): Numbers {
  const p = new Float64Array(x.length / 4);
  for (let i = 0; i < x.length; i++) p[pooledAt(i, side, C)] += x[i] / 4;
  return p;
}

function unpool(dp: Numbers, side: number, C: number): Numbers {
  return new Float64Array(dp.length * 4).map((_, i) => dp[pooledAt(i, side, C)] / 4);
}

function pooledAt(i: number, side: number, C: number): number {
  const [row, column, c] = [Math.floor(i / C / side), Math.floor(i / C) % side, i % C];
  return ((row >> 1) * (side / 2) + (column >> 1)) * C + c;
}

function dense(x: Numbers, w: Numbers, b: Numbers): Numbers {
  const y = b.slice();
  for (let i = 0; i < x.length; i++) {
    for (let k = 0; k < y.length; k++) y[k] += x[i] * w[i * y.length + k];
  }
  return y;
}

function denseBackward(dy: Numbers, x: Numbers, w: Numbers, dw: Numbers, db: Numbers): Numbers {
  const K = dy.length;
  for (let k = 0; k < K; k++) db[k] += dy[k];
  return x.map((value, i) => {
    let sum = 0;
    for (let k = 0; k < K; k++) {
      dw[i * K + k] += value * dy[k];
      sum += w[i * K + k] * dy[k];
    }
    return sum;
  });
}

function activate(z: Numbers, activation: Activation): Numbers {
  if (activation === 'relu') return z.map((value) => Math.max(0, value));
  if (activation === 'tanh') return z.map(Math.tanh);
  return z.map((value) => 1 / (1 + Math.exp(-value)));
}

/** dy becomes dz, from y = activation(z). */
function derive(dy: Numbers, y: Numbers, activation: Activation): void {
  dy.forEach((gradient, i) => {
    if (activation === 'relu') dy[i] = y[i] > 0 ? gradient : 0;
    else if (activation === 'tanh') dy[i] = gradient * (1 - y[i] ** 2);
    else dy[i] = gradient * y[i] * (1 - y[i]);
  });
}
