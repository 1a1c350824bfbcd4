import { readFileSync } from 'node:fs';
import { type Drawing, drawingToImage, type Point } from '../images/drawing.ts';
import { normaliseInk } from '../images/normalise.ts';
import { IMAGE_SIDE, IMAGE_SIZE } from '../network/lenet5.ts';
import type { Random } from '../network/random.ts';
import type { ImageRoom } from './mnist.ts';

export interface PenDigit {
  /** 0–9 */
  readonly label: number;
  /** In a box of 500 × 500 units. */
  readonly strokes: Drawing;
}

/** Drawings in pen-digits/. */
export const PEN_DIGITS = 1_499;

/** Images made from each drawing, each distorted differently. */
export const COPIES = 12;

/** Largest distortion each way; every one is drawn uniformly. */
const SLANT = 0.3;
/** Radians. */
const ROTATION = 0.25;
const STRETCH = 0.15;
/** Units by which each point is moved, as by a shaking hand. */
const JITTER = 4;
/** Pixels of the 28×28 image. */
const PEN = { from: 1.6, to: 3.6 };
const MARKER = { from: 3.6, to: 7 };
/** Share of the images drawn with a marker, which fills loops; then they are thinned as pictures are. */
const MARKED = 1 / 6;

/** The 1,499 drawings in pen-digits/, in the order of their writers: about 50 drawings each, one writer after another. */
export function readPenDigits(): PenDigit[] {
  const file = new URL('pen-digits/pen-digits.json', import.meta.url);
  const digits: [number, ...number[][]][] = JSON.parse(readFileSync(file, 'utf8'));
  return digits.map(([label, ...strokes]) => ({ label, strokes: strokes.map(toPoints) }));
}

/**
 * Fills `room` with images of the drawings, cycling through them, each time with another slant, rotation,
 * proportion, line width and tremor.
 *
 * @param room [count, 28, 28] bytes and [count] labels; any count
 */
export function drawPenDigits(digits: readonly PenDigit[], room: ImageRoom, random: Random): void {
  for (let i = 0; i < room.labels.length; i++) {
    const { label, strokes } = digits[i % digits.length];
    room.images.set(draw(distort(strokes, random), random), i * IMAGE_SIZE);
    room.labels[i] = label;
  }
}

function draw(strokes: Drawing, random: Random): Uint8Array {
  const isMarked = random.uniform(0, 1) < MARKED;
  const { from, to } = isMarked ? MARKER : PEN;
  const image = drawingToImage(strokes, { lineWidth: random.uniform(from, to) });
  return isMarked ? normaliseInk({ width: IMAGE_SIDE, height: IMAGE_SIDE, ink: image }) : image;
}

function distort(drawing: Drawing, random: Random): Drawing {
  const slant = random.uniform(-SLANT, SLANT);
  const angle = random.uniform(-ROTATION, ROTATION);
  const wide = 1 + random.uniform(-STRETCH, STRETCH);
  const high = 1 + random.uniform(-STRETCH, STRETCH);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const move = ([x, y]: Point): Point => {
    const u = wide * (x + slant * y);
    const v = high * y;
    const tremor = () => random.uniform(-JITTER, JITTER);
    return [cos * u - sin * v + tremor(), sin * u + cos * v + tremor()];
  };
  return drawing.map((stroke) => stroke.map(move));
}

function toPoints(steps: readonly number[]): Point[] {
  let [x, y] = [0, 0];
  return Array.from({ length: steps.length / 2 }, (_, i) => {
    x += steps[2 * i];
    y += steps[2 * i + 1];
    return [x, y];
  });
}
