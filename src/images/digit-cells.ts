/** A drawing, or the ink of a picture → an image of each place where a digit may be. */
import { type Cell, type Extent, type LaidOutCell, layOut } from './digit-layout.ts';
import { type Drawing, drawingToImage, type Stroke } from './drawing.ts';
import { findParts, type Part } from './ink-parts.ts';
import type { InkPicture } from './ink-picture.ts';
import { normaliseInk } from './normalise.ts';
import { checkSize } from './strokes.ts';
import type { DigitImages } from './taken.ts';
import { cutApart } from './touching-digits.ts';

/** Parts with less ink than this share of the largest part's are specks. */
const LEAST_PART = 0.02;

/** @throws CodedError 422 when each of them is too small to be more than a slip of the pen */
export function drawingCells(drawing: Drawing): DigitImages {
  const strokes = drawing.filter((stroke) => stroke.length > 0);
  const cells = layOut(strokes.map(extentOf));
  const digits = cells ? cells.map(({ parts }) => parts.map((i) => strokes[i])) : [drawing];
  checkSize(digits);
  const images = digits.map((digit) => drawingToImage(digit));
  return cells ? { images, cells: cells.map(withoutParts) } : { images };
}

/** @param most if there may be digits in more places, it is taken for one drawing */
export function inkCells(picture: InkPicture, { most = Infinity } = {}): DigitImages {
  const all = findParts(picture);
  const heaviest = all.reduce((most, { mass }) => Math.max(most, mass), 0);
  const parts: (Part & Extent)[] = all
    .filter(({ mass }) => mass >= LEAST_PART * heaviest)
    .flatMap((part, source) => {
      const pieces = cutApart(part, picture);
      return pieces.length > 1 ? pieces.map((piece) => ({ ...piece, source })) : pieces;
    });
  const cells = layOut(parts);
  if (!cells || cells.length > most) return { images: [normaliseInk(picture)] };
  return {
    images: cells.map((cell) => {
      const own = cell.parts.map((i) => parts[i]);
      return normaliseInk(own.length === parts.length ? picture : cutOut(picture, own));
    }),
    cells: cells.map(withoutParts),
  };
}

function withoutParts({ parts: _, ...cell }: LaidOutCell): Cell {
  return cell;
}

function extentOf(stroke: Stroke): Extent {
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const [x, y] of stroke) {
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  return { left, right, top, bottom };
}

/** Only these parts of the picture, in their box. */
function cutOut({ width: stride, ink }: InkPicture, parts: readonly Part[]): InkPicture {
  const left = Math.min(...parts.map((part) => part.left));
  const top = Math.min(...parts.map((part) => part.top));
  const width = Math.max(...parts.map((part) => part.right)) - left;
  const height = Math.max(...parts.map((part) => part.bottom)) - top;
  const cut = new Uint8Array(width * height);
  for (const { pixels } of parts) {
    for (const pixel of pixels) {
      const [x, y] = [pixel % stride, Math.floor(pixel / stride)];
      cut[(y - top) * width + x - left] = ink[pixel];
    }
  }
  return { width, height, ink: cut };
}
