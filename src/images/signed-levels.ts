/** Signed values as levels of one colour scale: blue above 0, orange below, the stronger the further from 0. */

export interface Levels {
  /** −127 to 127, in proportion to the values; 127 is the largest magnitude among them. */
  readonly levels: Int8Array;
  /** The value of level 127: 0 when all values are. */
  readonly largest: number;
}

const MOST = 127;
/** Level of a pixel of a sprite that belongs to no map. */
export const OUTSIDE = -128;

/** @param largest value of level 127, by default the largest magnitude */
export function signedLevels(values: ArrayLike<number>, largest = magnitude(values)): Levels {
  const levels = new Int8Array(values.length);
  if (largest === 0) return { levels, largest };
  for (let i = 0; i < levels.length; i++) {
    levels[i] = Math.round(MOST * Math.max(-1, Math.min(1, values[i] / largest)));
  }
  return { levels, largest };
}

export function magnitude(values: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i]));
  return largest;
}

/** Blue and vermilion are told apart by every kind of colour blindness. */
const ABOVE = [20, 125, 215] as const;
const BELOW = [213, 94, 0] as const;
const ZERO = [128, 128, 128] as const;
/** So that a map of zeros is seen on any background. */
const ZERO_ALPHA = 28;

/** Red, green, blue and opacity, 0–255: transparent towards 0, so that it fits a light page and a dark one. */
export function signedColour(
  level: number,
): readonly [red: number, green: number, blue: number, alpha: number] {
  if (level === OUTSIDE) return [0, 0, 0, 0];
  if (level === 0) return [...ZERO, ZERO_ALPHA];
  const alpha = ZERO_ALPHA + ((255 - ZERO_ALPHA) * Math.abs(level)) / MOST;
  return [...(level > 0 ? ABOVE : BELOW), Math.round(alpha)];
}
