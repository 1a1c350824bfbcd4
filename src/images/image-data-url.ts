import { IMAGE_SIDE, IMAGE_SIZE } from '../network/lenet5.ts';

const FILE_HEADER = 14;
const INFO_HEADER = 40;
const GREY_LEVELS = 256;
const PIXELS_AT = FILE_HEADER + INFO_HEADER + 4 * GREY_LEVELS;

/** The headers and a palette of greys before the pixels, the same for every image. */
const HEAD = head();
/** As base64, without the last byte: three bytes are four letters. */
const START = `data:image/bmp;base64,${btoa(String.fromCharCode(...HEAD.subarray(0, -1)))}`;

/**
 * An image as the URL of a picture: an 8-bit grey Windows bitmap in a `data:` URL. The same on server and in the
 * browser, so that the picture shown immediately is the same as the one in the answer.
 *
 * @param image [28 × 28] bytes, row by row, 0 = black
 */
export function imageDataUrl(image: ArrayLike<number>): string {
  const rest = new Uint8Array(1 + image.length);
  rest[0] = HEAD[HEAD.length - 1];
  rest.set(image, 1);
  return START + btoa(String.fromCharCode(...rest));
}

function head(): Uint8Array {
  const bytes = new Uint8Array(PIXELS_AT);
  const view = new DataView(bytes.buffer);
  bytes.set([0x42, 0x4d]); // "BM"
  view.setUint32(2, PIXELS_AT + IMAGE_SIZE, true);
  view.setUint32(10, PIXELS_AT, true);
  view.setUint32(14, INFO_HEADER, true);
  view.setInt32(18, IMAGE_SIDE, true);
  view.setInt32(22, -IMAGE_SIDE, true); // negative: the first row is the top one
  view.setUint16(26, 1, true); // planes
  view.setUint16(28, 8, true); // bits a pixel
  for (let grey = 0; grey < GREY_LEVELS; grey++) {
    bytes.fill(grey, FILE_HEADER + INFO_HEADER + 4 * grey, FILE_HEADER + INFO_HEADER + 4 * grey + 3);
  }
  return bytes;
}
