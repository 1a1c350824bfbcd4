import type { Owner } from '../runs/run.ts';

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
  /** Who said so; null when nobody said who they are. */
  readonly owner: Owner | null;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
}

/** A correction that is to be kept. */
export interface NewCorrection
  extends Omit<Correction, 'id' | 'createdAt' | 'owner'>,
    Partial<Pick<Correction, 'owner'>> {
  readonly strokes: DrawnStrokes;
}

/** The drawing as JSON, which may have a megabyte; null when it was not drawn here: a picture or a matrix. */
export type DrawnStrokes = string | null;

/** Whose corrections somebody may learn from or delete together: everybody's, or those of one owner; null = of nobody. */
export type CorrectionReach = 'everybody' | { readonly owner: Owner | null };

/** Which corrections are meant; all of them when nothing is named. */
export interface CorrectionFilter {
  readonly truth?: number | null;
  readonly answer?: number | null;
  /** Of those, ones stored no later than this one. */
  readonly newest?: number | null;
  /** Of those, ones stored before this time: ISO 8601, UTC. */
  readonly before?: string | undefined;
  /** An owner's id, null for those without one; left out, anybody's. */
  readonly owner?: string | null | undefined;
}

/** The filter of a reach, to be put beside others. */
export function reachFilter(reach: CorrectionReach): Pick<CorrectionFilter, 'owner'> {
  return reach === 'everybody' ? {} : { owner: reach.owner?.id ?? null };
}
