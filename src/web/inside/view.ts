/** What the templates in views/inside show. */
import type { Translate } from '../../catalogue/catalogue.ts';
import { type Levels, magnitude, signedLevels } from '../../images/signed-levels.ts';
import { signedPngUrl } from '../../images/signed-png.ts';
import { placeOf, type SpriteLayout, sizeOfSprite, spriteLevels, spriteOf } from '../../images/sprite.ts';
import { tensorsOf } from '../../inside/exact-network.ts';
import type { Term, Unit, WrittenOut } from '../../inside/unit.ts';
import { LAYER_NAMES, LAYERS, type Layer, type LayerName, type LayerShape } from '../../network/layers.ts';
import { IMAGE_SIDE } from '../../network/lenet5.ts';
import { type Look, toPixels } from './look.ts';
import { addressOf } from './unit-address.ts';

type Shown = LayerName | 'input';

const SHOWN: readonly Shown[] = ['input', ...LAYER_NAMES];
const INPUT_SHAPE: LayerShape = [IMAGE_SIDE, IMAGE_SIDE, 1];
const shapeOf = (name: Shown) => (name === 'input' ? INPUT_SHAPE : LAYERS[name].shape);

/** CSS pixels of the longer side of a figure, about. */
const FIGURE_SIDE = 160;
const KERNEL_SIDE = 100;
/** Terms of a dense unit that are listed; of a convolution all are. */
const LISTED = 20;

/** A picture in which each pixel of a layer is several on the page. */
interface Picture {
  readonly src: string;
  /** In pixels of the layer. */
  readonly width: number;
  readonly height: number;
  /** CSS pixels of each. */
  readonly scale: number;
}

export interface LayerContext extends Picture {
  readonly name: Shown;
  /** "Convolution 1" */
  readonly title: string;
  /** "6 maps, 28 × 28" */
  readonly caption: string;
  /** "Largest magnitude: 1.53" */
  readonly range: string;
  /** The value looked at lies in it. */
  readonly isChosen: boolean;
}

interface Frame {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

interface Figure extends Picture {
  readonly caption: string;
  readonly frames: readonly Frame[];
}

interface TermContext {
  /** "map 3, row 5, column 6" */
  readonly place: string;
  readonly weight: string;
  readonly value: string;
  readonly product: string;
}

/** views/inside/_value.eta */
export interface ValueContext {
  /** "Convolution 2, map 3, row 5, column 6" */
  readonly title: string;
  readonly at: string;
  /** What it is, in a sentence. */
  readonly sentence: string;
  /** "0.412 − 0.031 = 0.381", where there is one */
  readonly sums: string;
  readonly value: string;
  /** Where it comes from, its weights if they are a picture, and where it lies. */
  readonly figures: readonly Figure[];
  readonly operation: WrittenOut['operation'];
  readonly terms: readonly TermContext[];
  /** What is left out of them, in a sentence. */
  readonly rest: string;
}

/** views/inside/_looked.eta: what a new drawing changes in the diagram. */
export interface LookedContext {
  /** Of the form, to look at the same image in the same model. */
  readonly fields: readonly { readonly name: string; readonly value: string }[];
  /** [row][column][map] of all layers and the input, in their order: signed bytes in base64. */
  readonly levels: string;
  /** The `range` of each of them. */
  readonly ranges: readonly string[];
  /** Which drawing and which model, in a sentence. */
  readonly about: string;
  /** The address of this very state. */
  readonly href: string;
  readonly value: ValueContext;
}

/** views/inside/_diagram.eta */
export interface DiagramContext extends LookedContext {
  readonly layers: readonly LayerContext[];
}

/** views/inside/_map.eta: a map's values, each of which can be looked at. */
export interface MapContext {
  readonly title: string;
  readonly layers: readonly { readonly at: string; readonly title: string; readonly isChosen: boolean }[];
  /** The map before and after this one; null at the ends, and in a dense layer. */
  readonly before: string | null;
  readonly after: string | null;
  readonly columns: readonly number[];
  readonly rows: readonly {
    readonly name: string;
    readonly values: readonly { readonly at: string; readonly text: string; readonly isChosen: boolean }[];
  }[];
}

/** @param isExample the client has drawn nothing yet */
export function diagramContext(
  t: Translate,
  look: Look,
  value: WrittenOut,
  isExample: boolean,
): DiagramContext {
  const levels = levelsOf(look);
  return {
    ...contextOf(t, look, value, { levels, isExample }),
    layers: SHOWN.map((name) => layerContext(t, name, levels.get(name)!, value)),
  };
}

export function lookedContext(t: Translate, look: Look, value: WrittenOut): LookedContext {
  return contextOf(t, look, value, { levels: levelsOf(look), isExample: false });
}

type AllLevels = ReadonlyMap<Shown, Levels>;

const levelsOf = (look: Look): AllLevels =>
  new Map(SHOWN.map((name) => [name, signedLevels(valuesOf(look, name))]));

function contextOf(
  t: Translate,
  look: Look,
  value: WrittenOut,
  { levels, isExample }: { readonly levels: AllLevels; readonly isExample: boolean },
): LookedContext {
  const pixels = toPixels(look.image);
  const at = addressOf(value);
  const bytes = [...levels.values()].map(({ levels }) => Buffer.from(levels.buffer));
  return {
    fields: Object.entries({ pixels, ...look.named, at }).map(([name, value]) => ({ name, value })),
    levels: Buffer.concat(bytes).toString('base64'),
    ranges: [...levels.values()].map(({ largest }) => rangeText(t, largest)),
    about: t(isExample ? 'inside.anExample' : 'inside.yourDrawing', { model: look.model }),
    href: `/inside?${new URLSearchParams({ pixels, ...look.named, at })}`,
    value: valueContext(t, look, value, levels),
  };
}

const rangeText = (t: Translate, largest: number) => t('inside.largest', { value: largest.toFixed(2) });

/** What the network is given, or a layer passes on; probabilities at the model's temperature. */
function valuesOf({ image, activations, probabilities }: Look, name: Shown): ArrayLike<number> {
  if (name === 'probabilities') return probabilities;
  return name === 'input' ? Float32Array.from(image, (level) => level / 255) : activations[name];
}

function layerContext(t: Translate, name: Shown, levels: Levels, chosen: Unit): LayerContext {
  const shape = shapeOf(name);
  const [rows, columns, maps] = shape;
  return {
    ...picture(levels.levels, spriteOf(name, shape)),
    name,
    title: t(`inside.layer.${name}`),
    caption:
      maps === 1 || rows === 1
        ? t(rows === 1 ? 'inside.units' : 'inside.pixels', { maps, rows, columns })
        : t('inside.maps', { maps, rows, columns }),
    range: rangeText(t, levels.largest),
    isChosen: name === chosen.layer,
  };
}

function picture(levels: Int8Array, layout: SpriteLayout): Picture {
  const size = sizeOfSprite(layout);
  return { ...size, src: signedPngUrl(spriteLevels(levels, layout), size), scale: layout.scale };
}

function valueContext(t: Translate, look: Look, value: WrittenOut, levels: AllLevels): ValueContext {
  const layer = LAYERS[value.layer];
  const isDense = layer.side === 1 || layer.name === 'conv3';
  const used = value.terms.filter(({ product }) => product !== 0);
  const listed = isDense && layer.operation === 'weighted' ? used.slice(0, LISTED) : used;
  return {
    title: titleOf(t, value),
    at: addressOf(value),
    sentence: sentenceOf(t, value),
    sums: sumsOf(value),
    value: fixed(value.value, 3),
    figures: figuresOf(t, look, value, levels),
    operation: value.operation,
    terms: listed.map((term) => termContext(t, value.from, term)),
    rest: restOf(t, value, used, listed),
  };
}

function titleOf(t: Translate, { layer, map, row, column }: Unit): string {
  const name = t(`inside.layer.${layer}`);
  const [rows] = LAYERS[layer].shape;
  if (layer === 'logits' || layer === 'probabilities') return t('inside.ofDigit', { name, digit: map });
  if (rows === 1) return t('inside.ofUnit', { name, unit: map + 1 });
  return t('inside.ofMap', { name, map: map + 1, row: row + 1, column: column + 1 });
}

function sentenceOf(t: Translate, { operation, terms, activation, outside, layer }: WrittenOut): string {
  if (operation !== 'weighted') return t(`inside.is.${operation}`);
  const count = terms.length + outside;
  const said = layer === 'logits' ? t('inside.isLogit', { count }) : t('inside.isSum', { count });
  return activation === null ? said : `${said} ${t(`inside.then.${activation}`)}`;
}

/** Digits that the terms, as shown, add up to. */
function sumsOf({ operation, bias, sum, activation, value, terms, map }: WrittenOut): string {
  if (operation === 'mean') return fixed(value, 3);
  if (operation === 'softmax') {
    const own = terms.find((term) => term.map === map)!.product;
    return `${fixed(own, 5)} ÷ ${fixed(sum, 5)} = ${fixed(value, 5)}`;
  }
  const added = `${fixed(sum - bias!, 3)} ${bias! < 0 ? '−' : '+'} ${fixed(Math.abs(bias!), 3)} = ${fixed(sum, 3)}`;
  return activation === null ? added : `${added} → ${activation} → ${fixed(value, 3)}`;
}

function restOf(t: Translate, value: WrittenOut, used: readonly Term[], listed: readonly Term[]): string {
  const { terms, outside, operation } = value;
  const rest = used.slice(listed.length);
  const sum = rest.reduce((total, { product }) => total + product, 0);
  const zeros = terms.length - used.length + outside;
  return [
    rest.length > 0 ? t('inside.othersAdd', { count: rest.length, sum: fixed(sum, 5) }) : '',
    zeros > 0 && operation === 'weighted' ? t('inside.zerosAddNothing', { count: zeros }) : '',
  ]
    .filter(Boolean)
    .join(' ');
}

function termContext(t: Translate, from: Layer['from'], { map, row, column, ...term }: Term): TermContext {
  return {
    place: placeText(t, from, { map, row, column }),
    weight: term.weight === null ? '' : fixed(term.weight, 6),
    value: fixed(term.value, 6),
    product: fixed(term.product, 5),
  };
}

function placeText(t: Translate, from: Layer['from'], { map, row, column }: Omit<Unit, 'layer'>): string {
  if (from === 'logits') return t('inside.digit', { digit: map });
  if (shapeOf(from)[0] === 1) return t('inside.unit', { unit: map + 1 });
  const pixel = { row: row + 1, column: column + 1 };
  return from === 'input' ? t('inside.place', pixel) : t('inside.placeOfMap', { map: map + 1, ...pixel });
}

/** A true minus sign, and none before 0. */
export function fixed(value: number, decimals: number): string {
  const text = Math.abs(value).toFixed(decimals);
  return value < 0 && Number(text) !== 0 ? `−${text}` : text;
}

function figuresOf(t: Translate, look: Look, value: WrittenOut, levels: AllLevels): Figure[] {
  const layer = LAYERS[value.layer];
  const kernel =
    layer.weights !== null && layer.name.startsWith('conv') ? kernelOf(look, layer, value.map) : null;
  return [
    fromFigure(t, layer, value, levels.get(layer.from)!.levels),
    ...(kernel ? [{ ...kernel, caption: t('inside.weightsOf', { map: value.map + 1 }) }] : []),
    toFigure(t, layer, value, levels.get(layer.name)!.levels),
  ];
}

/** The layer before, with the window framed on each map that is read. */
function fromFigure(t: Translate, layer: Layer, { field, map: own }: WrittenOut, levels: Int8Array): Figure {
  const shape = shapeOf(layer.from);
  const layout = spriteOf(layer.from, shape);
  const { top, left, bottom, right } = field;
  const isDense = shape[0] === 1;
  const maps = layer.operation === 'mean' ? [own] : [...Array(shape[2]).keys()];
  const frames = maps.map((map) => {
    const { x, y } = placeOf(layout, map);
    return { x: x + left, y: y + top, width: right - left, height: bottom - top };
  });
  const figure = enlarged(picture(levels, layout));
  // All units are read: one frame around them.
  const whole = [{ x: 0, y: 0, width: figure.width, height: figure.height }];
  return { ...figure, frames: isDense ? whole : frames, caption: t(`inside.layer.${layer.from}`) };
}

/** The map that it lies in, or all units of a dense layer, with it framed. */
function toFigure(t: Translate, { name, shape }: Layer, unit: WrittenOut, levels: Int8Array): Figure {
  const [rows, columns, maps] = shape;
  const layout = spriteOf(name, shape);
  if (rows === 1) {
    const frame = { ...placeOf(layout, unit.map), width: 1, height: 1 };
    return { ...enlarged(picture(levels, layout)), frames: [frame], caption: t(`inside.layer.${name}`) };
  }
  const alone = levels.filter((_, i) => i % maps === unit.map);
  return {
    ...enlarged(picture(alone, { ...layout, shape: [rows, columns, 1], across: 1 })),
    frames: [{ x: unit.column, y: unit.row, width: 1, height: 1 }],
    caption: t('inside.mapOf', { name: t(`inside.layer.${name}`), map: unit.map + 1 }),
  };
}

/** The kernels of a map, one for each map of the layer before, on one scale for the whole layer. */
function kernelOf({ weights }: Look, layer: Layer, map: number): Omit<Figure, 'caption'> {
  const { kernel } = tensorsOf(weights)[layer.weights!];
  const [, , maps] = layer.shape;
  const [, , fromMaps] = layer.fromShape;
  const own = kernel.filter((_, i) => i % maps === map);
  const { levels } = signedLevels(own, magnitude(kernel));
  const layout = { ...spriteOf(layer.from, [layer.side, layer.side, fromMaps]), gap: 1 };
  return { ...enlarged(picture(levels, layout), KERNEL_SIDE), frames: [] };
}

function enlarged(picture: Picture, side = FIGURE_SIDE): Picture {
  return {
    ...picture,
    scale: Math.max(1, Math.floor(side / Math.max(picture.width, picture.height))),
  };
}

export function mapContext(t: Translate, look: Look, unit: Unit): MapContext {
  const { layer, map } = unit;
  const [rows, columns, maps] = LAYERS[layer].shape;
  const values = valuesOf(look, layer);
  const isDense = rows === 1;
  // The units of a dense layer stand ten a row.
  const across = isDense ? 10 : columns;
  const cell = (row: number, column: number): Unit =>
    isDense ? { layer, map: row * 10 + column, row: 0, column: 0 } : { layer, map, row, column };
  const indexOf = ({ row, column, map }: Unit) => (row * columns + column) * maps + map;
  const counted = (count: number) => [...Array(count).keys()];
  const beside = (other: number) => (isDense || other < 0 || other >= maps ? null : `${layer},${other}`);
  return {
    title: isDense
      ? t(`inside.layer.${layer}`)
      : t('inside.mapOf', { name: t(`inside.layer.${layer}`), map: map + 1 }),
    layers: LAYER_NAMES.map((name) => ({
      at: name,
      title: t(`inside.layer.${name}`),
      isChosen: name === layer,
    })),
    before: beside(map - 1),
    after: beside(map + 1),
    columns: counted(across).map((column) => column + 1),
    rows: counted(isDense ? Math.ceil(maps / across) : rows).map((row) => ({
      name: isDense ? `${row * 10 + 1}–${Math.min(maps, row * 10 + 10)}` : String(row + 1),
      values: counted(isDense ? Math.min(across, maps - row * across) : columns)
        .map((column) => cell(row, column))
        .map((each) => ({
          at: addressOf(each),
          text: fixed(values[indexOf(each)], 3),
          isChosen: addressOf(each) === addressOf(unit),
        })),
    })),
  };
}
