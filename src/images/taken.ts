import type { Scale } from './levels.ts';

/** What an input is to the network: images, or the file of a picture that is still to be unpacked. */
export type Taken = TakenImages | PictureFile;

export interface PictureFile {
  /** PNG, JPEG or WebP, or so it says. */
  readonly file: Uint8Array;
}

export interface TakenImages extends Remarks {
  /** [28, 28] bytes each, 0 = paper, 255 = ink; one for each digit that stands apart, from left to right. */
  readonly images: readonly Uint8Array[];
}

/** Members of the answer, of a matrix only. */
export interface Remarks {
  /** What its numbers were taken to run over. */
  readonly scale?: Scale;
  /** A sentence, when it is probably not what the client means. */
  readonly hint?: string;
}
