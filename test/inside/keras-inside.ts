/** What Keras computes inside a network: see test/fixtures/keras-inside. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { readModelFile } from '../../src/formats/model-file.ts';
import { IMAGE_SIZE } from '../../src/network/lenet5.ts';

interface Meta {
  readonly layers: readonly { readonly name: string; readonly shape: number[]; readonly offset: number }[];
  readonly floats_per_image: number;
  readonly maps: readonly string[];
  readonly images: readonly { readonly name: string; readonly pixels_b64: string; readonly read: number }[];
}

const FIXTURES = path.join(import.meta.dirname, '../fixtures');
const FOLDER = path.join(FIXTURES, 'keras-inside');
const floats = (file: string) =>
  new Float32Array(new Uint8Array(readFileSync(path.join(FOLDER, file))).buffer);

const META: Meta = JSON.parse(readFileSync(path.join(FOLDER, 'inside.json'), 'utf8'));
const ACTIVATIONS = floats('activations.f32');
const MAPS = floats('maps.f32');

const product = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

/** The images, with their values by layer and their maps by name. */
export const KERAS_IMAGES = META.images.map(({ name, pixels_b64, read }, i) => ({
  name,
  read,
  pixels: new Uint8Array(Buffer.from(pixels_b64, 'base64')),
  layers: Object.fromEntries(
    META.layers.map(({ name, shape, offset }) => {
      const from = i * META.floats_per_image + offset;
      return [name, { shape, values: ACTIVATIONS.subarray(from, from + product(shape)) }];
    }),
  ),
  maps: Object.fromEntries(
    META.maps.map((name, k) => {
      const from = (i * META.maps.length + k) * IMAGE_SIZE;
      return [name, MAPS.subarray(from, from + IMAGE_SIZE)];
    }),
  ),
}));

/** The model that they were made with, on inputs of 0–1. */
export async function kerasModel() {
  const { weights } = await readModelFile(path.join(FIXTURES, 'keras-model/lenet5.h5'));
  return { weights, activation: 'relu' as const, inputScale: 1 / 255 };
}

/**
 * Numbers that are further off than 1e-5 · max(1, |value|) and what is allowed besides, with their places.
 *
 * @param slack for each value, or none
 */
export function offBy(
  values: ArrayLike<number>,
  wanted: ArrayLike<number>,
  slack: ArrayLike<number> = new Float32Array(wanted.length),
): string[] {
  if (values.length !== wanted.length) return [`${values.length} values instead of ${wanted.length}`];
  return Array.from(wanted, (value, i): string[] => {
    const isNear = Math.abs(values[i] - value) <= 1e-5 * Math.max(1, Math.abs(value)) + slack[i];
    return isNear ? [] : [`${i}: ${values[i]} instead of ${value}`];
  }).flat();
}
