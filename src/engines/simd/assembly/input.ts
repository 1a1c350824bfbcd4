/** From stored images [28][28] bytes and labels (bytes) to a group of four: the network's input. */
import { VECTOR } from './lanes';

const SIDE: usize = 28;
const IMAGE: usize = 28 * 28;
/** The input of a "same" 5×5 convolution has two zeros on every side: x is [32][32]. */
const PADDED_SIDE: usize = 32;
const PADDING: usize = 2;

@inline
function imageOf(images: usize, indices: usize, lane: i32, count: i32, blank: usize): usize {
  return lane < count ? images + <usize>load<u32>(indices + (lane << 2)) * IMAGE : blank;
}

/** Byte `shift` / 8 of every lane as a float, times scale. */
@inline
function pixels(four: v128, shift: i32, scale: v128): v128 {
  return f32x4.mul(scale, f32x4.convert_i32x4_u(v128.and(i32x4.shr_u(four, shift), i32x4.splat(255))));
}

/**
 * x [32][32] vectors, whose border stays as it is, = scale · images[indices[lane]].
 * Lanes from `count` on see `blank`, an image of zeros.
 */
export function load_images(x: usize, images: usize, indices: usize, count: i32, blank: usize, scale: f32): void {
  let image0 = imageOf(images, indices, 0, count, blank), image1 = imageOf(images, indices, 1, count, blank);
  let image2 = imageOf(images, indices, 2, count, blank), image3 = imageOf(images, indices, 3, count, blank);
  const factor = f32x4.splat(scale);
  for (let y: usize = 0; y < SIDE; y++) {
    let out = x + ((y + PADDING) * PADDED_SIDE + PADDING) * VECTOR;
    for (let column: usize = 0; column < SIDE; column += 4) {
      let four = v128.load32_zero(image0);
      four = v128.load32_lane(image1, four, 1);
      four = v128.load32_lane(image2, four, 2);
      four = v128.load32_lane(image3, four, 3);
      v128.store(out, pixels(four, 0, factor));
      v128.store(out, pixels(four, 8, factor), 16);
      v128.store(out, pixels(four, 16, factor), 32);
      v128.store(out, pixels(four, 24, factor), 48);
      image0 += 4; image1 += 4; image2 += 4; image3 += 4;
      out += 4 * VECTOR;
    }
  }
}

/** group [4] i32 = labels[indices[lane]], or −1 from `count` on. */
export function load_labels(group: usize, labels: usize, indices: usize, count: i32): void {
  for (let lane = 0; lane < 4; lane++) {
    store<i32>(group + (lane << 2), lane < count ? <i32>load<u8>(labels + load<u32>(indices + (lane << 2))) : -1);
  }
}
