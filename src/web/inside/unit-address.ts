/** Which value of a layer is asked for: `conv2,3,4,5` is map 3, row 4, column 5, all from 0. */
import type { Message } from '../../catalogue/catalogue.ts';
import type { Activations } from '../../engines/inspectable.ts';
import { CodedError } from '../../errors.ts';
import { pixelAt, spriteOf } from '../../images/sprite.ts';
import { has, type Unit } from '../../inside/unit.ts';
import { isLayerName, LAYER_NAMES, LAYERS, type LayerName } from '../../network/layers.ts';

/** Where one looks first. */
const FIRST = 'conv1';

export const addressOf = ({ layer, map, row, column }: Unit) => `${layer},${map},${row},${column}`;

/**
 * @param text a layer, its map, row and column; of what is omitted, the value furthest from 0
 * @throws CodedError 422 when there is no such value
 */
export function unitAt(text: string | undefined, activations: Activations): Unit {
  const [layer, ...numbers] = (text || FIRST).split(',', 5);
  const [map, row, column] = numbers.map((digits) =>
    /^\d{1,3}$/.test(digits) ? Number(digits) : Number.NaN,
  );
  if (!isLayerName(layer) || numbers.length > 3 || numbers.length === 2) throw noSuchValue();
  const unit = { layer, ...strongest(activations, layer, map) };
  const wanted = row === undefined ? unit : { layer, map, row, column };
  if (!has(LAYERS[layer].shape, wanted)) throw noSuchValue();
  return wanted;
}

/** The value at the place where one clicked on a layer's picture, as a form's image sends it; undefined if on none. */
export function clickedUnit(query: Readonly<Record<string, unknown>>): Unit | undefined {
  for (const layer of LAYER_NAMES) {
    const [x, y] = [Number(query[`${layer}.x`]), Number(query[`${layer}.y`])];
    if (Number.isNaN(x) || Number.isNaN(y)) continue;
    const layout = spriteOf(layer, LAYERS[layer].shape);
    return { layer, ...pixelAt(layout, x / layout.scale, y / layout.scale) };
  }
  return undefined;
}

/** Of one map, or of all. */
function strongest(activations: Activations, layer: LayerName, only?: number): Omit<Unit, 'layer'> {
  const [, columns, maps] = LAYERS[layer].shape;
  let [best, largest] = [only ?? 0, -1];
  activations[layer].forEach((value, i) => {
    if ((only !== undefined && i % maps !== only) || Math.abs(value) <= largest) return;
    [best, largest] = [i, Math.abs(value)];
  });
  const pixel = Math.floor(best / maps);
  return { map: only ?? best % maps, row: Math.floor(pixel / columns), column: pixel % columns };
}

function noSuchValue(): CodedError {
  const message: Message = ['errors.noSuchValue', { layers: LAYER_NAMES.join(', ') }];
  return new CodedError({ code: 'NO_SUCH_VALUE', status: 422, message, field: 'at' });
}
