/** The bytes of a request's body → the value they stand for. */

import { parse } from 'node:querystring';
import type { Message } from '../catalogue/catalogue.ts';
import { CodedError } from '../errors.ts';
import { LARGEST_BODY, LARGEST_BODY_TEXT } from '../images/sizes.ts';

/** Nothing valid nests deeper than strokes in a batch: 6. */
export const MOST_DEPTH = 16;

/** Most values in a body above `LARGEST_BODY`, which only pictures justify: values take more memory than text. */
const MOST_SEPARATORS = 2 ** 17;

export interface EncodedBody {
  readonly bytes: Uint8Array;
  /** `fields` = application/x-www-form-urlencoded */
  readonly format: 'json' | 'fields';
}

/**
 * @returns undefined when nothing was sent
 * @throws CodedError 400 when it is not JSON, 413 when it is large and has no picture, 422 when it nests too deep
 */
export function parseBody({ bytes, format }: EncodedBody): unknown {
  if (bytes.length > LARGEST_BODY && separators(bytes) > MOST_SEPARATORS) {
    const message: Message = ['errors.theRequestIsTooLarge', { largestBodyText: LARGEST_BODY_TEXT }];
    throw new CodedError({ code: 'FST_ERR_CTP_BODY_TOO_LARGE', status: 413, message });
  }
  const text = textOf(bytes);
  // Many clients declare JSON even when they send nothing.
  if (text.trim() === '') return undefined;
  if (format === 'fields') return oneField(text) ?? parse(text, '&', '=', { maxKeys: 0 });
  const value = parseJson(text);
  if (isDeeper(value, MOST_DEPTH)) {
    const message: Message = ['errors.theBodyNestsDeeperThan', { mostDepth: MOST_DEPTH }];
    throw new CodedError({ code: 'TOO_DEEP', status: 422, message });
  }
  return value;
}

/** A fast path for most forms; null for others. */
function oneField(text: string): Record<string, string> | null {
  const end = text.indexOf('=');
  if (end <= 0 || /[&%+]/.test(text)) return null;
  return Object.assign(Object.create(null), { [text.slice(0, end)]: text.slice(end + 1) });
}

/** Bytes before each of which, at most, one value of JSON or one field of a form ends. */
function separators(bytes: Uint8Array): number {
  let count = 0;
  for (const byte of bytes) if (IS_SEPARATOR[byte] === 1) count++;
  return count;
}

const IS_SEPARATOR = new Uint8Array(256);
for (const byte of Buffer.from(',:[{&')) IS_SEPARATOR[byte] = 1;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const message: Message = ['errors.theBodyIsNotValid'];
    throw new CodedError({ code: 'FST_ERR_CTP_INVALID_JSON_BODY', status: 400, message, cause });
  }
}

/** Without the byte-order mark that some editors put before UTF-8. */
export function textOf(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

/** Does `value` have more than `levels` of lists and objects within each other? Looks no deeper than that. */
export function isDeeper(value: unknown, levels: number): boolean {
  if (!isParsed(value)) return false;
  if (levels === 0) return true;
  const items = Array.isArray(value) ? value : Object.values(value);
  // A batch has 784,000 numbers.
  for (const item of items) if (typeof item === 'object' && isDeeper(item, levels - 1)) return true;
  return false;
}

/** Streams and buffers are not what a parser made. */
function isParsed(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === null || prototype === Object.prototype;
}
