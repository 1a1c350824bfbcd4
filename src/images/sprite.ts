/** All maps of a layer side by side in one picture. */
import type { LayerName, LayerShape } from '../network/layers.ts';
import { OUTSIDE } from './signed-levels.ts';

export interface SpriteLayout {
  readonly shape: LayerShape;
  /** Maps beside each other. */
  readonly across: number;
  /** Pixels between maps. */
  readonly gap: number;
  /** Size on the page of a pixel, in CSS pixels. */
  readonly scale: number;
}

/** How each layer is shown; a unit of a dense layer is a map of one pixel. */
export const SPRITES: Readonly<Record<LayerName | 'input', Omit<SpriteLayout, 'shape'>>> = {
  input: { across: 1, gap: 0, scale: 2 },
  conv1: { across: 3, gap: 2, scale: 2 },
  pool1: { across: 3, gap: 2, scale: 2 },
  conv2: { across: 4, gap: 1, scale: 2 },
  pool2: { across: 4, gap: 1, scale: 3 },
  conv3: { across: 12, gap: 0, scale: 6 },
  dense1: { across: 12, gap: 0, scale: 6 },
  logits: { across: 10, gap: 0, scale: 11 },
  probabilities: { across: 10, gap: 0, scale: 11 },
};

export const spriteOf = (layer: LayerName | 'input', shape: LayerShape): SpriteLayout => ({
  ...SPRITES[layer],
  shape,
});

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Of the sprite, in its pixels. */
export function sizeOfSprite({ shape: [rows, columns, maps], across, gap }: SpriteLayout): Size {
  const down = Math.ceil(maps / across);
  return { width: across * (columns + gap) - gap, height: down * (rows + gap) - gap };
}

/** The top left pixel of a map. */
export function placeOf({ shape: [rows, columns], across, gap }: SpriteLayout, map: number) {
  return { x: (map % across) * (columns + gap), y: Math.floor(map / across) * (rows + gap) };
}

/** What lies at a pixel of the sprite; in a gap the nearest. */
export function pixelAt(layout: SpriteLayout, x: number, y: number) {
  const { shape, across, gap } = layout;
  const [rows, columns, maps] = shape;
  const nearest = (value: number, count: number) => Math.max(0, Math.min(count - 1, Math.floor(value)));
  const right = nearest(x / (columns + gap), across);
  const map = nearest(nearest(y / (rows + gap), Math.ceil(maps / across)) * across + right, maps);
  const place = placeOf(layout, map);
  return { map, row: nearest(y - place.y, rows), column: nearest(x - place.x, columns) };
}

/** @param levels [row][column][map] @returns [height][width] of the sprite */
export function spriteLevels(levels: Int8Array, layout: SpriteLayout): Int8Array {
  const { width, height } = sizeOfSprite(layout);
  const [rows, columns, maps] = layout.shape;
  const sprite = new Int8Array(width * height).fill(OUTSIDE);
  for (let map = 0; map < maps; map++) {
    const { x, y } = placeOf(layout, map);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        sprite[(y + row) * width + x + column] = levels[(row * columns + column) * maps + map];
      }
    }
  }
  return sprite;
}
