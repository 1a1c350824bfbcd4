import type { Extent } from './digit-layout.ts';
import type { InkPicture } from './ink-picture.ts';

/** Ink from this level up connects neighbouring pixels into one part. */
export const SOLID = 64;
/** A part with less ink than this share of the largest part's is a speck. */
const LEAST_PART = 0.04;
/** A part at the picture's edge is table, shadow or margin if another part has this share of its ink. */
const LEAST_INNER = 0.1;
/** A part at least this wide (or high) and at most this thin, as shares of the picture, is a ruled line. */
const RULE_LENGTH = 0.6;
const RULE_THICKNESS = 0.06;

/** Clears ink in a photograph that is not part of a digit: specks, ruled lines, anything reaching in from the edge. */
export function keepDigitParts({ width, height, ink }: InkPicture): Uint8Array<ArrayBuffer> {
  const parts = findParts({ width, height, ink }).filter((part) => !isRule(part, width, height));
  const inner = parts.filter((part) => !part.touchesEdge);
  const largest = heaviest(parts);
  const usable = heaviest(inner) >= LEAST_INNER * largest ? inner : parts;
  const least = LEAST_PART * heaviest(usable);
  const kept = new Uint8Array(ink.length);
  for (const { pixels, mass } of usable) {
    if (mass < least) continue;
    for (const pixel of pixels) kept[pixel] = ink[pixel];
  }
  return kept;
}

/** Ink that hangs together. */
export interface Part extends Extent {
  readonly pixels: readonly number[];
  /** Sum of its ink. */
  readonly mass: number;
  readonly touchesEdge: boolean;
}

const heaviest = (parts: readonly Part[]) => parts.reduce((most, { mass }) => Math.max(most, mass), 0);

function isRule(part: Part, width: number, height: number): boolean {
  const [wide, high] = [part.right - part.left, part.bottom - part.top];
  const across = wide >= RULE_LENGTH * width && high <= RULE_THICKNESS * height;
  const upright = high >= RULE_LENGTH * height && wide <= RULE_THICKNESS * width;
  return (across || upright) && part.touchesEdge;
}

/** Pixels connected by side or corner, with the fainter ones around them. */
export function findParts({ width, height, ink }: InkPicture): Part[] {
  const seen = new Uint8Array(ink.length);
  const parts: Part[] = [];
  for (let seed = 0; seed < ink.length; seed++) {
    if (seen[seed] || ink[seed] < SOLID) continue;
    parts.push(measure(flood({ width, height, ink }, seed, seen), { width, height, ink }));
  }
  return parts;
}

function flood({ width, height, ink }: InkPicture, seed: number, seen: Uint8Array): number[] {
  const pixels = [seed];
  seen[seed] = 1;
  for (let i = 0; i < pixels.length; i++) {
    const pixel = pixels[i];
    if (ink[pixel] < SOLID) continue;
    const [x, y] = [pixel % width, Math.floor(pixel / width)];
    for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++) {
      for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) {
        const neighbour = v * width + u;
        if (seen[neighbour] || ink[neighbour] === 0) continue;
        seen[neighbour] = 1;
        pixels.push(neighbour);
      }
    }
  }
  return pixels;
}

export function measure(pixels: readonly number[], { width, height, ink }: InkPicture): Part {
  let [mass, left, right, top, bottom] = [0, width, 0, height, 0];
  for (const pixel of pixels) {
    const [x, y] = [pixel % width, Math.floor(pixel / width)];
    mass += ink[pixel];
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  const touchesEdge = left === 0 || top === 0 || right === width - 1 || bottom === height - 1;
  return { pixels, mass, left, top, right: right + 1, bottom: bottom + 1, touchesEdge };
}
