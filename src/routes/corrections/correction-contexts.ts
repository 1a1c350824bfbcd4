import type { Correction, CorrectionFilter } from '../../store/correction.ts';
import type { PageContext } from '../contexts.ts';

/** views/corrections/index.eta */
export interface CorrectionsContext extends PageContext {
  /** Those on this page, newest first. */
  readonly corrections: readonly Correction[];
  /** How many there are like this, on all pages, and how many in all. */
  readonly count: number;
  readonly all: number;
  readonly filter: CorrectionFilter;
  readonly truths: readonly DigitLink[];
  readonly answers: readonly DigitLink[];
  /** The filter as the end of an address: "", or from "?" on. */
  readonly query: string;
  readonly newer: string | null;
  readonly older: string | null;
}

export interface DigitLink {
  /** Null for all of them. */
  readonly digit: number | null;
  readonly count: number;
  readonly url: string;
  readonly current: boolean;
}

/** views/corrections/delete.eta */
export interface DeleteCorrectionsContext extends PageContext {
  readonly count: number;
  readonly filter: CorrectionFilter;
  /** Address to go back to. */
  readonly back: string;
}
