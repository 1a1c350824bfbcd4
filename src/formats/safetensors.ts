/**
 * Weights ↔ safetensors: eight bytes with the header's length, the header as JSON, the tensors one after another.
 * https://huggingface.co/docs/safetensors/index#format
 *
 * A strict reader: a file that differs from this network, for however many classes, in a name, shape, type or offset is
 * refused. Numbers only;
 * nothing in such a file is ever run.
 */
import { ACTIVATIONS, type Activation } from '../network/activations.ts';
import { DIGITS, isClassCount, type LeNet5, lenet5 } from '../network/lenet5.ts';
import { badModelFile, type TrainedWeights } from './trained-weights.ts';

const LENGTH_BYTES = 8;
const FLOAT_BYTES = 4;
/** Ours is below 1,500 bytes. */
const MOST_HEADER_BYTES = 100_000;

/** What is known about a file's weights besides their numbers. */
export interface SafetensorsMetadata {
  readonly activation: Activation;
  /** What a pixel byte is multiplied with. */
  readonly inputScale: number;
  /** Test accuracy on MNIST, 0–1; null when not measured. */
  readonly testAccuracy: number | null;
  /** The temperature: divisor of the logits for calibrated probabilities, above 0. Default 1. */
  readonly temperature?: number;
  /** A sentence on how the weights were made; null when unknown. */
  readonly made: string | null;
}

/** @param weights [P] in the order of `network.tensors` */
export function writeSafetensors(
  weights: Float32Array,
  metadata: SafetensorsMetadata,
  network = DIGITS,
): Uint8Array<ArrayBuffer> {
  if (weights.length !== network.parameterCount) {
    throw new RangeError(`This network has ${network.parameterCount} weights, not ${weights.length}.`);
  }
  const header = encodeHeader(network, metadata);
  const bytes = new Uint8Array(LENGTH_BYTES + header.length + weights.length * FLOAT_BYTES);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(header.length), true);
  bytes.set(header, LENGTH_BYTES);
  const start = LENGTH_BYTES + header.length;
  weights.forEach((weight, i) => {
    view.setFloat32(start + i * FLOAT_BYTES, weight, true);
  });
  return bytes;
}

/** @throws CodedError 422 with a sentence on what is wrong with the file */
export function readSafetensors(bytes: Uint8Array): TrainedWeights {
  const { header, data } = split(bytes);
  const { __metadata__: metadata, ...tensors } = header;
  const network = networkOf(tensors);
  checkTensors(network, tensors, data.byteLength);
  const weights = new Float32Array(network.parameterCount);
  for (let i = 0; i < weights.length; i++) weights[i] = data.getFloat32(i * FLOAT_BYTES, true);
  if (!weights.every(Number.isFinite)) throw bad('has weights that are not finite numbers');
  return { network, weights, ...parseMetadata(metadata) };
}

/** Padded with spaces so that the tensors begin at a multiple of eight. */
function encodeHeader(
  { tensors }: LeNet5,
  { activation, inputScale, testAccuracy, temperature = 1, made }: SafetensorsMetadata,
): Uint8Array {
  const header: Record<string, unknown> = {
    __metadata__: {
      network: 'lenet5',
      activation,
      input_scale: String(inputScale),
      ...(testAccuracy !== null && { test_accuracy: String(testAccuracy) }),
      ...(temperature !== 1 && { temperature: String(temperature) }),
      ...(made !== null && { made }),
    },
  };
  for (const { name, shape, offset, size } of tensors) {
    header[name] = { dtype: 'F32', shape, data_offsets: dataOffsets(offset, size) };
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const padded = new Uint8Array(Math.ceil(json.length / 8) * 8).fill(0x20);
  padded.set(json);
  return padded;
}

const dataOffsets = (offset: number, size: number) => [offset * FLOAT_BYTES, (offset + size) * FLOAT_BYTES];

type Fields = Record<string, unknown>;

function split(bytes: Uint8Array): { header: Fields; data: DataView } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = bytes.length < LENGTH_BYTES ? 0 : Number(view.getBigUint64(0, true));
  if (length < 2 || length > MOST_HEADER_BYTES || LENGTH_BYTES + length > bytes.length) {
    throw bad('has a header of an implausible length');
  }
  const start = LENGTH_BYTES + length;
  const header = parseHeader(bytes.subarray(LENGTH_BYTES, start));
  return { header, data: new DataView(bytes.buffer, bytes.byteOffset + start, bytes.length - start) };
}

function parseHeader(bytes: Uint8Array): Fields {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw bad('has a header that is not JSON', cause);
  }
  if (!isFields(header)) throw bad('has a header that is not a JSON object');
  return header;
}

/** The network with as many classes as its last layer has outputs; without that layer, the network for digits. */
function networkOf(tensors: Fields): LeNet5 {
  const bias = tensors['dense2.bias'];
  const shape = isFields(bias) && Array.isArray(bias.shape) ? bias.shape : [];
  return isClassCount(shape[0]) ? lenet5(shape[0]) : DIGITS;
}

function checkTensors(network: LeNet5, tensors: Fields, dataBytes: number): void {
  const unknown = Object.keys(tensors).find(
    (name) => !network.tensors.some((tensor) => tensor.name === name),
  );
  if (unknown !== undefined)
    throw bad(`holds a tensor "${unknown.slice(0, 40)}", which this network does not have`);
  for (const { name, shape, offset, size } of network.tensors) {
    const tensor = tensors[name];
    if (!isFields(tensor)) throw bad(`lacks the tensor ${name}`);
    expect(tensor.dtype, 'F32', `${name}'s dtype`);
    expect(tensor.shape, shape, `${name}'s shape`);
    expect(tensor.data_offsets, dataOffsets(offset, size), `${name}'s data_offsets`);
  }
  expect(dataBytes, network.parameterCount * FLOAT_BYTES, 'the number of bytes after the header');
}

function expect(found: unknown, wanted: unknown, what: string): void {
  const [is, must] = [JSON.stringify(found) ?? 'missing', JSON.stringify(wanted)];
  if (is !== must) throw bad(`does not fit this network: ${what} is ${is.slice(0, 60)}, not ${must}`);
}

function parseMetadata(metadata: unknown): SafetensorsMetadata & { temperature: number } {
  const fields = isFields(metadata) ? metadata : {};
  const activation = ACTIVATIONS.find((name) => name === fields.activation);
  if (!activation) throw bad(`does not say its activation (one of ${ACTIVATIONS.join(', ')})`);
  const inputScale = Number(fields.input_scale);
  if (!(inputScale > 0 && inputScale <= 1)) throw bad('does not say its input_scale (above 0, at most 1)');
  const testAccuracy = fields.test_accuracy === undefined ? null : Number(fields.test_accuracy);
  if (testAccuracy !== null && !(testAccuracy >= 0 && testAccuracy <= 1)) {
    throw bad('has a test_accuracy that is not from 0 to 1');
  }
  const temperature = Number(fields.temperature ?? 1);
  if (!(temperature > 0 && temperature < Infinity)) throw bad('has a temperature that is not above 0');
  const made = typeof fields.made === 'string' ? fields.made : null;
  return { activation, inputScale, testAccuracy, temperature, made };
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function bad(what: string, cause?: unknown): Error {
  return badModelFile(`The safetensors file ${what}.`, cause);
}
