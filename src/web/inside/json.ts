/** What scripts get of the inside. */
import type { WrittenOut } from '../../inside/unit.ts';
import { LAYER_NAMES, LAYERS } from '../../network/layers.ts';
import { type Look, toPixels } from './look.ts';

const base64 = (floats: Float32Array) =>
  Buffer.from(floats.buffer, floats.byteOffset, floats.byteLength).toString('base64');

export function insideJson(look: Look) {
  const { image, activations } = look;
  return {
    pixels: toPixels(image),
    layers: LAYER_NAMES.map((name) => ({
      name,
      shape: LAYERS[name].shape,
      values: base64(activations[name]),
    })),
  };
}

export function valueJson({ field: { top, left, bottom, right }, ...value }: WrittenOut) {
  return { ...value, field: { rows: [top, bottom], columns: [left, right] } };
}
