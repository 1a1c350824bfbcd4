/** Code of unsigned bytes in the format's first word. */
const UNSIGNED_BYTES = 0x08;

/**
 * Bytes in the format of MNIST's files: a big-endian word with the type and the number of dimensions, a word with the
 * size of each dimension, then the bytes (http://yann.lecun.com/exdb/mnist).
 *
 * @param shape sizes of the dimensions, slowest first; their product is the number of bytes
 * @throws RangeError when it is not
 */
export function toIdx(shape: readonly number[], bytes: Uint8Array): Buffer {
  const size = shape.reduce((product, length) => product * length, 1);
  if (size !== bytes.length) {
    throw new RangeError(`IDX: ${bytes.length} bytes are not of the shape [${shape.join(', ')}].`);
  }
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.writeUInt32BE((UNSIGNED_BYTES << 8) | shape.length, 0);
  shape.forEach((length, i) => {
    header.writeUInt32BE(length, 4 + 4 * i);
  });
  return Buffer.concat([header, bytes]);
}
