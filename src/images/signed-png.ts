/** Levels of the signed colour scale as the file of a picture: an 8-bit PNG with a palette (ISO/IEC 15948). */
import { crc32, deflateSync } from 'node:zlib';
import { signedColour } from './signed-levels.ts';
import type { Size } from './sprite.ts';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const PALETTE = 3;

/** Entry i is the colour of level i − 128. */
const COLOURS = Array.from({ length: 256 }, (_, i) => signedColour(i - 128));
const PLTE = chunk('PLTE', Buffer.from(COLOURS.flatMap((colour) => colour.slice(0, 3))));
const TRNS = chunk('tRNS', Buffer.from(COLOURS.map(([, , , alpha]) => alpha)));
const IEND = chunk('IEND', Buffer.alloc(0));

/** @param levels [height][width] @returns its `data:` URL */
export function signedPngUrl(levels: Int8Array, { width, height }: Size): string {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, PALETTE], 8);
  // Each row begins with its filter, 0 for none.
  const rows = Buffer.alloc(height * (width + 1));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) rows[y * (width + 1) + 1 + x] = levels[y * width + x] + 128;
  }
  const pixels = chunk('IDAT', deflateSync(rows, { level: 1 }));
  const file = Buffer.concat([SIGNATURE, chunk('IHDR', header), PLTE, TRNS, pixels, IEND]);
  return `data:image/png;base64,${file.toString('base64')}`;
}

function chunk(type: string, data: Buffer): Buffer {
  const all = Buffer.alloc(data.length + 12);
  all.writeUInt32BE(data.length, 0);
  all.write(type, 4, 'latin1');
  all.set(data, 8);
  all.writeUInt32BE(crc32(all.subarray(4, 8 + data.length)), 8 + data.length);
  return all;
}
