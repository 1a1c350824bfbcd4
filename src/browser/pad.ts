import type { Point } from '../images/drawing.ts';

/** The keyboard's pen. */
export interface Pen {
  readonly at: Point;
  readonly down: boolean;
}

/** What pointers and keys do to a pad. Points are in units of `PAD_SIDE` a side. */
export interface Pad {
  readonly canvas: HTMLCanvasElement;
  /** Pen down: a dot at once. */
  begin(point: Point): void;
  extend(points: readonly Point[]): void;
  /** Pen up: asks the server. */
  end(): void;
  /** Forgets the stroke being drawn: it was a palm. */
  cancel(): void;
  undo(): void;
  clear(): void;
  /** Where the keyboard's pen is; null hides it. */
  showPen(pen: Pen | null): void;
}

/** Units of the pad's side; a stroke is a fifteenth of it wide. */
export const PAD_SIDE = 300;
