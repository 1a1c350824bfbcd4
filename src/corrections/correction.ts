import type { Owner } from '../runs/run.ts';

/** A drawing that was read, and the digit it is according to its author. */
export interface Correction {
  readonly id: number;
  /** 0–9: the right digit. */
  readonly truth: number;
  /** 0–9: the model's answer. */
  readonly answer: number;
  /** [K], summing to 1. */
  readonly probabilities: readonly number[];
  /** Name of the model that read it. */
  readonly model: string;
  /** [28, 28] bytes, 0 = paper, 255 = ink. */
  readonly image: Uint8Array;
  /** Who made the correction; null if unknown. */
  readonly owner: Owner | null;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
}

/** A correction to be stored. */
export interface NewCorrection
  extends Omit<Correction, 'id' | 'createdAt' | 'owner'>,
    Partial<Pick<Correction, 'owner'>> {
  readonly strokes: DrawnStrokes;
}

/** The strokes as JSON, up to a megabyte; null for a picture or a matrix. */
export type DrawnStrokes = string | null;

/** Whose corrections a client may train on or delete together: everybody's, or those of one owner; null = those without an owner. */
export type CorrectionReach = 'everybody' | { readonly owner: Owner | null };

/** Selects corrections; all of them if empty. */
export interface CorrectionFilter {
  readonly truth?: number | null;
  readonly answer?: number | null;
  /** Of those, ones stored no later than this one. */
  readonly newest?: number | null;
  /** Of those, ones stored before this time: ISO 8601, UTC. */
  readonly before?: string | undefined;
  /** An owner's id, null for those without one; omitted = anybody's. */
  readonly owner?: string | null | undefined;
}

/** The filter for a reach, to be combined with others. */
export function reachFilter(reach: CorrectionReach): Pick<CorrectionFilter, 'owner'> {
  return reach === 'everybody' ? {} : { owner: reach.owner?.id ?? null };
}
