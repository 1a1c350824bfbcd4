/**
 * A box of a picture, larger or smaller: each new pixel is the mean of the old ones it covers. Where the picture is
 * enlarged it is a linear interpolation.
 *
 * Plain loops over typed arrays: a photograph's box has a hundred thousand pixels.
 */
import { type Box, type InkPicture, strongestInk } from './ink-picture.ts';

/**
 * Cuts the box out.
 *
 * @param side pixels of its longer side in the result
 * @returns its strongest ink is 255
 */
export function scaleBox(picture: InkPicture, box: Box, side: number): InkPicture {
  const step = Math.max(box.width, box.height) / side;
  const columns = samples(box.left, box.width, step);
  const rows = samples(box.top, box.height, step);
  const gain = 255 / strongestInk(picture);
  const { ink: from, width: stride } = picture;
  const [width, height] = [columns.length, rows.length];
  const narrowed = new Float32Array(box.height * width);
  for (let x = 0; x < width; x++) {
    const { first, weights } = columns[x];
    for (let y = 0; y < box.height; y++) {
      const start = (box.top + y) * stride + first;
      let sum = 0;
      for (let i = 0; i < weights.length; i++) sum += weights[i] * from[start + i];
      narrowed[y * width + x] = sum;
    }
  }
  const ink = new Uint8Array(height * width);
  for (let y = 0; y < height; y++) {
    const { first, weights } = rows[y];
    const start = (first - box.top) * width;
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let i = 0; i < weights.length; i++) sum += weights[i] * narrowed[start + i * width + x];
      ink[y * width + x] = Math.min(255, Math.round(sum * gain));
    }
  }
  return { width, height, ink };
}

/** Old pixels from `first` on, and the share each has in the new one. */
interface Sample {
  readonly first: number;
  readonly weights: Float64Array;
}

/**
 * For each new pixel of a side the old ones it is the mean of. It reaches over one step, or over one whole old pixel
 * when the ink is enlarged, which makes the mean a linear interpolation.
 */
function samples(start: number, length: number, step: number): Sample[] {
  const count = Math.max(1, Math.round(length / step));
  const reach = Math.max(step, 1) / 2;
  return Array.from({ length: count }, (_, i) => {
    const middle = start + length / 2 + (i + 0.5 - count / 2) * step;
    const from = Math.max(start, middle - reach);
    const to = Math.min(start + length, middle + reach);
    const first = Math.floor(from);
    const weights = new Float64Array(Math.ceil(to) - first);
    for (let k = 0; k < weights.length; k++) {
      weights[k] = (Math.min(to, first + k + 1) - Math.max(from, first + k)) / (2 * reach);
    }
    return { first, weights };
  });
}
