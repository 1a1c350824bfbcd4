import { spriteOf } from '../images/sprite.ts';
import { fieldOf, LAYER_NAMES, LAYERS, type LayerName, sizeOf } from '../network/layers.ts';
import { pageColour } from './chart-library.ts';
import { moveBy, type Place } from './inside-keys.ts';
import { type Frame, LayerCanvas } from './layer-canvas.ts';

export interface Diagram {
  /** Shows what the network computed for another drawing. @param looked views/inside/_looked.eta */
  take(looked: HTMLElement): void;
}

type Shown = LayerName | 'input';
const SHOWN: readonly Shown[] = ['input', ...LAYER_NAMES];
const shapeOf = (name: Shown) => (name === 'input' ? LAYERS.conv1.fromShape : LAYERS[name].shape);

/** A pointer that moves on has not asked yet. */
const ASK_AFTER_MS = 40;

/** The pictures of the layers become canvases; the value that is pointed at, tapped or reached by keys is framed and asked for. */
export function mountDiagram(root: HTMLElement): Diagram {
  const form = root.querySelector('form') as HTMLFormElement;
  const panel = root.querySelector('[data-value]') as HTMLElement;
  const at = form.elements.namedItem('at') as HTMLInputElement;
  const canvases = new Map(
    SHOWN.map((name): [Shown, LayerCanvas] => {
      const box = form.querySelector(`[data-layer=${name}] .sprite`) as HTMLElement;
      return [name, new LayerCanvas(box, spriteOf(name, shapeOf(name)))];
    }),
  );
  let levels = levelsIn(form);
  let chosen = placeIn(at.value);
  let asking: ReturnType<typeof setTimeout> | undefined;

  for (const name of LAYER_NAMES) listen(name);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', paint);
  askPadToExplain();
  paint();
  return { take };

  function take(looked: HTMLElement): void {
    const { levels: fresh, ranges, about, href } = looked.dataset as Record<string, string>;
    form.dataset.levels = fresh;
    levels = levelsIn(form);
    for (const field of form.querySelectorAll('input[type=hidden]')) field.remove();
    form.prepend(...looked.querySelectorAll('input[type=hidden]'));
    clearTimeout(asking);
    (form.querySelector('[data-about]') as HTMLElement).textContent = about;
    const texts = ranges.split('|');
    form.querySelectorAll('[data-range]').forEach((range, i) => {
      range.textContent = texts[i];
    });
    root.querySelector('[data-state]')?.setAttribute('href', href);
    panel.replaceChildren(...looked.children);
    const shown = panel.querySelector<HTMLElement>('[data-at]')?.dataset.at;
    // The pointer may have moved on while the drawing was read.
    if (shown !== addressOf(chosen)) choose(chosen);
    paint();
  }

  function listen(name: LayerName): void {
    // Images are not among the elements of their form.
    const input = form.querySelector(`[name=${name}]`) as HTMLElement;
    const canvas = canvases.get(name) as LayerCanvas;
    const pointedAt = (event: MouseEvent) => ({ layer: name, ...canvas.at(event) });
    input.addEventListener('pointermove', (event) => {
      if (event.pointerType === 'mouse') choose(pointedAt(event));
    });
    input.addEventListener('click', (event) => {
      event.preventDefault();
      root.dataset.picked = '';
      // Enter and Space click nowhere.
      choose(event.detail === 0 ? strongestIn(name) : pointedAt(event));
    });
    input.addEventListener('focus', () => {
      if (input.matches(':focus-visible') && chosen.layer !== name) choose(strongestIn(name));
    });
    input.addEventListener('keydown', (event) => {
      const { shape } = LAYERS[name];
      const from = chosen.layer === name ? chosen : strongestIn(name);
      const moved = moveBy(event.key, from, { shape, across: spriteOf(name, shape).across });
      if (moved === null) return;
      event.preventDefault();
      root.dataset.picked = '';
      choose({ layer: name, ...moved });
    });
  }

  function choose(place: Chosen): void {
    const isNew = addressOf(place) !== at.value;
    chosen = place;
    if (!isNew) return;
    setAt(addressOf(place));
    paint();
    clearTimeout(asking);
    asking = setTimeout(() => panel.dispatchEvent(new Event('looked')), ASK_AFTER_MS);
  }

  function setAt(address: string): void {
    (form.elements.namedItem('at') as HTMLInputElement).value = address;
    askPadToExplain();
  }

  /** With every drawing, and every picture, comes what the network computed for it. */
  function askPadToExplain(): void {
    for (const pad of document.querySelectorAll('[data-digit-pad] form')) {
      const [address] = (pad.getAttribute('hx-post') as string).split('?');
      pad.setAttribute('hx-post', `${address}?explain=${addressOf(chosen)}`);
    }
  }

  function paint(): void {
    const ink = pageColour('ink');
    const frames = framesOf(chosen);
    let from = 0;
    for (const name of SHOWN) {
      const size = sizeOf(shapeOf(name));
      canvases.get(name)?.paint(levels.subarray(from, from + size), frames.get(name) ?? [], ink);
      from += size;
    }
  }

  /** Of a layer's values the one furthest from 0. */
  function strongestIn(layer: LayerName): Chosen {
    const index = SHOWN.indexOf(layer);
    const from = SHOWN.slice(0, index).reduce((sum, name) => sum + sizeOf(shapeOf(name)), 0);
    const own = levels.subarray(from, from + sizeOf(shapeOf(layer)));
    let best = 0;
    own.forEach((level, i) => {
      if (Math.abs(level) > Math.abs(own[best])) best = i;
    });
    const [, columns, maps] = shapeOf(layer);
    const pixel = Math.floor(best / maps);
    return { layer, map: best % maps, row: Math.floor(pixel / columns), column: pixel % columns };
  }
}

interface Chosen extends Place {
  readonly layer: LayerName;
}

const addressOf = ({ layer, map, row, column }: Chosen) => `${layer},${map},${row},${column}`;

function placeIn(address: string): Chosen {
  const [layer, ...numbers] = address.split(',');
  const [map, row, column] = numbers.map(Number);
  return { layer: layer as LayerName, map, row, column };
}

function levelsIn({ dataset }: HTMLElement): Int8Array {
  const text = atob(dataset.levels as string);
  return Int8Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
}

/** The value, and the part of the layer before that it is made of. */
function framesOf({ layer: name, map, row, column }: Chosen): Map<Shown, Frame[]> {
  const layer = LAYERS[name];
  const { top, left, bottom, right } = fieldOf(layer, row, column);
  const [, , maps] = layer.fromShape;
  const read = layer.operation === 'mean' ? [map] : Array.from({ length: maps }, (_, i) => i);
  const isDense = layer.fromShape[0] === 1;
  const field = { row: top, column: left, rows: bottom - top, columns: right - left };
  return new Map<Shown, Frame[]>([
    [name, [{ map, row, column, rows: 1, columns: 1 }]],
    [layer.from, isDense ? ['all'] : read.map((each) => ({ map: each, ...field }))],
  ]);
}
