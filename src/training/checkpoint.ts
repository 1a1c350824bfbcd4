import type { EngineState } from '../engines/engine.ts';

/** Where training begins, when not with new weights. */
export interface FitStart {
  /** It pauses, as if stopped, after this epoch. */
  readonly pauseAfter?: number;
  /** [P] initial weights, for an optimizer that begins afresh. */
  readonly weights?: Float32Array;
  /** The epochs that are done: it goes on with the next one. */
  readonly done?: EpochsDone;
}

export interface EpochsDone {
  /** Of each epoch, the first one first; none is missing. */
  readonly valLosses: readonly number[];
  /** State after the last of them. */
  readonly checkpoint: Checkpoint;
  /** [P] of the best of them. */
  readonly bestWeights: Float32Array;
  /** Wall time of those that are the run's own: a fork's time budget begins anew. */
  readonly seconds: number;
  /** Patience counts the epochs behind this one; 0 for all. */
  readonly patienceFrom: number;
}

/** State after an epoch: with its settings, a run goes on from here bit-identically. */
export interface Checkpoint extends EngineState {
  /** The shuffle's four words, then the warps' four when images are warped. */
  readonly random: readonly number[];
}
