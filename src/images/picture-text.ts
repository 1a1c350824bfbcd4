/**
 * A picture as text → its file: a `data:` URL (RFC 2397), as `canvas.toDataURL()` makes it, or the file's base64 alone.
 *
 * Loops over bytes where text is long: replacing in a text of some megabytes takes many times as long.
 */
import { CodedError } from '../errors.ts';
import { isPictureFile } from './picture.ts';

/** The part of a data: URL before the comma: a media type and its parameters. */
const DATA_URL = /^data:([^,]{0,500}),/i;
const IN_BASE64 = /;\s*base64\s*$/i;
/** Such a URL as a part of another one. */
const ESCAPED_URL = /^data%3a/i;
/** JSON's quotes, and Python's around bytes. */
const QUOTED = /^b?(["'])/;

export interface PictureTextOptions {
  /** A form turns a "+" that nobody escaped into a space: where there is no "+" at all, a space is one. */
  readonly spaceIsPlus?: boolean;
}

/**
 * @param value text, or a file that holds a picture or such text
 * @returns the picture's file; only bare base64 has been checked to begin like a picture
 * @throws CodedError 422 when it is none of them
 */
export function toPictureFile(value: unknown, options: PictureTextOptions = {}): Uint8Array<ArrayBuffer> {
  // In memory of its own, which can be handed over to another thread.
  if (value instanceof Uint8Array)
    return Uint8Array.from(isPictureFile(value) ? value : (fromTextFile(value) ?? value));
  const file = typeof value === 'string' ? fromText(value, options) : null;
  if (file === null) throw notAPicture();
  return Uint8Array.from(file);
}

/** Some editors put it before text. */
const UTF8_MARK = Buffer.from('\ufeff');

function fromTextFile(file: Uint8Array): Uint8Array | null {
  const text = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const start = UTF8_MARK.equals(text.subarray(0, 3)) ? 3 : 0;
  const isText = text.subarray(start, start + 100).every((byte) => byte < 0x80);
  return isText ? fromText(text.toString('latin1', start), {}) : null;
}

/** @returns null when it is neither a data: URL nor a picture in base64 */
function fromText(value: string, options: PictureTextOptions): Uint8Array | null {
  const text = unquote(value.trim());
  const url = ESCAPED_URL.test(text) ? unescapePercent(text).toString('latin1') : text;
  const [start, about = ''] = DATA_URL.exec(url) ?? [];
  if (start === undefined) {
    const file = fromBase64(text, options);
    return file !== null && isPictureFile(file) ? file : null;
  }
  const content = url.slice(start.length).trim();
  const file = IN_BASE64.test(about) ? fromBase64(content, options) : unescapePercent(content);
  if (file === null) throw badText('The base64 of the data: URL is damaged or incomplete.');
  if (file.length === 0) throw badText('The data: URL is empty.');
  return file;
}

function unquote(text: string): string {
  const [start, quote = ''] = QUOTED.exec(text) ?? [];
  if (start === undefined || !text.endsWith(quote)) return text;
  const inner = text.slice(start.length, -1);
  return inner.includes('\\/') ? inner.replaceAll('\\/', '/') : inner;
}

/** In either alphabet, with or without padding, with or without line breaks; null when it is not base64. */
function fromBase64(text: string, options: PictureTextOptions): Buffer | null {
  const whole = wholeBase64(text);
  if (whole !== null) return whole;
  const bare = text.includes('%') ? unescapePercent(text) : Buffer.from(text);
  // Where there is a letter of these, none of them became a space.
  const isLost = options.spaceIsPlus === true && !/[+_-]/.test(text);
  return (
    (isLost ? wholeBase64(withoutSpace(Buffer.from(bare), { spaceIsPlus: true })) : null) ??
    wholeBase64(withoutSpace(bare, {}))
  );
}

function wholeBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64');
  return isWhole(bytes, text) ? bytes : null;
}

/** Node skips invalid base64: then there are fewer bytes than the text has room for. */
function isWhole(bytes: Buffer, text: string): boolean {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const length = text.length - padding;
  return length % 4 !== 1 && bytes.length === Math.floor((length * 3) / 4);
}

const [SPACE, PERCENT, PLUS] = [0x20, 0x25, 0x2b];

/** White space is removed; with `spaceIsPlus` a space is a "+". Works in place. */
function withoutSpace(bytes: Buffer, { spaceIsPlus = false }: PictureTextOptions): string {
  let length = 0;
  for (const byte of bytes) {
    if (byte > SPACE) bytes[length++] = byte;
    else if (spaceIsPlus && byte === SPACE) bytes[length++] = PLUS;
  }
  return bytes.toString('latin1', 0, length);
}

function unescapePercent(text: string): Buffer {
  const bytes = Buffer.from(text);
  let length = 0;
  for (let i = 0; i < bytes.length; i++) {
    const [high, low] = bytes[i] === PERCENT ? [hexDigit(bytes[i + 1]), hexDigit(bytes[i + 2])] : [-1, -1];
    const escaped = high >= 0 && low >= 0;
    bytes[length++] = escaped ? high * 16 + low : bytes[i];
    if (escaped) i += 2;
  }
  return bytes.subarray(0, length);
}

/** −1 for other characters. */
function hexDigit(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

function notAPicture(): CodedError {
  return badText(
    'The "image" must be a picture: a file, a data: URL (data:image/png;base64,…) or the base64 of a PNG, JPEG or WebP file. Numbers are sent as "matrix".',
  );
}

function badText(message: string): CodedError {
  return new CodedError({ code: 'BAD_PICTURE', status: 422, message, field: 'image' });
}
