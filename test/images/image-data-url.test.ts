import t from 'tap';
import { imageDataUrl } from '../../src/images/image-data-url.ts';

/** Read as the bitmap format says: https://learn.microsoft.com/windows/win32/gdi/bitmap-storage */
function readBitmap(url: string) {
  const [, base64] = /^data:image\/bmp;base64,(.+)$/.exec(url) as RegExpExecArray;
  const file = Buffer.from(base64, 'base64');
  const pixels = file.subarray(file.readUInt32LE(10));
  const palette = file.subarray(14 + file.readUInt32LE(14));
  return {
    signature: file.toString('latin1', 0, 2),
    sizeSaid: file.readUInt32LE(2),
    size: file.length,
    width: file.readInt32LE(18),
    height: file.readInt32LE(22),
    planes: file.readUInt16LE(26),
    bits: file.readUInt16LE(28),
    compression: file.readUInt32LE(30),
    blueGreenRed: [...pixels].map((index) => [...palette.subarray(4 * index, 4 * index + 3)]),
  };
}

t.test('an image becomes a grey 28×28 bitmap with its first row on top', async (t) => {
  const image = Uint8Array.from({ length: 784 }, (_, i) => (i * 7) % 256);
  const { blueGreenRed, ...head } = readBitmap(imageDataUrl(image));
  t.same(head, {
    signature: 'BM',
    sizeSaid: head.size,
    size: 14 + 40 + 1024 + 784,
    width: 28,
    height: -28,
    planes: 1,
    bits: 8,
    compression: 0,
  });
  t.same(
    blueGreenRed,
    [...image].map((grey) => [grey, grey, grey]),
  );
});

t.test('plain numbers do as well as bytes', async (t) => {
  const image = new Array(784).fill(0).with(30, 255);
  t.equal(imageDataUrl(image), imageDataUrl(Uint8Array.from(image)));
});
