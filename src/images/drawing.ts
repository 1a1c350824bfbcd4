/**
 * Strokes → image, as MNIST was made: the ink's box is scaled so that its longer side is 20 pixels, drawn with grey
 * edges, and placed so that its centre of mass is the centre of 28×28.
 *
 * The lines are redrawn after scaling, always equally thick, so a digit is read the same wherever on the pad and
 * however small it was drawn. Runs unchanged in the browser and on the server, and gives the same bytes on both: only
 * additions, products, quotients and square roots, which IEEE 754 rounds everywhere alike.
 */
import { IMAGE_SIDE, IMAGE_SIZE } from '../network/lenet5.ts';

/** Any unit; x to the right, y downward. */
export type Point = readonly [x: number, y: number];

/** From pen-down to pen-up; a single point is a dot. */
export type Stroke = readonly Point[];

export type Drawing = readonly Stroke[];

/** Most points of one drawing; a digit drawn slowly with a fast pen has some hundred. */
export const MOST_POINTS = 20_000;

/** Anything smaller than this share of the drawing area is a slip of the pen: scaled up it would look like a one. */
export const LEAST_SHARE = 1 / 40;

/**
 * Is there no more than a dot?
 *
 * @param strokes at least one point
 * @param side of the drawing area, in the same unit
 */
export function isSlip(strokes: Drawing, side: number): boolean {
  const { left, right, top, bottom } = boxOf(toLines(strokes));
  return Math.max(right - left, bottom - top) < LEAST_SHARE * side;
}

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
  const lines = toFrame(toLines(strokes), lineWidth);
  if (lines.length === 0) return image;
  const coverage = rasterise(lines, lineWidth);
  const [x, y] = centreOfMass(coverage);
  const box = boxOf(lines);
  const margin = lineWidth / 2;
  const dx = towardsCentre(x, box.left - margin, box.right + margin);
  const dy = towardsCentre(y, box.top - margin, box.bottom + margin);
  const centred = rasterise(move(lines, dx, dy), lineWidth);
  for (let pixel = 0; pixel < IMAGE_SIZE; pixel++) image[pixel] = Math.round(centred[pixel] * 255);
  return image;
}

/** Straight lines, one after another, as ax, ay, bx, by. Plain loops: a drawing may have 20,000. */
type Lines = Float64Array;

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Lines between neighbouring points; one of zero length for a single point. */
function toLines(drawing: Drawing): Lines {
  const count = drawing.reduce((sum, { length }) => sum + (length > 1 ? length - 1 : length), 0);
  const lines = new Float64Array(4 * count);
  let at = 0;
  for (const stroke of drawing) {
    for (let i = stroke.length > 1 ? 1 : 0; i < stroke.length; i++) {
      lines.set(stroke[Math.max(0, i - 1)], at);
      lines.set(stroke[i], at + 2);
      at += 4;
    }
  }
  return lines;
}

/** In pixels of the frame, their box in its middle. */
function toFrame(lines: Lines, lineWidth: number): Lines {
  const { left, right, top, bottom } = boxOf(lines);
  // Halved first: the difference of two finite numbers may be infinite, that of their halves is not.
  const half = Math.max(right / 2 - left / 2, bottom / 2 - top / 2);
  const middle = [left / 2 + right / 2, top / 2 + bottom / 2];
  const reach = (INK_SIDE - lineWidth) / 2;
  const framed = new Float64Array(lines.length).fill(CENTRE);
  if (half > 0)
    for (let i = 0; i < lines.length; i++) framed[i] += ((lines[i] - middle[i % 2]) / half) * reach;
  return framed;
}

function boxOf(lines: Lines): Box {
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let i = 0; i < lines.length; i += 2) {
    left = Math.min(left, lines[i]);
    right = Math.max(right, lines[i]);
    top = Math.min(top, lines[i + 1]);
    bottom = Math.max(bottom, lines[i + 1]);
  }
  return { left, right, top, bottom };
}

/** Of a line that rises less than this, in pixels, all pixels of its box are near it. */
const LEAST_RISE = 0.01;
/** Rounding error at the edge of a line, in pixels. */
const ROUNDING = 1e-6;

/**
 * [28, 28] shares of each pixel that are ink, 0–1, from the distance of its centre to the nearest line.
 *
 * Only computes pixels near a line that are not yet full of ink, so that a scribble from corner to
 * corner costs little more than its points.
 */
function rasterise(lines: Lines, lineWidth: number): Float64Array {
  const reach = (lineWidth + EDGE) / 2;
  const full = Math.max(0, reach - EDGE - ROUNDING) ** 2;
  // Squared until all lines are drawn.
  const distances = new Float64Array(IMAGE_SIZE).fill(Infinity);
  for (let i = 0; i < lines.length; i += 4) {
    const ax = lines[i];
    const ay = lines[i + 1];
    const bx = lines[i + 2];
    const by = lines[i + 3];
    const dx = bx - ax;
    const dy = by - ay;
    const squared = dx * dx + dy * dy;
    const left = Math.min(ax, bx) - reach;
    const right = Math.max(ax, bx) + reach;
    const isLevel = Math.abs(dy) < LEAST_RISE;
    const aside = isLevel ? Infinity : (reach * Math.sqrt(squared)) / Math.abs(dy) + ROUNDING;
    const bottom = lastPixel(Math.max(ay, by) + reach);
    for (let row = firstPixel(Math.min(ay, by) - reach); row <= bottom; row++) {
      const y = row + 0.5 - ay;
      // Where the line, were it endless, crosses the middle of the row.
      const crossing = isLevel ? ax : ax + (y * dx) / dy;
      const last = lastPixel(Math.min(right, crossing + aside));
      for (let column = firstPixel(Math.max(left, crossing - aside)); column <= last; column++) {
        const pixel = row * IMAGE_SIDE + column;
        if (distances[pixel] <= full) continue;
        const x = column + 0.5 - ax;
        const along = squared > 0 ? (x * dx + y * dy) / squared : 0;
        const nearest = Math.min(1, Math.max(0, along));
        const ex = x - nearest * dx;
        const ey = y - nearest * dy;
        distances[pixel] = Math.min(distances[pixel], ex * ex + ey * ey);
      }
    }
  }
  for (let pixel = 0; pixel < IMAGE_SIZE; pixel++) {
    distances[pixel] = Math.min(1, Math.max(0, (reach - Math.sqrt(distances[pixel])) / EDGE));
  }
  return distances;
}

const firstPixel = (place: number) => Math.max(0, Math.floor(place));
const lastPixel = (place: number) => Math.min(IMAGE_SIDE - 1, Math.floor(place));

function centreOfMass(coverage: Float64Array): [x: number, y: number] {
  let [mass, x, y] = [0, 0, 0];
  for (let pixel = 0; pixel < IMAGE_SIZE; pixel++) {
    const share = coverage[pixel];
    mass += share;
    x += share * ((pixel % IMAGE_SIDE) + 0.5);
    y += share * (Math.floor(pixel / IMAGE_SIDE) + 0.5);
  }
  return [x / mass, y / mass];
}

/** How far to move along one axis so that the mass is centred, yet no ink leaves the image. */
function towardsCentre(mass: number, low: number, high: number): number {
  return Math.min(IMAGE_SIDE - high, Math.max(-low, CENTRE - mass));
}

function move(lines: Lines, dx: number, dy: number): Lines {
  const moved = new Float64Array(lines.length);
  for (let i = 0; i < lines.length; i++) moved[i] = lines[i] + (i % 2 === 0 ? dx : dy);
  return moved;
}
