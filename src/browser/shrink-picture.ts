/** Pixels: five times what the server looks at. */
const LONGEST_SIDE = 2000;
/** Bytes: sent quickly over any network, faster than shrinking it. */
const SMALL = 256 * 1024;
/** Bytes; a picture of more, such as a photograph as PNG, is re-encoded even if its sides are short enough. */
const LIGHT = 2 * 1024 * 1024;
const QUALITY = 0.9;

/**
 * A photograph shrunk as far as it can still be read well: upright, at most 2,000 pixels long.
 *
 * @returns the file itself when it is small, or when this browser cannot decode it: the server then says what is wrong
 */
export async function shrinkPicture(file: File): Promise<File> {
  if (file.size <= SMALL) return file;
  const picture = await decode(file);
  if (picture === null) return file;
  const { width, height } = picture;
  const longest = Math.max(width, height);
  const smaller =
    longest > LONGEST_SIDE || file.size > LIGHT
      ? await encode(picture, Math.min(1, LONGEST_SIDE / longest))
      : null;
  picture.close();
  if (smaller === null || smaller.size >= file.size) return file;
  return new File([smaller], file.name, { type: smaller.type, lastModified: file.lastModified });
}

/** As it was taken, whichever way the camera was held. */
async function decode(file: File): Promise<ImageBitmap | null> {
  try {
    return await createImageBitmap(file, { imageOrientation: 'from-image' });
  } catch {
    // Damaged, not a picture, too large for this device, or an old browser: each is sent as it is.
    return null;
  }
}

/** @returns null when the device has no room for it */
function encode(picture: ImageBitmap, scale: number): Promise<Blob | null> {
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) return Promise.resolve(null);
  context.imageSmoothingQuality = 'high';
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  // The server looks for white ink on nothing; a lossy format would leave grain there.
  const format = isOpaque(context) ? 'image/jpeg' : 'image/png';
  return new Promise((resolve) => canvas.toBlob(resolve, format, QUALITY));
}

function isOpaque(context: CanvasRenderingContext2D): boolean {
  const { width, height } = context.canvas;
  const { data } = context.getImageData(0, 0, width, height);
  for (let alpha = 3; alpha < data.length; alpha += 4) if (data[alpha] < 255) return false;
  return true;
}
