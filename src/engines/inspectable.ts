/** Beside the contract of an engine: what one that can be looked into also does. */
import type { LayerName } from '../network/layers.ts';
import type { Engine } from './engine.ts';

/** Values of one image by layer, [row][column][map] each, after the activation where the layer has one. */
export type Activations = Readonly<Record<LayerName, Float32Array>>;

export interface Inspectable {
  /**
   * Everything that the network computes for one image, in well under a millisecond, on the calling thread.
   *
   * @param image [28, 28] bytes
   */
  activations(image: Uint8Array): Activations;
}

export function isInspectable(engine: Engine): engine is Engine & Inspectable {
  return 'activations' in engine;
}
