/**
 * Weighted mean over the square window around each pixel, from sums over all pixels above and to the left (F. Crow,
 * "Summed-area tables for texture mapping", 1984): its time does not depend on the window.
 *
 * Plain loops: over the quarter of a million pixels of a photograph, callbacks take ten times as long.
 *
 * @param values [height, width], row by row
 * @param weights [height, width], ≥ 0, not all 0
 * @param reach pixels from the middle of the window to its edge
 * @returns [height, width]; the mean of all where no pixel of the window has weight
 */
export function windowMean(
  values: Float32Array,
  weights: Uint8Array,
  { width, reach }: { width: number; reach: number },
): Float32Array {
  const height = values.length / width;
  const stride = width + 1;
  const { weighted, weight } = summedAreas(values, weights, width);
  const overall = weighted[weighted.length - 1] / weight[weight.length - 1];
  const means = new Float32Array(values.length);
  for (let y = 0; y < height; y++) {
    const top = Math.max(0, y - reach) * stride;
    const bottom = Math.min(height, y + reach + 1) * stride;
    for (let x = 0; x < width; x++) {
      const left = Math.max(0, x - reach);
      const right = Math.min(width, x + reach + 1);
      const inWindow =
        weight[bottom + right] - weight[bottom + left] - weight[top + right] + weight[top + left];
      const sum =
        weighted[bottom + right] - weighted[bottom + left] - weighted[top + right] + weighted[top + left];
      means[y * width + x] = inWindow > 0 ? sum / inWindow : overall;
    }
  }
  return means;
}

/** [height + 1, width + 1] sums over all pixels above and to the left; their first row and column are 0. */
function summedAreas(values: Float32Array, weights: Uint8Array, width: number) {
  const height = values.length / width;
  const stride = width + 1;
  const weighted = new Float64Array(stride * (height + 1));
  const weight = new Float64Array(stride * (height + 1));
  for (let y = 0; y < height; y++) {
    let rowWeighted = 0;
    let rowWeight = 0;
    for (let x = 0; x < width; x++) {
      const pixel = y * width + x;
      rowWeighted += values[pixel] * weights[pixel];
      rowWeight += weights[pixel];
      const sum = (y + 1) * stride + x + 1;
      weighted[sum] = weighted[sum - stride] + rowWeighted;
      weight[sum] = weight[sum - stride] + rowWeight;
    }
  }
  return { weighted, weight };
}
