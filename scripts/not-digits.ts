/** Drawings and images that are no digit, and such of two digits: what the model of kinds learns beside digits. */
import type { ImageRoom } from '../src/datasets/mnist.ts';
import type { PenDigit } from '../src/datasets/pen-digits.ts';
import { type Drawing, drawingToImage, type Point } from '../src/images/drawing.ts';
import { normaliseInk } from '../src/images/normalise.ts';
import { IMAGE_SIDE, IMAGE_SIZE } from '../src/network/lenet5.ts';
import type { Random } from '../src/network/random.ts';
import { byHand } from './by-hand.ts';
import { CURVED_SIGNS, STRAIGHT_SIGNS } from './signs.ts';

/** Side of the box in which signs are made up; that of the pen digits. */
const BOX = 500;
/** Digits that are none in a mirror, upside down, or lying on a side. */
const CHANGED = {
  mirrored: [3, 4, 6, 7, 9],
  upsideDown: [3, 4, 7],
  lying: [2, 3, 4, 5, 6, 7, 8, 9],
} as const;

const REAL_SIGNS = [
  ...Object.values(STRAIGHT_SIGNS).map((strokes) => [strokes, false] as const),
  ...Object.values(CURVED_SIGNS).map((strokes) => [strokes, true] as const),
];

/** Fills `images` [count, 28, 28]: near half are signs, made up and real, the rest scribbles and digits changed. */
export function drawNotDigits(
  images: Uint8Array,
  { mnist, penDigits, random }: { mnist: ImageRoom; penDigits: readonly PenDigit[]; random: Random },
): void {
  const kinds = [
    () => draw(sign(random), random),
    () => draw(sign(random), random),
    () => draw(realSign(random), random),
    () => draw(scribble(random), random),
    () => draw(changedDrawing(penDigits, random), random),
    () => changedImage(mnist, random),
    () => draw(crossedOut(penDigits, random), random),
  ];
  for (let i = 0; i < images.length / IMAGE_SIZE; i++) images.set(kinds[i % kinds.length](), i * IMAGE_SIZE);
}

/** Fills `images` [count, 28, 28] with two digits side by side: pairs of drawings and pairs of MNIST's images. */
export function drawPairs(
  images: Uint8Array,
  { mnist, penDigits, random }: { mnist: ImageRoom; penDigits: readonly PenDigit[]; random: Random },
): void {
  for (let i = 0; i < images.length / IMAGE_SIZE; i++) {
    const image = i % 2 ? imagePair(mnist, random) : draw(drawingPair(penDigits, random), random);
    images.set(image, i * IMAGE_SIZE);
  }
}

function draw(strokes: Drawing, random: Random): Uint8Array {
  return drawingToImage(strokes, { lineWidth: random.uniform(1.6, 3.6) });
}

/** Two to four strokes over a coarse grid, as letters have them, straight or bent. */
function sign(random: Random): Drawing {
  const wide = random.uniform(0.5, 1.1);
  const tremor = () => random.uniform(-0.06, 0.06) * BOX;
  const place = (): Point => [
    (wide * random.below(4) * BOX) / 3 + tremor(),
    (random.below(4) * BOX) / 3 + tremor(),
  ];
  return Array.from({ length: 2 + random.below(3) }, () => {
    const corners = Array.from({ length: 2 + random.below(3) }, place);
    return random.below(2) ? bend(corners) : corners;
  });
}

function realSign(random: Random): Drawing {
  const [strokes, curved] = some(REAL_SIGNS, random);
  return byHand(strokes, { curved, random });
}

/** A quadratic curve for every three corners, through the middles of its sides. */
function bend(corners: readonly Point[]): Point[] {
  const middle = (a: Point, b: Point): Point => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
  if (corners.length < 3) return [...corners];
  return corners.slice(1, -1).flatMap((corner, i) => {
    const from = i === 0 ? corners[0] : middle(corners[i], corner);
    const to = i === corners.length - 3 ? corners[i + 2] : middle(corner, corners[i + 2]);
    return Array.from({ length: 9 }, (_, step): Point => {
      const t = step / 8;
      const at = (axis: 0 | 1) =>
        (1 - t) ** 2 * from[axis] + 2 * t * (1 - t) * corner[axis] + t * t * to[axis];
      return [at(0), at(1)];
    });
  });
}

/** Corners anywhere, joined. */
function scribble(random: Random): Drawing {
  return Array.from({ length: 1 + random.below(3) }, () => {
    const corners = Array.from(
      { length: 5 + random.below(14) },
      (): Point => [random.uniform(0, BOX), random.uniform(0, BOX)],
    );
    return random.below(3) ? bend(corners) : corners;
  });
}

function some<T>(choices: readonly T[], random: Random): T {
  return choices[random.below(choices.length)];
}

type Change = keyof typeof CHANGED;

function changeOf(label: number, random: Random): Change | undefined {
  const changes = (Object.keys(CHANGED) as Change[]).filter((change) =>
    (CHANGED[change] as readonly number[]).includes(label),
  );
  return changes.length > 0 ? some(changes, random) : undefined;
}

const MOVED: Readonly<Record<Change, (x: number, y: number, side: number) => Point>> = {
  mirrored: (x, y, side) => [side - x, y],
  upsideDown: (x, y, side) => [side - x, side - y],
  lying: (x, y, side) => [y, side - x],
};

function changedDrawing(digits: readonly PenDigit[], random: Random): Drawing {
  for (;;) {
    const { label, strokes } = some(digits, random);
    const change = changeOf(label, random);
    if (change) return strokes.map((stroke) => stroke.map(([x, y]) => MOVED[change](x, y, BOX)));
  }
}

function changedImage(mnist: ImageRoom, random: Random): Uint8Array {
  for (;;) {
    const i = random.below(mnist.labels.length);
    const change = changeOf(mnist.labels[i], random);
    if (!change) continue;
    const image = new Uint8Array(IMAGE_SIZE);
    for (let y = 0; y < IMAGE_SIDE; y++) {
      for (let x = 0; x < IMAGE_SIDE; x++) {
        const [u, v] = MOVED[change](x, y, IMAGE_SIDE - 1);
        image[v * IMAGE_SIDE + u] = mnist.images[i * IMAGE_SIZE + y * IMAGE_SIDE + x];
      }
    }
    return image;
  }
}

/** A digit with one or two lines across. */
function crossedOut(digits: readonly PenDigit[], random: Random): Drawing {
  const { strokes } = some(digits, random);
  const { left, right, top, bottom } = extent(strokes);
  const at = (): Point => [random.uniform(left - 60, right + 60), random.uniform(top - 60, bottom + 60)];
  const far = (from: Point): Point => {
    const to = at();
    return Math.hypot(to[0] - from[0], to[1] - from[1]) > 0.7 * (bottom - top) ? to : far(from);
  };
  const lines = Array.from({ length: 1 + random.below(2) }, () => {
    const from = at();
    return [from, far(from)];
  });
  return [...strokes, ...lines];
}

function extent(strokes: Drawing) {
  const [xs, ys] = [0, 1].map((axis) => strokes.flat().map((point) => point[axis]));
  return { left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) };
}

/** Of about the same height, from touching to well apart. */
function drawingPair(digits: readonly PenDigit[], random: Random): Drawing {
  const [first, second] = [some(digits, random).strokes, some(digits, random).strokes];
  const [a, b] = [extent(first), extent(second)];
  const scale = ((a.bottom - a.top) / (b.bottom - b.top)) * random.uniform(0.8, 1.25);
  const gap = random.uniform(-0.05, 0.4) * (a.bottom - a.top);
  const rise = random.uniform(-0.1, 0.1) * (a.bottom - a.top);
  const beside = second.map((stroke) =>
    stroke.map(([x, y]): Point => [a.right + gap + (x - b.left) * scale, a.top + rise + (y - b.top) * scale]),
  );
  return [...first, ...beside];
}

function imagePair({ images, labels }: ImageRoom, random: Random): Uint8Array {
  const width = 2 * IMAGE_SIDE;
  const ink = new Uint8Array(width * IMAGE_SIDE);
  const [first, second] = [random.below(labels.length), random.below(labels.length)];
  const shift = 14 + random.below(10);
  for (let y = 0; y < IMAGE_SIDE; y++) {
    for (let x = 0; x < IMAGE_SIDE; x++) {
      const pixel = y * IMAGE_SIDE + x;
      ink[y * width + x] = Math.max(ink[y * width + x], images[first * IMAGE_SIZE + pixel]);
      const beside = y * width + x + shift;
      ink[beside] = Math.max(ink[beside], images[second * IMAGE_SIZE + pixel]);
    }
  }
  return normaliseInk({ width, height: IMAGE_SIDE, ink });
}
