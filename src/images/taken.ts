import type { Cell } from './digit-layout.ts';
import type { Scale } from './levels.ts';

/** A decoded input: images, or the file of a picture that is still to be unpacked. */
export type Taken = TakenImages | PictureFile;

export interface PictureFile {
  /** PNG, JPEG or WebP, or so it says. */
  readonly file: Uint8Array;
}

export interface TakenImages extends DigitImages, Remarks {}

export interface DigitImages {
  /** [28, 28] bytes each, 0 = paper, 255 = ink; one, or one for each cell. */
  readonly images: readonly Uint8Array<ArrayBuffer>[];
  /** Where there may be several digits; omitted when there is one. */
  readonly cells?: readonly Cell[];
}

/** Members of the answer, of a matrix only. */
export interface Remarks {
  /** The range its numbers were taken to have. */
  readonly scale?: Scale;
  /** A sentence when it is probably not as intended. */
  readonly hint?: string;
}
