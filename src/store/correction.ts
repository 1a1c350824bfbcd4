import type { Drawing } from '../recognition/drawing.ts';

/** A drawing that was read, and what the one who drew it says it is. */
export interface Correction {
  readonly id: number;
  /** 0–9: what it is. */
  readonly truth: number;
  /** 0–9: what was read. */
  readonly answer: number;
  /** [K], summing to 1. */
  readonly probabilities: readonly number[];
  /** Name of the model that read it. */
  readonly model: string;
  /** [28, 28] bytes, 0 = paper, 255 = ink. */
  readonly image: Uint8Array;
  /** Null when it was not drawn here: a picture or a matrix. */
  readonly strokes: Drawing | null;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
}

/** Which corrections are meant; all of them when nothing is named. */
export interface CorrectionFilter {
  readonly truth?: number | null;
  readonly answer?: number | null;
  /** Of those, ones stored no later than this one. */
  readonly newest?: number | null;
}

/** What of a correction is learnt from. */
export type CorrectedImage = Pick<Correction, 'id' | 'truth' | 'image'>;
