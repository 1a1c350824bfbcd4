import type { Point } from '../recognition/drawing.ts';
import type { Pen } from './digit-pad.ts';

/** Units of the pad's side; a stroke is a fifteenth of it wide. */
export const PAD_SIDE = 300;
const LINE_WIDTH = PAD_SIDE / 15;
const INK = '#f00';
const PEN = '#0a5fb4';

/** Paints the strokes, and the keyboard's pen when there is one, as sharp as the screen is. */
export function paintPad(
  canvas: HTMLCanvasElement,
  strokes: readonly (readonly Point[])[],
  pen: Pen | null,
): void {
  const context = canvas.getContext('2d') as CanvasRenderingContext2D;
  fitToScreen(canvas);
  context.setTransform(canvas.width / PAD_SIDE, 0, 0, canvas.height / PAD_SIDE, 0, 0);
  context.fillStyle = '#fff';
  context.fillRect(0, 0, PAD_SIDE, PAD_SIDE);
  context.strokeStyle = INK;
  context.lineWidth = LINE_WIDTH;
  context.lineCap = 'round';
  context.lineJoin = 'round';
  for (const stroke of strokes) paintStroke(context, stroke);
  if (pen) paintPen(context, pen);
}

function fitToScreen(canvas: HTMLCanvasElement): void {
  const width = Math.round(canvas.clientWidth * devicePixelRatio);
  const height = Math.round(canvas.clientHeight * devicePixelRatio);
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
}

/** Curves from middle to middle of neighbouring points, so that a fast stroke has no corners. */
function paintStroke(context: CanvasRenderingContext2D, stroke: readonly Point[]): void {
  const [first] = stroke;
  const last = stroke[stroke.length - 1];
  context.beginPath();
  // A line without length has no caps: a dot needs a little.
  context.moveTo(first[0] - 0.01, first[1]);
  for (let i = 1; i < stroke.length; i++) {
    const [x, y] = stroke[i - 1];
    context.quadraticCurveTo(x, y, (x + stroke[i][0]) / 2, (y + stroke[i][1]) / 2);
  }
  context.lineTo(...last);
  context.stroke();
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
