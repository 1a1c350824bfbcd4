import type { Correction, CorrectionReach } from '../../corrections/correction.ts';
import type { PageContext } from '../page.ts';

/** views/corrections/index.eta */
export interface CorrectionsContext extends PageContext {
  /** Those on this page, newest first. */
  readonly corrections: readonly CorrectionItem[];
  /** How many there are like this, on all pages, and how many in all. */
  readonly count: number;
  readonly all: number;
  readonly truths: readonly FilterLink[];
  readonly answers: readonly FilterLink[];
  /** Empty while all are the client's own, or none is. */
  readonly owners: readonly FilterLink[];
  /** What a run of the client's learns from, and how many they are; null for a guest. */
  readonly learnt: { readonly reach: CorrectionReach; readonly count: number } | null;
  /** How many of those that are shown, on all pages, the client may delete. */
  readonly deletable: number;
  /** The filter as the end of an address: "", or from "?" on. */
  readonly query: string;
  readonly newer: string | null;
  readonly older: string | null;
}

export interface CorrectionItem extends Correction {
  /** "Ada's"; null when it is the client's own, or has no owner. */
  readonly whose: string | null;
  readonly mayDelete: boolean;
}

export interface FilterLink {
  readonly text: string;
  readonly count: number;
  readonly url: string;
  readonly current: boolean;
}

/** views/corrections/delete.eta */
export interface DeleteCorrectionsContext extends PageContext {
  /** How many are to be deleted, and how many of those are not the client's own. */
  readonly count: number;
  readonly others: number;
  readonly truth: number | null;
  readonly answer: number | null;
  /** What the form sends. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** Address to go back to. */
  readonly back: string;
}

/** views/corrections/delete-one.eta */
export interface DeleteCorrectionContext extends PageContext {
  readonly correction: Correction;
  readonly whose: string | null;
}
