/**
 * Augmentation: each training image is warped a little, differently in every epoch, so that the network learns the digit
 * rather than the handwriting.
 *
 * The source position of each target pixel is interpolated from a grid of 5×5 nodes, 7 pixels apart. An affine map of
 * the nodes (shift, rotation, scale, shear) is thereby exact; displacing each node at random as well is a coarse elastic
 * distortion, after P. Simard, D. Steinkraus, J. Platt, "Best practices for convolutional neural networks" (2003).
 */
import { IMAGE_SIDE } from '../network/lenet5.ts';
import type { Random } from '../network/random.ts';

export const AUGMENTATIONS = ['off', 'affine', 'elastic'] as const;

export type Augmentation = (typeof AUGMENTATIONS)[number];

/** Largest change in each direction; all are drawn uniformly. */
export interface WarpRanges {
  /** Pixels, each direction. */
  readonly shift: number;
  /** Radians. */
  readonly rotation: number;
  /** Share by which width and height may grow or shrink, independently. */
  readonly scale: number;
  /** Pixels of slant per pixel of height. */
  readonly shear: number;
  /** Pixels by which each node of the grid is displaced. */
  readonly elastic: number;
}

const AFFINE: WarpRanges = { shift: 1.5, rotation: 0.18, scale: 0.12, shear: 0.2, elastic: 0 };

export const WARP_RANGES: Readonly<Record<Exclude<Augmentation, 'off'>, WarpRanges>> = {
  affine: AFFINE,
  elastic: { ...AFFINE, elastic: 0.8 },
};

/** Nodes a side, and the pixels between two of them. */
const NODES = 5;
const CELL = 7;
const CENTRE = (IMAGE_SIDE - 1) / 2;

/** Positions are counted in 1/256 pixel: the interpolation is in integers, exact on every machine. */
const FRACTION_BITS = 8;
const ONE = 1 << FRACTION_BITS;

/** Warps images by random grids drawn from one seeded sequence. */
export class Warp {
  readonly #random: Random;
  readonly #ranges: WarpRanges;
  /** Source position of each node, in 1/256 pixel. */
  readonly #x = new Float64Array(NODES * NODES);
  readonly #y = new Float64Array(NODES * NODES);

  constructor(random: Random, ranges: WarpRanges) {
    this.#random = random;
    this.#ranges = ranges;
  }

  /** Draws a new warp and applies it: `source` and `target` are [28, 28] bytes and must not overlap. */
  apply(source: Uint8Array, target: Uint8Array): void {
    this.#draw();
    for (let row = 0; row < IMAGE_SIDE; row++) this.#warpRow(row, source, target);
  }

  #draw(): void {
    const { shift, rotation, scale, shear, elastic } = this.#ranges;
    const random = (range: number) => this.#random.uniform(-range, range);
    const angle = random(rotation);
    const slant = random(shear);
    const wide = 1 + random(scale);
    const high = 1 + random(scale);
    const dx = CENTRE + random(shift);
    const dy = CENTRE + random(shift);
    const cos = Math.cos(angle);
    const sin = Math.sin(angle);
    for (let node = 0; node < NODES * NODES; node++) {
      const x = (node % NODES) * CELL - CENTRE;
      const y = Math.floor(node / NODES) * CELL - CENTRE;
      const sheared = x + slant * y;
      this.#x[node] = ONE * (wide * (cos * sheared - sin * y) + dx + (elastic && random(elastic)));
      this.#y[node] = ONE * (high * (sin * sheared + cos * y) + dy + (elastic && random(elastic)));
    }
  }

  #warpRow(row: number, source: Uint8Array, target: Uint8Array): void {
    const above = Math.floor(row / CELL) * NODES;
    const share = (row % CELL) / CELL;
    for (let cell = 0; cell < NODES - 1; cell++) {
      const left = above + cell;
      let x = between(this.#x, left, share);
      let y = between(this.#y, left, share);
      const stepX = (between(this.#x, left + 1, share) - x) / CELL;
      const stepY = (between(this.#y, left + 1, share) - y) / CELL;
      const first = row * IMAGE_SIDE + cell * CELL;
      for (let i = 0; i < CELL; i++) {
        target[first + i] = sample(source, x | 0, y | 0);
        x += stepX;
        y += stepY;
      }
    }
  }
}

/** Position between a node and the one below it. */
function between(nodes: Float64Array, node: number, share: number): number {
  return nodes[node] + (nodes[node + NODES] - nodes[node]) * share;
}

/** Bilinear sample of [28, 28] bytes at (x, y) in 1/256 pixel; 0 outside. */
function sample(image: Uint8Array, x: number, y: number): number {
  const column = x >> FRACTION_BITS;
  const row = y >> FRACTION_BITS;
  if (column < 0 || row < 0 || column >= IMAGE_SIDE - 1 || row >= IMAGE_SIDE - 1) return 0;
  const fx = x & (ONE - 1);
  const fy = y & (ONE - 1);
  const at = row * IMAGE_SIDE + column;
  const upper = image[at] * (ONE - fx) + image[at + 1] * fx;
  const lower = image[at + IMAGE_SIDE] * (ONE - fx) + image[at + IMAGE_SIDE + 1] * fx;
  return (upper * (ONE - fy) + lower * fy + (1 << 15)) >> 16;
}
