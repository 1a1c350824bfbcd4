/** Every kernel of both builds against a naive loop in float64, with guard values around each array. */
import t, { type Test } from 'tap';
import type { Build, Kernel, Kernels } from '../../../src/engines/simd/kernels.ts';
import { COEFFICIENTS } from '../../../src/engines/simd/update-coefficients.ts';
import { ACTIVATIONS, type Activation } from '../../../src/network/activations.ts';
import { OPTIMIZER, OPTIMIZERS } from '../../../src/network/optimizers.ts';
import { NAIVE_UPDATES, type Updated } from '../naive-updates.ts';
import { Arena, relativeError } from './arena.ts';

const at = (array: { byteOffset: number }) => array.byteOffset;
const range = (count: number) => Array.from({ length: count }, (_, i) => i);
const sumOf = (count: number, value: (i: number) => number) =>
  range(count).reduce((sum, i) => sum + value(i), 0);

const NAIVE_ACTIVATIONS: Record<Activation, Record<'forward' | 'derivative', (value: number) => number>> = {
  relu: { forward: (z) => Math.max(0, z), derivative: (y) => (y > 0 ? 1 : 0) },
  tanh: { forward: Math.tanh, derivative: (y) => 1 - y * y },
  sigmoid: { forward: (z) => 1 / (1 + Math.exp(-z)), derivative: (y) => y * (1 - y) },
};

for (const build of ['strict', 'relaxed'] as const) t.test(build, (t) => suite(t, build));

async function suite(t: Test, build: Build) {
  /** Runs a kernel's test in a fresh arena: the result is near the expected one and the guards are as they were. */
  const check = (name: string, run: (arena: Arena, kernels: Kernels) => [ArrayLike<number>, number[]][]) =>
    t.test(name, async (t) => {
      const arena = await Arena.open(build);
      for (const [actual, expected] of run(arena, arena.kernels)) {
        t.equal(actual.length, expected.length);
        const error = relativeError(actual, expected);
        t.ok(error < 2e-6, `error ${error}`);
      }
      t.ok(arena.intact, 'nothing is written beside the arrays');
    });

  check('load_images puts four images side by side and blanks where there is none', (arena, kernels) => {
    const images = arena.bytes(range(5 * 784).map((i) => (i * 37) % 256));
    const blank = arena.bytes(range(784).map(() => 0));
    const indices = arena.integers([4, 0, 3, 1]);
    return range(5).map((count) => {
      const x = arena.floats(32 * 32 * 4);
      kernels.load_images(at(x), at(images), at(indices), count, at(blank), 1 / 255);
      const expected = range(32 * 32 * 4).map((i) => {
        const [lane, column, row] = [i % 4, ((i >> 2) % 32) - 2, (i >> 7) - 2];
        const inside = row >= 0 && row < 28 && column >= 0 && column < 28 && lane < count;
        return inside ? images[indices[lane] * 784 + row * 28 + column] / 255 : 0;
      });
      return [
        [...x, 1],
        [...expected, 1],
      ];
    });
  });

  check('load_labels says −1 where there is no image', (arena, kernels) => {
    const labels = arena.bytes([7, 2, 1, 0, 4, 9, 0, 0]);
    const indices = arena.integers([5, 0, 2, 1]);
    return range(5).map((count) => {
      const group = arena.integers([9, 9, 9, 9]);
      kernels.load_labels(at(group), at(labels), at(indices), count);
      return [group, [9, 7, 1, 2].map((label, lane) => (lane < count ? label : -1))];
    });
  });

  check('lanes become rows, rows lanes, sums of lanes, and zeros', (arena, kernels) => {
    const count = 20;
    const vectors = arena.random(count * 4);
    const rows = arena.floats(4 * 24);
    kernels.lanes_to_rows(at(rows), 24 * 4, at(vectors), count);
    const back = arena.floats(count * 4);
    kernels.rows_to_lanes(at(back), at(rows), 24 * 4, count);
    const sums = arena.floats(count);
    kernels.sum_lanes(at(sums), at(vectors), count);
    const cleared = arena.random(12);
    kernels.clear(at(cleared), 32);
    return [
      [rows, range(96).map((i) => (i % 24 < count ? vectors[(i % 24) * 4 + Math.floor(i / 24)] : 0))],
      [back, [...vectors]],
      [sums, range(count).map((i) => sumOf(4, (lane) => vectors[i * 4 + lane]))],
      [cleared.map((value) => (value === 0 ? 1 : 2)), [1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2]],
    ];
  });

  for (const activation of ACTIVATIONS) {
    const { forward, derivative } = NAIVE_ACTIVATIONS[activation];

    check(`${activation} and its derivative`, (arena, kernels) => {
      const z = range(400).map((i) => (i - 200) / 16);
      const y = arena.floats(z);
      kernels[`${activation}_forward`](at(y), y.length);
      const dy = arena.random(400);
      const expected = [...dy].map((gradient, i) => gradient * derivative(y[i]));
      kernels[`${activation}_backward`](at(dy), at(y), y.length);
      return [
        [y, z.map(forward)],
        [dy, expected],
      ];
    });

    for (const [side, channels] of [
      [5, 16],
      [14, 6],
    ]) {
      check(`${activation}_pool_forward to ${side}×${side}×${channels}`, (arena, kernels) => {
        const y = arena.random(4 * side * side * channels * 4);
        const expectedY = [...y].map(forward);
        const p = arena.floats(y.length / 4);
        kernels[`${activation}_pool_forward`](at(p), at(y), side, channels);
        return [
          [y, expectedY],
          [p, range(p.length).map((i) => sumOf(4, (q) => expectedY[windowAt(i, q, side, channels)]) / 4)],
        ];
      });
    }

    check(`${activation}_pool_backward into a wider frame`, (arena, kernels) =>
      poolBackward(arena, kernels[`${activation}_pool_backward`], derivative),
    );
  }

  check('conv1_forward', (arena, { conv1_forward }) => convForward(arena, conv1_forward, 32, 1, 6));
  check('conv2_forward', (arena, { conv2_forward }) => convForward(arena, conv2_forward, 14, 6, 16));

  check('conv1_weight_gradient of a strip adds to what is there', (arena, { conv1_weight_gradient }) => {
    const [x, dz, dw] = [arena.random(8 * 32 * 4), arena.random(4 * 28 * 6 * 4), arena.random(150 * 4)];
    const expected = weightGradient(dw, x, 32, 1, dz, [4, 28, 6]);
    conv1_weight_gradient(at(dw), at(x), at(dz));
    return [[dw, expected]];
  });

  check('conv2_weight_gradient adds to what is there', (arena, { conv2_weight_gradient }) => {
    const [x, dw] = [arena.random(14 * 14 * 6 * 4), arena.random(2400 * 4)];
    const { frame, inside, dz } = framed(arena);
    const expected = weightGradient(dw, x, 14, 6, dz, [10, 10, 16]);
    conv2_weight_gradient(at(dw), at(x), inside);
    t.ok(frame.length > dz.length);
    return [[dw, expected]];
  });

  check('conv2_input_gradient of two groups, and of one in pairs of columns', (arena, kernels) => {
    const [first, second] = [framed(arena), framed(arena)];
    const w = arena.random(2400);
    const [dx1, dx2, single] = range(3).map(() => arena.floats(14 * 14 * 6 * 4));
    const pair = [at(dx2) - at(dx1), second.inside - first.inside];
    kernels.conv2_input_gradient(at(dx1), first.inside, at(w), ...pair, 1);
    kernels.conv2_input_gradient(at(single), first.inside, at(w), 6 * 16, 17 * 16, 2);
    const expected = inputGradient(first.dz, w);
    return [
      [dx1, expected],
      [dx2, inputGradient(second.dz, w)],
      [single, expected],
    ];
  });

  for (const [inputs, outputs] of [
    [400, 120],
    [120, 84],
    [84, 10],
    [84, 2],
    [84, 3],
    [84, 7],
    [84, 26],
    [84, 47],
    [84, 255],
  ]) {
    const padded = Math.ceil(outputs / 4) * 4;

    check(`dense_forward ${inputs} → ${outputs} on 4 and 8 rows`, (arena, { dense_forward }) =>
      [4, 8].map((rows) => {
        const [x, w, b] = [
          arena.random(rows * inputs),
          arena.random(inputs * outputs),
          arena.random(outputs),
        ];
        const y = arena.floats(rows * padded);
        dense_forward(at(y), padded * 4, at(x), inputs * 4, at(w), at(b), rows, inputs, outputs);
        const expected = range(rows * padded).map((i) => {
          const [row, k] = [Math.floor(i / padded), i % padded];
          return k < outputs ? b[k] + sumOf(inputs, (j) => x[row * inputs + j] * w[j * outputs + k]) : 0;
        });
        return [y, expected];
      }),
    );

    check(`dense_weight_gradient and dense_bias_gradient ${inputs} → ${outputs}`, (arena, kernels) =>
      [1, 7, 33].flatMap((samples): [ArrayLike<number>, number[]][] => {
        const block = 12;
        const x = arena.random(samples * inputs);
        const dy = arena.floats(
          range(samples * padded).map((i) => (i % padded < outputs ? 1.5 + Math.sin(i) : 0)),
        );
        const zeros = arena.floats(outputs);
        const [dw, db] = [arena.floats(block * outputs), arena.floats(padded)];
        const dyRow = padded * 4;
        kernels.dense_weight_gradient(
          ...[at(dw), at(zeros), at(x) + 8 * 4, inputs * 4, at(dy), dyRow, samples, block, outputs],
        );
        kernels.dense_bias_gradient(at(db), at(dy), dyRow, samples, padded);
        const expected = range(dw.length).map((i) => {
          const [input, k] = [8 + Math.floor(i / outputs), i % outputs];
          return sumOf(samples, (n) => x[n * inputs + input] * dy[n * padded + k]);
        });
        return [
          [dw, expected],
          [db, range(padded).map((k) => sumOf(samples, (n) => dy[n * padded + k]))],
        ];
      }),
    );

    check(`dense_input_gradient ${outputs} → ${inputs} on 4 and 8 rows`, (arena, { dense_input_gradient }) =>
      [4, 8].map((rows) => {
        const dy = arena.floats(range(rows * padded).map((i) => (i % padded < outputs ? Math.cos(i) : 0)));
        const w = arena.random(inputs * outputs + 4);
        const dx = arena.floats(rows * inputs);
        dense_input_gradient(at(dx), inputs * 4, at(dy), padded * 4, at(w), rows, inputs, outputs);
        const expected = range(dx.length).map((i) => {
          const [row, input] = [Math.floor(i / inputs), i % inputs];
          return sumOf(outputs, (k) => dy[row * padded + k] * w[input * outputs + k]);
        });
        return [dx, expected];
      }),
    );
  }

  check('softmax_forward, from tiny to huge logits', (arena, { softmax_forward }) => {
    const z = arena.floats(range(40).map((i) => ((i * 7) % 11) * [0.01, 1, 8, 1e4][i % 4] - 5));
    const [p, shift, sum] = [arena.floats(40), arena.floats(4), arena.floats(4)];
    softmax_forward(at(p), at(shift), at(sum), at(z), 10);
    const logits = range(4).map((lane) => range(10).map((k) => z[k * 4 + lane]));
    const largest = logits.map((row) => Math.max(...row));
    const sums = logits.map((row, lane) => sumOf(10, (k) => Math.exp(row[k] - largest[lane])));
    const expected = range(40).map((i) => Math.exp(z[i] - largest[i % 4]) / sums[i % 4]);
    return [
      [p, expected],
      [shift, largest],
      [sum, sums],
    ];
  });

  check('cross_entropy_backward leaves images without a label out', (arena, { cross_entropy_backward }) => {
    const [p, dz] = [arena.random(40), arena.floats(40)];
    const labels = arena.integers([3, 0, 9, -1]);
    cross_entropy_backward(at(dz), at(p), at(labels), 1 / 32, 10);
    const expected = range(40).map((i) => {
      const label = labels[i % 4];
      return label < 0 ? 0 : (p[i] - (label === Math.floor(i / 4) ? 1 : 0)) / 32;
    });
    return [[dz, expected]];
  });

  for (const optimizer of OPTIMIZERS) {
    const { slots, initialSlots = {} } = OPTIMIZER[optimizer];

    check(`${optimizer}_update, several steps, of one gradient and of three slices`, (arena, kernels) =>
      [1, 3].flatMap((slices) => {
        const [count, rate] = [44, 0.01];
        const w = arena.random(count);
        const kept = slots.map((name) => arena.floats(range(count).map(() => initialSlots[name] ?? 0)));
        let expected: Updated[] = [...w].map((value, i) => ({
          w: value,
          slots: kept.map((slot) => slot[i]),
        }));
        for (let step = 1; step <= 5; step++) {
          const gradients = arena.random(slices * count);
          const coefficients = arena.floats(COEFFICIENTS[optimizer](rate, step));
          kernels[`${optimizer}_update`](
            at(w),
            kept[0]?.byteOffset ?? 0,
            kept[1]?.byteOffset ?? 0,
            at(gradients),
            count * 4,
            slices,
            count * 4,
            at(coefficients),
          );
          expected = expected.map((parameter, i) => {
            const g = sumOf(slices, (slice) => gradients[slice * count + i]);
            return NAIVE_UPDATES[optimizer]({ ...parameter, g }, rate, step);
          });
        }
        return [w, ...kept].map((array, which): [Float32Array, number[]] => [
          array,
          expected.map((parameter) => (which === 0 ? parameter.w : parameter.slots[which - 1])),
        ]);
      }),
    );
  }

  check('sum_gradients', (arena, { sum_gradients }) => {
    const [gradients, out] = [arena.random(5 * 12), arena.floats(12)];
    sum_gradients(at(out), 0, 0, at(gradients), 48, 5, 48, 0);
    return [[out, range(12).map((i) => sumOf(5, (slice) => gradients[slice * 12 + i]))]];
  });
}

/** Where element i of a pooled plane [side][side][channels][4] has the q-th value of its window. */
function windowAt(i: number, q: number, side: number, channels: number): number {
  const inner = channels * 4;
  const [row, column] = [Math.floor(i / inner / side), Math.floor(i / inner) % side];
  return ((2 * row + (q >> 1)) * 2 * side + 2 * column + (q & 1)) * inner + (i % inner);
}

/** [2 rows][3 columns][6 channels] of gradients into dz with pixels of 7 vectors and rows of 8 pixels. */
function poolBackward(
  arena: Arena,
  kernel: Kernel,
  derivative: (y: number) => number,
): [ArrayLike<number>, number[]][] {
  const [rows, columns, channels, pixel, row] = [2, 3, 6, 7 * 4, 8 * 7 * 4];
  const y = arena.random(4 * rows * columns * channels * 4);
  const dp = arena.random(rows * columns * channels * 4);
  const dz = arena.floats(2 * rows * row);
  const db = arena.random(channels * 4);
  const [expectedDz, expectedDb] = [[...dz], [...db]];
  for (let r = 0; r < 2 * rows; r++) {
    for (let c = 0; c < 2 * columns; c++) {
      for (let e = 0; e < channels * 4; e++) {
        const gradient = dp[((r >> 1) * columns + (c >> 1)) * channels * 4 + e] / 4;
        const value = gradient * derivative(y[(r * 2 * columns + c) * channels * 4 + e]);
        expectedDz[r * row + c * pixel + e] = value;
        expectedDb[e] += value;
      }
    }
  }
  kernel(at(dz), row * 4, pixel * 4, at(db), at(y), at(dp), rows, columns, channels);
  return [
    [dz, expectedDz],
    [db, expectedDb],
  ];
}

function convForward(
  arena: Arena,
  kernel: Kernel,
  side: number,
  C: number,
  K: number,
): [ArrayLike<number>, number[]][] {
  const out = side - 4;
  const [x, w, b] = [arena.random(side * side * C * 4), arena.random(25 * C * K), arena.random(K)];
  const y = arena.floats(out * out * K * 4);
  kernel(at(y), at(x), at(w), at(b));
  const expected = range(y.length).map((i) => {
    const [lane, k, column, row] = [
      i % 4,
      (i >> 2) % K,
      Math.floor(i / 4 / K) % out,
      Math.floor(i / 4 / K / out),
    ];
    let sum = b[k];
    for (let tap = 0; tap < 25 * C; tap++) {
      const [c, kx, ky] = [tap % C, Math.floor(tap / C) % 5, Math.floor(tap / C / 5)];
      sum += x[(((row + ky) * side + column + kx) * C + c) * 4 + lane] * w[tap * K + k];
    }
    return sum;
  });
  return [[y, expected]];
}

/** dw + Σ over the pixels of x at pixel and tap · dz, lane by lane. */
function weightGradient(
  dw: Float32Array,
  x: Float32Array,
  xSide: number,
  C: number,
  dz: ArrayLike<number>,
  [rows, columns, K]: number[],
): number[] {
  return range(dw.length).map((i) => {
    const [lane, k, tap] = [i % 4, (i >> 2) % K, Math.floor(i / 4 / K)];
    const [c, kx, ky] = [tap % C, Math.floor(tap / C) % 5, Math.floor(tap / C / 5)];
    let sum = dw[i];
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const pixel = x[(((row + ky) * xSide + column + kx) * C + c) * 4 + lane];
        sum += pixel * dz[((row * columns + column) * K + k) * 4 + lane];
      }
    }
    return sum;
  });
}

/** Random gradients [10][10][16] vectors, alone and inside a zero frame [12][12][17]. */
function framed(arena: Arena) {
  const source = arena.random(10 * 10 * 16 * 4);
  const frame = arena.floats(12 * 12 * 17 * 4);
  const inside = 13 * 17 * 4;
  source.forEach((value, i) => {
    const [e, column, row] = [i % 64, Math.floor(i / 64) % 10, Math.floor(i / 640)];
    frame[inside + (row * 12 + column) * 68 + e] = value;
  });
  return { frame, inside: at(frame) + inside * 4, dz: source };
}

/** dx [14][14][6] vectors of dz [10][10][16] vectors and w [5][5][6][16]. */
function inputGradient(dz: Float32Array, w: Float32Array): number[] {
  const dx = new Array(14 * 14 * 6 * 4).fill(0);
  for (let pixel = 0; pixel < 100; pixel++) {
    for (let tap = 0; tap < 150; tap++) {
      const [c, kx, ky] = [tap % 6, Math.floor(tap / 6) % 5, Math.floor(tap / 30)];
      const to = (((Math.floor(pixel / 10) + ky) * 14 + (pixel % 10) + kx) * 6 + c) * 4;
      for (let e = 0; e < 64; e++) dx[to + (e % 4)] += dz[pixel * 64 + e] * w[tap * 16 + (e >> 2)];
    }
  }
  return dx;
}
