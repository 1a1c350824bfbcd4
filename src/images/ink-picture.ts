/** A picture of ink on paper, of any size. */
export interface InkPicture {
  readonly width: number;
  readonly height: number;
  /** [height, width] bytes, row by row, 0 = paper, 255 = ink. */
  readonly ink: Uint8Array<ArrayBuffer>;
}

/** Pixels; it includes its first and its last ones. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Ink fainter than this share of the strongest is an edge or noise and does not widen a box. */
const FAINT = 0.1;

/** The smallest box around all ink that is not faint; null when there is none. */
export function inkBox(picture: InkPicture): Box | null {
  return boxAbove(picture, faintInk(picture));
}

/** Ink up to this level is faint. */
export function faintInk(picture: InkPicture): number {
  return FAINT * strongestInk(picture);
}

/** The smallest box around all ink above a level; null when there is none. */
export function boxAbove({ width, height, ink }: InkPicture, level: number): Box | null {
  const most = Math.floor(level);
  let [left, right, top, bottom] = [width, -1, height, -1];
  for (let y = 0; y < height; y++) {
    const line = y * width;
    let x = 0;
    while (x < width && ink[line + x] <= most) x++;
    if (x === width) continue;
    if (x < left) left = x;
    for (x = width - 1; x > right && ink[line + x] <= most; ) x--;
    if (x > right) right = x;
    if (top > y) top = y;
    bottom = y;
  }
  return right < 0 ? null : { left, top, width: right - left + 1, height: bottom - top + 1 };
}

export function strongestInk({ ink }: InkPicture): number {
  let strongest = 0;
  for (let pixel = 0; pixel < ink.length; pixel++) if (ink[pixel] > strongest) strongest = ink[pixel];
  return strongest;
}

/** The columns from `left` on. */
export function cutColumns({ width, height, ink }: InkPicture, left: number, count: number): InkPicture {
  const cut = new Uint8Array(count * height);
  for (let y = 0; y < height; y++) {
    cut.set(ink.subarray(y * width + left, y * width + left + count), y * count);
  }
  return { width: count, height, ink: cut };
}
