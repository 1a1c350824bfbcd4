import type { EngineState } from '../engines/engine.ts';

/** What training starts from, other than new weights. */
export interface FitStart {
  /** It pauses, as if stopped, after this epoch. */
  readonly pauseAfter?: number;
  /** [P] initial weights, for an optimizer that starts afresh. */
  readonly weights?: Float32Array;
  /** The epochs done: training continues with the next one. */
  readonly done?: EpochsDone;
}

export interface EpochsDone {
  /** Of each epoch, the first one first; none is missing. */
  readonly valLosses: readonly number[];
  /** State after the last of them. */
  readonly checkpoint: Checkpoint;
  /** [P] of the best of them. */
  readonly bestWeights: Float32Array;
  /** Wall time of the run's own epochs: a fork's time budget starts afresh. */
  readonly seconds: number;
  /** Patience counts the epochs after this one; 0 for all. */
  readonly patienceFrom: number;
}

/** State after an epoch: with the same settings, a run continues from here bit-identically. */
export interface Checkpoint extends EngineState {
  /** The shuffle's four words, then the warps' four when images are warped. */
  readonly random: readonly number[];
}
