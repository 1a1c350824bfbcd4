import { OUTSIDE, signedColour } from '../images/signed-levels.ts';
import { pixelAt, placeOf, type SpriteLayout, sizeOfSprite, spriteLevels } from '../images/sprite.ts';
import type { Place } from './inside-keys.ts';

/** Pixels of a map, or the whole layer. */
export type Frame = (Place & { readonly rows: number; readonly columns: number }) | 'all';

const COLOURS = Array.from({ length: 256 }, (_, i) => signedColour(i + OUTSIDE));
/** CSS pixels from what is framed to the middle of its frame: around it, so that it is seen. */
const ROOM = 1.5;

/** A layer's sprite on a canvas over the picture that the server drew. */
export class LayerCanvas {
  readonly #layout: SpriteLayout;
  readonly #canvas = document.createElement('canvas');
  /** The sprite, a pixel each. */
  readonly #small = document.createElement('canvas');

  constructor(box: HTMLElement, layout: SpriteLayout) {
    this.#layout = layout;
    const { width, height } = sizeOfSprite(layout);
    Object.assign(this.#small, { width, height });
    this.#canvas.setAttribute('aria-hidden', 'true');
    box.append(this.#canvas);
    box.classList.add('drawn');
  }

  /** Which value a pointer is at. */
  at({ clientX, clientY }: MouseEvent): Place {
    const { left, top } = this.#canvas.getBoundingClientRect();
    const { scale } = this.#layout;
    return pixelAt(this.#layout, (clientX - left) / scale, (clientY - top) / scale);
  }

  /** @param levels [row][column][map] */
  paint(levels: Int8Array, frames: readonly Frame[], ink: string): void {
    const { width, height } = this.#small;
    const { scale } = this.#layout;
    const context = this.#small.getContext('2d') as CanvasRenderingContext2D;
    const picture = context.createImageData(width, height);
    spriteLevels(levels, this.#layout).forEach((level, i) => {
      picture.data.set(COLOURS[level - OUTSIDE], 4 * i);
    });
    context.putImageData(picture, 0, 0);
    const dense = Math.max(1, window.devicePixelRatio);
    Object.assign(this.#canvas, { width: width * scale * dense, height: height * scale * dense });
    const large = this.#canvas.getContext('2d') as CanvasRenderingContext2D;
    large.imageSmoothingEnabled = false;
    large.scale(dense, dense);
    large.drawImage(this.#small, 0, 0, width * scale, height * scale);
    large.strokeStyle = ink;
    large.lineWidth = 1.5;
    for (const frame of frames) this.#frame(large, frame);
  }

  #frame(context: CanvasRenderingContext2D, frame: Frame): void {
    const { scale } = this.#layout;
    const { width, height } = this.#small;
    if (frame === 'all') {
      context.strokeRect(0.75, 0.75, width * scale - 1.5, height * scale - 1.5);
      return;
    }
    const { x, y } = placeOf(this.#layout, frame.map);
    context.strokeRect(
      (x + frame.column) * scale - ROOM,
      (y + frame.row) * scale - ROOM,
      frame.columns * scale + 2 * ROOM,
      frame.rows * scale + 2 * ROOM,
    );
  }
}
