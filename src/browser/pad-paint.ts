import type { Point } from '../images/drawing.ts';
import type { Pen } from './pad.ts';
import { PAD_SIDE } from './pad.ts';

const LINE_WIDTH = PAD_SIDE / 15;
const INK = '#f00';
const PEN = '#0a5fb4';
/** Most pixels of a side; a page that is zoomed in far gets no sharper. */
const MOST_PIXELS = 2048;

interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Where the canvas is in the window, inside its border, even if the page or a parent is zoomed or scaled. */
export function padBox(canvas: HTMLCanvasElement): Box {
  const { left, top, width, height } = canvas.getBoundingClientRect();
  const [across, down] = [width / canvas.offsetWidth, height / canvas.offsetHeight];
  return {
    left: left + canvas.clientLeft * across,
    top: top + canvas.clientTop * down,
    width: canvas.clientWidth * across,
    height: canvas.clientHeight * down,
  };
}

/** Paints the strokes, and the keyboard's pen when there is one, as sharp as the screen is. */
export function paintPad(
  canvas: HTMLCanvasElement,
  strokes: readonly (readonly Point[])[],
  pen: Pen | null,
): void {
  fitToScreen(canvas);
  const context = inkOn(canvas);
  context.fillStyle = '#fff';
  context.fillRect(0, 0, PAD_SIDE, PAD_SIDE);
  for (const stroke of strokes) paintStroke(context, stroke, 0);
  if (pen) paintPen(context, pen);
}

/**
 * Paints only the new part of a stroke, so that a long one costs no more than a short one.
 *
 * @param painted number of points already painted
 */
export function paintMore(canvas: HTMLCanvasElement, stroke: readonly Point[], painted: number): void {
  paintStroke(inkOn(canvas), stroke, painted);
}

function inkOn(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext('2d') as CanvasRenderingContext2D;
  context.setTransform(canvas.width / PAD_SIDE, 0, 0, canvas.height / PAD_SIDE, 0, 0);
  context.strokeStyle = INK;
  context.lineWidth = LINE_WIDTH;
  context.lineCap = 'round';
  context.lineJoin = 'round';
  return context;
}

function fitToScreen(canvas: HTMLCanvasElement): void {
  const box = padBox(canvas);
  const width = Math.min(MOST_PIXELS, Math.round(box.width * devicePixelRatio));
  const height = Math.min(MOST_PIXELS, Math.round(box.height * devicePixelRatio));
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
}

/** Curves from middle to middle of neighbouring points, so that a fast stroke has no corners. */
function paintStroke(context: CanvasRenderingContext2D, stroke: readonly Point[], painted: number): void {
  const last = stroke[stroke.length - 1];
  const start = Math.max(1, painted - 1);
  context.beginPath();
  if (start > 1) context.moveTo(...middle(stroke[start - 2], stroke[start - 1]));
  // A line of zero length has no caps: a dot needs some length.
  else context.moveTo(stroke[0][0] - 0.01, stroke[0][1]);
  for (let i = start; i < stroke.length; i++) {
    context.quadraticCurveTo(...stroke[i - 1], ...middle(stroke[i - 1], stroke[i]));
  }
  context.lineTo(...last);
  context.stroke();
}

function middle([ax, ay]: Point, [bx, by]: Point): Point {
  return [(ax + bx) / 2, (ay + by) / 2];
}

/** A ring; filled while the pen is down. */
function paintPen(context: CanvasRenderingContext2D, { at: [x, y], down }: Pen): void {
  context.beginPath();
  context.arc(x, y, LINE_WIDTH / 2, 0, 2 * Math.PI);
  context.lineWidth = 3;
  context.strokeStyle = PEN;
  context.fillStyle = PEN;
  if (down) context.fill();
  else context.stroke();
}
