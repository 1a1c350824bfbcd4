import type { Message } from '../catalogue/catalogue.ts';
import { CodedError } from '../errors.ts';
import { type Drawing, isSlip, MOST_POINTS, type Point, type Stroke } from './drawing.ts';

/**
 * Checks the strokes a client sent.
 *
 * @param strokes [[[x, y], …], …]: any unit, x to the right, y downward
 * @throws CodedError 422 with the sentence why they cannot be read; a dot alone is nothing drawn, and a stroke that is tiny for the place where it lies too little
 */
export function parseStrokes(strokes: unknown): Drawing {
  if (!Array.isArray(strokes)) throw badStrokes(`Strokes must be a list of strokes: ${SHAPE}.`);
  let points = 0;
  for (const [i, stroke] of strokes.entries()) {
    if (!Array.isArray(stroke))
      throw badStrokes(`Stroke ${i + 1} is not a list of points: strokes are ${SHAPE}.`);
    points += stroke.length;
    if (points > MOST_POINTS)
      throw badStrokes(`A drawing has at most ${MOST_POINTS.toLocaleString('en')} points.`);
    checkPoints(stroke, i);
  }
  if (points === 0 || isDot(strokes)) throw nothingDrawn('strokes');
  return strokes as readonly Stroke[];
}

/** The same answer for every input without ink. */
export function nothingDrawn(field: string): CodedError {
  return new CodedError({ code: 'NOTHING_DRAWN', status: 422, message: ['errors.nothingDrawn'], field });
}

/** The same answer for every input with no more ink than a slip of the pen leaves. */
export function tooLittleDrawn(field: string): CodedError {
  const message: Message = ['errors.tooLittleDrawnADigit'];
  return new CodedError({ code: 'NOTHING_DRAWN', status: 422, message, field });
}

/** The pad's size is unknown: at least the distance of the farthest point from its corner. */
export function checkSize(digits: readonly Drawing[]): void {
  let side = 0;
  for (const stroke of digits.flat()) {
    for (const [x, y] of stroke) side = Math.max(side, Math.abs(x), Math.abs(y));
  }
  if (digits.every((digit) => isSlip(digit, side))) throw tooLittleDrawn('strokes');
}

/** A single point, perhaps repeated: the pad was touched, but nothing was written. */
function isDot(strokes: Drawing): boolean {
  const points = strokes.flat();
  return points.every(([x, y]) => x === points[0][0] && y === points[0][1]);
}

const SHAPE = '[[[x, y], …], …]';

function checkPoints(stroke: readonly unknown[], index: number): asserts stroke is readonly Point[] {
  for (const [i, point] of stroke.entries()) {
    const usable = Array.isArray(point) && point.length === 2 && point.every(Number.isFinite);
    if (!usable) throw badStrokes(`Point ${i + 1} of stroke ${index + 1} is not two finite numbers [x, y].`);
  }
}

function badStrokes(message: string): CodedError {
  return new CodedError({ code: 'BAD_STROKES', status: 422, message, field: 'strokes' });
}
