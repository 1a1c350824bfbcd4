/**
 * Strokes → image, as MNIST was made: the ink's box is scaled so that its longer side is 20 pixels, drawn with grey
 * edges, and placed so that its centre of mass is the centre of 28×28.
 *
 * The lines are drawn anew after scaling, always equally thick, so a digit reads the same wherever on the pad and
 * however small it was drawn. Runs unchanged in the browser and on the server, and gives the same bytes on both: only
 * additions, products, quotients and square roots, which IEEE 754 rounds everywhere alike.
 */
import { IMAGE_SIDE, IMAGE_SIZE } from '../network/lenet5.ts';

/** Any unit; x to the right, y downward. */
export type Point = readonly [x: number, y: number];

/** From pen-down to pen-up; a single point is a dot. */
export type Stroke = readonly Point[];

export type Drawing = readonly Stroke[];

/** Longer side of the ink in an MNIST image, in pixels. */
const INK_SIDE = 20;
/** Pixels. With it drawings have MNIST's mean brightness (32.5 of 255; MNIST 33.2) and its share of full ink (7.7 %; 7.3 %). */
const LINE_WIDTH = 2.4;
/** Pixels over which the edge of a line goes from ink to paper: what area averaging leaves. */
const EDGE = 1;
/** MNIST's own centres of mass lie between here and one pixel further; drawings are read best exactly here. */
const CENTRE = IMAGE_SIDE / 2;

/**
 * @param strokes finite coordinates
 * @param lineWidth pixels, above 0, below 20
 * @returns [28, 28] bytes, 0 = paper, 255 = ink; all paper when there is no point
 */
export function drawingToImage(
  strokes: Drawing,
  { lineWidth = LINE_WIDTH }: { lineWidth?: number } = {},
): Uint8Array<ArrayBuffer> {
  const image = new Uint8Array(IMAGE_SIZE);
  const lines = toFrame(strokes, lineWidth);
  if (lines.length === 0) return image;
  const coverage = rasterise(lines, lineWidth);
  const [x, y] = centreOfMass(coverage);
  const box = boxOf(lines);
  const margin = lineWidth / 2;
  const dx = towardsCentre(x, box.left - margin, box.right + margin);
  const dy = towardsCentre(y, box.top - margin, box.bottom + margin);
  rasterise(move(lines, dx, dy), lineWidth).forEach((share, pixel) => {
    image[pixel] = Math.round(share * 255);
  });
  return image;
}

interface Line {
  readonly ax: number;
  readonly ay: number;
  readonly bx: number;
  readonly by: number;
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Lines between neighbouring points, in pixels of the frame, their box in its middle. */
function toFrame(drawing: Drawing, lineWidth: number): Line[] {
  const lines = drawing.flatMap(toLines);
  if (lines.length === 0) return lines;
  const { left, right, top, bottom } = boxOf(lines);
  // Halved first: the difference of two finite numbers may be infinite, that of their halves is not.
  const half = Math.max(right / 2 - left / 2, bottom / 2 - top / 2);
  const x0 = left / 2 + right / 2;
  const y0 = top / 2 + bottom / 2;
  const reach = (INK_SIDE - lineWidth) / 2;
  const toPixel = (value: number, middle: number) =>
    CENTRE + (half > 0 ? ((value - middle) / half) * reach : 0);
  return lines.map(({ ax, ay, bx, by }) => ({
    ax: toPixel(ax, x0),
    ay: toPixel(ay, y0),
    bx: toPixel(bx, x0),
    by: toPixel(by, y0),
  }));
}

function toLines(stroke: Stroke): Line[] {
  if (stroke.length === 1)
    return [{ ax: stroke[0][0], ay: stroke[0][1], bx: stroke[0][0], by: stroke[0][1] }];
  return stroke.slice(1).map(([bx, by], i) => ({ ax: stroke[i][0], ay: stroke[i][1], bx, by }));
}

function boxOf(lines: readonly Line[]): Box {
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const { ax, ay, bx, by } of lines) {
    left = Math.min(left, ax, bx);
    right = Math.max(right, ax, bx);
    top = Math.min(top, ay, by);
    bottom = Math.max(bottom, ay, by);
  }
  return { left, right, top, bottom };
}

/** [28, 28] shares of each pixel that are ink, 0–1, from the distance of its centre to the nearest line. */
function rasterise(lines: readonly Line[], lineWidth: number): Float64Array {
  const coverage = new Float64Array(IMAGE_SIZE);
  const reach = (lineWidth + EDGE) / 2;
  for (const line of lines) {
    const [top, bottom] = pixelsWithin(line.ay, line.by, reach);
    const [left, right] = pixelsWithin(line.ax, line.bx, reach);
    for (let row = top; row <= bottom; row++) {
      for (let column = left; column <= right; column++) {
        const pixel = row * IMAGE_SIDE + column;
        const share = (reach - distance(column + 0.5, row + 0.5, line)) / EDGE;
        coverage[pixel] = Math.max(coverage[pixel], Math.min(1, share));
      }
    }
  }
  return coverage;
}

/** First and last pixel that ink from `a` to `b` can touch. */
function pixelsWithin(a: number, b: number, reach: number): [first: number, last: number] {
  const first = Math.floor(Math.min(a, b) - reach);
  const last = Math.floor(Math.max(a, b) + reach);
  return [Math.max(0, first), Math.min(IMAGE_SIDE - 1, last)];
}

function distance(x: number, y: number, { ax, ay, bx, by }: Line): number {
  const dx = bx - ax;
  const dy = by - ay;
  const squared = dx * dx + dy * dy;
  const along = squared > 0 ? ((x - ax) * dx + (y - ay) * dy) / squared : 0;
  const nearest = Math.min(1, Math.max(0, along));
  const ex = x - ax - nearest * dx;
  const ey = y - ay - nearest * dy;
  return Math.sqrt(ex * ex + ey * ey);
}

function centreOfMass(coverage: Float64Array): [x: number, y: number] {
  let [mass, x, y] = [0, 0, 0];
  coverage.forEach((share, pixel) => {
    mass += share;
    x += share * ((pixel % IMAGE_SIDE) + 0.5);
    y += share * (Math.floor(pixel / IMAGE_SIDE) + 0.5);
  });
  return [x / mass, y / mass];
}

/** How far to move along one axis so that the mass is centred, yet no ink leaves the image. */
function towardsCentre(mass: number, low: number, high: number): number {
  return Math.min(IMAGE_SIDE - high, Math.max(-low, CENTRE - mass));
}

function move(lines: readonly Line[], dx: number, dy: number): Line[] {
  return lines.map(({ ax, ay, bx, by }) => ({ ax: ax + dx, ay: ay + dy, bx: bx + dx, by: by + dy }));
}
