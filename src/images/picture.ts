import type { Metadata, Sharp, SharpOptions } from 'sharp';
import { CodedError } from '../errors.ts';
import { greyToImages } from './grey-picture.ts';
import type { GreyPicture } from './ink.ts';
import { LARGEST_PICTURE, LARGEST_PICTURE_TEXT } from './sizes.ts';
import type { DigitImages } from './taken.ts';

const MOST_PIXELS = 40_000_000;
/** Limit for pictures that must be decoded as a whole, because their rows are not in sequence. */
const MOST_INTERLACED_PIXELS = 12_000_000;
const LONGEST_SIDE = 10_000;
/** Larger pictures are scaled down to this side: enough for a digit that fills a tenth of it. */
const WORKING_SIDE = 400;
const MOST_SECONDS = 10;

/**
 * Reads a picture of a digit, or of several apart, drawn on a screen or photographed on paper, dark on bright or bright on dark.
 *
 * @param file PNG, JPEG or WebP, at most `LARGEST_PICTURE` bytes and 40 megapixels
 * @returns an image of each place where a digit may be
 * @throws CodedError 413, 415 or 422 with the sentence why it cannot be read
 */
export async function pictureToImages(file: Uint8Array): Promise<DigitImages> {
  return greyToImages(await readPicture(file));
}

/**
 * The first part of `pictureToImages`, which the library does in its own threads.
 *
 * @returns at most 400 pixels long
 * @throws CodedError 413, 415 or 422 with the sentence why it cannot be read
 */
export async function readPicture(file: Uint8Array): Promise<GreyPicture> {
  if (file.length > LARGEST_PICTURE)
    throw badPicture(413, `The picture has more than ${LARGEST_PICTURE_TEXT}.`);
  checkFormat(file);
  const turn = decoding.then(() => decode(file));
  // The next one waits for this one to settle, not to succeed.
  decoding = turn.then(
    () => {},
    () => {},
  );
  return turn;
}

/** Pictures are unpacked one at a time, so that memory does not grow with the number of clients. */
let decoding: Promise<void> = Promise.resolve();

/** By its first bytes, so that no decoder sees other formats. */
function checkFormat(file: Uint8Array): void {
  if (!isPictureFile(file)) throw badPicture(415, 'The picture must be a PNG, JPEG or WebP file.');
}

/** Does it begin as a PNG, JPEG or WebP file does? */
export function isPictureFile(file: Uint8Array): boolean {
  const start = Buffer.from(file.buffer, file.byteOffset, Math.min(file.length, 12)).toString('latin1');
  return (
    start.startsWith('\x89PNG\r\n\x1a\n') ||
    start.startsWith('\xff\xd8\xff') ||
    (start.startsWith('RIFF') && start.endsWith('WEBP'))
  );
}

/** A picture that was read, as a JPEG in a `data:` URL. */
export async function pictureUrl({ width, height, grey }: GreyPicture): Promise<string> {
  const sharp = await loadSharp();
  const jpeg = await sharp(grey, { raw: { width, height, channels: 1 } })
    .jpeg({ quality: 70 })
    .toBuffer();
  return `data:image/jpeg;base64,${jpeg.toString('base64')}`;
}

async function decode(file: Uint8Array): Promise<GreyPicture> {
  const sharp = await loadSharp();
  const options: SharpOptions = { limitInputPixels: MOST_PIXELS, failOn: 'error', sequentialRead: true };
  try {
    const { hasAlpha, ...size } = await checkSize(sharp(file, options));
    const onWhite = await toGrey(sharp(file, options), { size, background: '#fff' });
    // White ink on nothing: invisible on white paper.
    return hasAlpha && isBlank(onWhite)
      ? await toGrey(sharp(file, options), { size, background: '#000' })
      : onWhite;
  } catch (cause) {
    if (cause instanceof CodedError) throw cause;
    const tooLarge = cause instanceof Error && /pixel limit/i.test(cause.message);
    throw tooLarge ? tooManyPixels() : badPicture(422, 'The picture is damaged or incomplete.', cause);
  }
}

type SharpModule = typeof import('sharp').default;

/** Loaded with the first picture: its library takes memory that a server without pictures never needs. */
async function loadSharp(): Promise<SharpModule> {
  const { default: sharp } = await import('sharp');
  sharp.cache(false);
  sharp.concurrency(1);
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({
    operation: ['VipsForeignLoadPng', 'VipsForeignLoadJpeg', 'VipsForeignLoadWebp'],
  });
  return sharp;
}

type Size = Pick<Metadata, 'width' | 'height'>;

/** Reads the header only. */
async function checkSize(picture: Sharp): Promise<Pick<Metadata, 'hasAlpha' | 'width' | 'height'>> {
  const { width, height, pages = 1, isProgressive, hasAlpha } = await picture.metadata();
  if (pages > 1) throw badPicture(422, 'The picture is animated; send a still one.');
  if (Math.max(width, height) > LONGEST_SIDE) {
    const size = `${width.toLocaleString('en')} × ${height.toLocaleString('en')}`;
    const most = LONGEST_SIDE.toLocaleString('en');
    throw badPicture(422, `The picture has ${size} pixels; no side may be longer than ${most}.`);
  }
  if (width * height > MOST_PIXELS) throw tooManyPixels();
  if (isProgressive && width * height > MOST_INTERLACED_PIXELS) {
    throw badPicture(422, 'The picture is interlaced or progressive and has more than 12 megapixels.');
  }
  return { hasAlpha, width, height };
}

/** Upright, 8 bits, on opaque paper, at most 400 pixels long. */
async function toGrey(
  picture: Sharp,
  { size, background }: { size: Size; background: string },
): Promise<GreyPicture> {
  const { data, info } = await picture
    .timeout({ seconds: MOST_SECONDS })
    .autoOrient()
    .resize(WORKING_SIDE, WORKING_SIDE, { fit: 'inside', withoutEnlargement: true, kernel: 'mitchell' })
    .flatten({ background })
    .toColourspace('b-w')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  if (channels !== 1) throw new TypeError(`sharp gave ${channels} channels instead of one`);
  return { width, height, grey: data, shrunk: Math.max(size.width, size.height) / Math.max(width, height) };
}

const isBlank = ({ grey }: GreyPicture) => grey.every((value) => value === grey[0]);

function tooManyPixels(): CodedError {
  return badPicture(422, 'The picture has more than 40 megapixels.');
}

function badPicture(status: 413 | 415 | 422, message: string, cause?: unknown): CodedError {
  return new CodedError({ code: 'BAD_PICTURE', status, message, field: 'image', cause });
}
