import t from 'tap';
import { BLOCK_ORDER, kernelToBlocks, sameChannels } from '../../../src/engines/tensorflow/blocks.ts';
import { Random } from '../../../src/network/random.ts';

t.test('an image in blocks has its four pixels side by side, row by row', async (t) => {
  t.same([...BLOCK_ORDER.subarray(0, 8)], [0, 1, 28, 29, 2, 3, 30, 31]);
  t.same([...BLOCK_ORDER.subarray(14 * 4, 14 * 4 + 4)], [56, 57, 84, 85], 'the second row of blocks');
  t.equal(BLOCK_ORDER.at(-1), 783);
  t.equal(new Set(BLOCK_ORDER).size, 784, 'each pixel once');
});

t.test('the 3×3 kernel on blocks gives what the 5×5 kernel gives on pixels', async (t) => {
  const random = new Random(1);
  const [side, channels, filters] = [10, 3, 2];
  const out = side - 4;
  const image = Float64Array.from({ length: side * side * channels }, () => random.uniform(-1, 1));
  const kernel = Float64Array.from({ length: 25 * channels * filters }, () => random.uniform(-1, 1));

  const placement = kernelToBlocks(channels);
  t.same(placement.shape, [9 * 4 * channels * 4, 25 * channels]);
  const blockKernel = multiply(placement.values, kernel, placement.shape[1], filters);
  const onBlocks = convolve(
    toBlocks(image, side, channels),
    side / 2,
    4 * channels,
    blockKernel,
    3,
    4 * filters,
  );
  const onPixels = convolve(image, side, channels, kernel, 5, filters);

  const expected = toBlocks(onPixels, out, filters);
  t.equal(onBlocks.length, expected.length);
  t.ok(onBlocks.every((value, i) => Math.abs(value - expected[i]) < 1e-12));
});

t.test('pooling is a product with the channels that are the same', async (t) => {
  const { values, shape } = sameChannels(2, 0.25);
  t.same(shape, [2, 8]);
  t.same([...values], [0.25, 0, 0.25, 0, 0.25, 0, 0.25, 0, 0, 0.25, 0, 0.25, 0, 0.25, 0, 0.25]);
});

/** [rows, inner] · [inner, columns] */
function multiply(a: Float32Array, b: Float64Array, inner: number, columns: number): Float64Array {
  const product = new Float64Array((a.length / inner) * columns);
  for (let i = 0; i < product.length; i++) {
    const row = Math.floor(i / columns);
    for (let k = 0; k < inner; k++) product[i] += a[row * inner + k] * b[k * columns + (i % columns)];
  }
  return product;
}

/** Valid convolution of [side, side, channels] with [size, size, channels, filters]. */
function convolve(
  image: Float64Array,
  side: number,
  channels: number,
  kernel: Float64Array,
  size: number,
  filters: number,
): Float64Array {
  const out = side - size + 1;
  return Float64Array.from({ length: out * out * filters }, (_, i) => {
    const [y, x, k] = [Math.floor(i / filters / out), Math.floor(i / filters) % out, i % filters];
    let sum = 0;
    for (let tap = 0; tap < size * size * channels; tap++) {
      const [ky, kx] = [Math.floor(tap / channels / size), Math.floor(tap / channels) % size];
      const pixel = ((y + ky) * side + x + kx) * channels + (tap % channels);
      sum += image[pixel] * kernel[tap * filters + k];
    }
    return sum;
  });
}

/** [side, side, channels] → [side/2, side/2, 4 · channels] */
function toBlocks(image: Float64Array, side: number, channels: number): Float64Array {
  const blocks: number[] = [];
  for (let y = 0; y < side; y += 2) {
    for (let x = 0; x < side; x += 2) {
      for (const pixel of [y * side + x, y * side + x + 1, (y + 1) * side + x, (y + 1) * side + x + 1]) {
        blocks.push(...image.subarray(pixel * channels, (pixel + 1) * channels));
      }
    }
  }
  return Float64Array.from(blocks);
}
