/**
 * Tensors of the Open Inference Protocol, version 2: as JSON, or after the JSON as little-endian bytes (its binary
 * tensor data extension).
 */
import { CodedError } from '../errors.ts';
import { type Levels, levelsOfBytes, toLevels } from '../images/levels.ts';
import { DIGITS, IMAGE_SIDE, IMAGE_SIZE } from '../network/lenet5.ts';
import type { Steps } from '../time-slices.ts';
import { MOST_INPUTS } from './batch.ts';
import { isDeeper, textOf } from './body.ts';

/** Accepted types, with bytes per element. */
const INPUT_BYTES = { FP32: 4, UINT8: 1 } as const;
type InputType = keyof typeof INPUT_BYTES;

/** Shapes of an image, without dimensions of 1. */
const IMAGE_SHAPES = [[IMAGE_SIDE, IMAGE_SIDE], [IMAGE_SIZE]];
export const INPUT = { name: 'images', datatype: 'FP32', shape: [-1, IMAGE_SIDE, IMAGE_SIDE] } as const;

/** An input as the request's JSON describes it. */
interface InputTensor {
  readonly name?: unknown;
  readonly shape?: unknown;
  readonly datatype?: unknown;
  readonly parameters?: { readonly binary_data_size?: unknown };
  readonly data?: unknown;
}

/** One of the answer. */
export interface OutputTensor {
  readonly name: string;
  readonly datatype: 'FP32' | 'INT64';
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

export interface LevelParameters {
  /** The range the numbers were taken to have: 0-1 or 0-255; one per image, separated by commas, if they differ. */
  readonly scale: string;
  /** When images are probably not as intended. */
  readonly hint?: string;
}

/** A request to infer, decoded. */
export interface InferenceRequest {
  readonly id: string | null;
  /** [N, 28, 28] bytes as the network sees them, 0 = paper, 255 = ink. */
  readonly images: Uint8Array<ArrayBuffer>;
  /** How they were taken, for the answer. */
  readonly parameters: LevelParameters;
  readonly wanted: readonly { readonly name: OutputName; readonly binary: boolean }[];
}

export const OUTPUTS = [
  { name: 'probabilities', datatype: 'FP32', shape: [-1, DIGITS.classes] },
  { name: 'digit', datatype: 'INT64', shape: [-1] },
] as const;
export type OutputName = (typeof OUTPUTS)[number]['name'];

export interface EncodedInference {
  readonly bytes: Uint8Array;
  /** Length of the JSON, when bytes follow it. */
  readonly jsonLength: string | undefined;
}

interface InferHeader {
  readonly id?: unknown;
  readonly parameters?: { readonly binary_data_output?: unknown } | null;
  readonly inputs?: unknown;
  readonly outputs?: unknown;
}

/** The data of one image in an input. */
const MOST_DEPTH = 8;
/** Most characters of an id, which is sent back. */
const MOST_ID_LETTERS = 1000;

/** @throws CodedError 400 */
export function* decodeInference({ bytes, jsonLength }: EncodedInference): Steps<InferenceRequest> {
  const { header, binary } = split(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), jsonLength);
  yield;
  const [input, ...others] = Array.isArray(header.inputs) ? header.inputs : [];
  if (typeof input !== 'object' || input === null || others.length > 0) {
    throw invalid(`Send one input, "${INPUT.name}".`);
  }
  const wanted = wantedOutputs(header);
  const id = typeof header.id === 'string' ? header.id : null;
  if (id !== null && id.length > MOST_ID_LETTERS) {
    throw invalid(`The "id" has more than ${MOST_ID_LETTERS} letters.`);
  }
  return { id, ...readImages(input, binary), wanted };
}

/** @param length of the JSON, when bytes follow it */
function split(body: Buffer, length: string | undefined): { header: InferHeader; binary: Buffer } {
  const end = length === undefined ? body.length : Number(length);
  if (!Number.isInteger(end) || end < 0 || end > body.length) {
    throw invalid('Inference-Header-Content-Length is not the length of the JSON that the body begins with.');
  }
  try {
    const header: unknown = JSON.parse(textOf(body.subarray(0, end)));
    if (typeof header !== 'object' || header === null) throw invalid('The request is not a JSON object.');
    if (isDeeper(header, MOST_DEPTH)) throw invalid('The request nests too deep.');
    return { header, binary: body.subarray(end) };
  } catch (cause) {
    throw cause instanceof CodedError ? cause : invalid('The request is not valid JSON.');
  }
}

/** All, as JSON, when none is named. */
function wantedOutputs({ outputs, parameters }: InferHeader): InferenceRequest['wanted'] {
  const allBinary = parameters?.binary_data_output === true;
  const named: unknown[] = Array.isArray(outputs) && outputs.length > 0 ? outputs : [...OUTPUTS];
  if (named.length > OUTPUTS.length)
    throw invalid(`There are ${OUTPUTS.length} outputs; name each only once.`);
  return named.map((output) => {
    const { name, parameters } = (output ?? {}) as { name?: unknown; parameters?: { binary_data?: unknown } };
    const known = OUTPUTS.find((each) => each.name === name);
    if (known === undefined) {
      throw invalid(`There is no output ${said(name)}, only "probabilities" and "digit".`);
    }
    const { binary_data: binary = allBinary } = parameters ?? {};
    return { name: known.name, binary: binary === true };
  });
}

/** A value as quoted in a sentence. */
function said(value: unknown): string {
  return (JSON.stringify(value) ?? 'without a name').slice(0, 40);
}

/** @returns an error of the protocol, with status 400 */
export function invalid(message: string): CodedError {
  return new CodedError({ code: 'INVALID_INFERENCE', status: 400, message });
}

/**
 * @param binary the bytes after the JSON: the input's, or none
 * @throws CodedError 400
 */
function readImages(tensor: InputTensor, binary: Buffer): Pick<InferenceRequest, 'images' | 'parameters'> {
  const { datatype, shape, parameters, data } = tensor;
  if (tensor.name !== INPUT.name) throw invalid(`The input is called "${INPUT.name}".`);
  if (datatype !== 'FP32' && datatype !== 'UINT8') throw invalid(`"${INPUT.name}" must be FP32 or UINT8.`);
  const count = imagesIn(shape) * IMAGE_SIZE;
  const size = parameters?.binary_data_size;
  if (size === undefined || size === null) {
    if (binary.length > 0) throw invalid('There are bytes after the JSON that do not belong to an input.');
    return toImages(flatten(data, count), datatype);
  }
  if (data !== undefined && data !== null)
    throw invalid(`"${INPUT.name}" has both "data" and "binary_data_size".`);
  const bytes = count * INPUT_BYTES[datatype];
  if (size !== bytes || binary.length !== bytes) {
    throw invalid(
      `"${INPUT.name}" of this shape has ${bytes} bytes, not ${said(size)}; ${binary.length} were sent.`,
    );
  }
  return toImages(datatype === 'UINT8' ? binary : floats(binary), datatype);
}

/** N of a shape; further dimensions of 1 are ignored. */
function imagesIn(shape: unknown): number {
  const [count, ...one]: unknown[] = Array.isArray(shape) ? shape : [];
  const sides = one.filter((side) => side !== 1);
  const isOne = (allowed: readonly number[]) =>
    allowed.length === sides.length && allowed.every((side, i) => side === sides[i]);
  if (!IMAGE_SHAPES.some(isOne) || !Number.isInteger(count)) {
    throw invalid(`The shape of "${INPUT.name}" must be [n,28,28], [n,784], [n,28,28,1] or [n,1,28,28].`);
  }
  if ((count as number) < 1 || (count as number) > MOST_INPUTS) {
    throw invalid(`Send 1 to ${MOST_INPUTS} images at once, not ${count}.`);
  }
  return count as number;
}

/** The protocol allows the numbers in one list, or nested as the shape is. */
function flatten(data: unknown, count: number): unknown[] {
  if (!Array.isArray(data)) throw invalid(`"${INPUT.name}" has no "data".`);
  const isFlat = data.length === count && !Array.isArray(data[0]);
  const numbers = isFlat ? data : (data.flat(MOST_DEPTH) as unknown[]);
  if (numbers.length !== count) {
    throw invalid(`"${INPUT.name}" of this shape has ${count} numbers, not ${numbers.length}.`);
  }
  return numbers;
}

function floats(binary: Buffer): Float32Array {
  const copy = new Float32Array(binary.length / 4);
  for (let i = 0; i < copy.length; i++) copy[i] = binary.readFloatLE(i * 4);
  return copy;
}

/** Each image separately: one with numbers from 0 to 255 does not change how the others are read. */
function toImages(
  numbers: ArrayLike<unknown>,
  datatype: InputType,
): Pick<InferenceRequest, 'images' | 'parameters'> {
  const images = new Uint8Array(numbers.length);
  const levels: Levels[] = [];
  for (let from = 0; from < numbers.length; from += IMAGE_SIZE) {
    const each =
      datatype === 'UINT8'
        ? levelsOfBytes(bytesAt(numbers, from))
        : toLevels(numbers, { from, bad: badNumber });
    images.set(each.image, from);
    levels.push(each);
  }
  return { images, parameters: levelParameters(levels) };
}

function bytesAt(numbers: ArrayLike<unknown>, from: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(IMAGE_SIZE);
  for (let i = 0; i < IMAGE_SIZE; i++) {
    const number = numbers[from + i];
    if (typeof number !== 'number' || !(number >= 0 && number <= 255)) throw badNumber(number, from + i);
    bytes[i] = Math.round(number);
  }
  return bytes;
}

function badNumber(number: unknown, index: number): CodedError {
  return invalid(
    `Number ${index + 1} of "${INPUT.name}" is ${typeof number === 'number' ? number : said(number)}; it must be from 0 to 255, or from 0 to 1.`,
  );
}

/** How the images were taken, as parameters of the answer: the scale of all, or of each; images that look wrong. */
function levelParameters(levels: readonly Levels[]): LevelParameters {
  const scales = levels.map(({ scale }) => scale);
  const scale = new Set(scales).size === 1 ? scales[0] : scales.join(',');
  const hint = hintOfAll(levels);
  return hint === '' ? { scale } : { scale, hint };
}

/** Images that one hint names at most. */
const NAMED_IMAGES = 10;

/** Each hint once, after the images it is about; empty when there are none. */
function hintOfAll(levels: readonly Levels[]): string {
  const numbers = new Map<string, number[]>();
  for (const [i, { hint }] of levels.entries()) {
    if (hint === null) continue;
    const about = numbers.get(hint);
    if (about) about.push(i + 1);
    else numbers.set(hint, [i + 1]);
  }
  return [...numbers].map(([hint, about]) => `${imagesNamed(about, levels.length)}${hint}`).join(' ');
}

function imagesNamed(numbers: readonly number[], count: number): string {
  if (count === 1) return '';
  if (numbers.length === count) return 'All images: ';
  const named = numbers.slice(0, NAMED_IMAGES).join(', ');
  const more = numbers.length > NAMED_IMAGES ? ` and ${numbers.length - NAMED_IMAGES} more` : '';
  return `Image${numbers.length > 1 ? 's' : ''} ${named}${more}: `;
}

/** Little-endian, as the extension requires. */
export function toBinary({ datatype, values }: OutputTensor): Buffer {
  const bytes = Buffer.alloc(values.length * (datatype === 'FP32' ? 4 : 8));
  values.forEach((value, i) => {
    if (datatype === 'FP32') bytes.writeFloatLE(value, i * 4);
    else bytes.writeBigInt64LE(BigInt(value), i * 8);
  });
  return bytes;
}
