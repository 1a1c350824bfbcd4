import type { Activation } from '../network/activations.ts';
import type { Comparison } from '../training/comparison.ts';
import { END_STATES } from '../training/ending.ts';
import type { Epoch } from '../training/epoch.ts';
import type { Settings } from '../training/settings.ts';

/** The corrections that a run trains on: those that existed when it was created. */
export interface LearntCorrections {
  readonly everybody: boolean;
  /** The owner, unless everybody's; null for those without an owner. */
  readonly owner: Owner | null;
  /** Id of the last one; 0 when there was none. */
  readonly newest: number;
}

/** States of a run; `interrupted` = the process died or was stopped during it. */
export const RUN_STATES = ['queued', 'running', ...END_STATES] as const;

export type RunState = (typeof RUN_STATES)[number];

/** The owner of a run: a browser, or a script that identifies itself. */
export interface Owner {
  /** A digest of the cookie: distinguishes owners, but gives no access. */
  readonly id: string;
  /** Their name; empty when not given. */
  readonly name: string;
}

/** A run's name, note and pin. */
export interface RunLabel {
  /** Empty for none. */
  readonly name: string;
  readonly note: string;
  /** All its checkpoints are kept, however old it is. */
  readonly pinned: boolean;
}

/**
 * The right to train a run, held by the trainer that claimed it. Each claim has a new number, and only the latest one counts:
 * a trainer that was believed dead can no longer change anything.
 */
export type Claim = Pick<RunSummary, 'id' | 'fence'>;

/** A run without its epochs, as lists show it. */
export interface RunSummary extends RunLabel {
  readonly id: number;
  /** Id of the room that it belongs to. */
  readonly room: number;
  readonly state: RunState;
  readonly settings: Settings;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly epochsDone: number;
  /** The epoch whose weights it recognises with: lowest val_loss. */
  readonly bestEpoch: number | null;
  /** Of that epoch. */
  readonly bestValLoss: number | null;
  readonly bestValAccuracy: number | null;
  /** Wall time of all epochs. */
  readonly seconds: number;
  /** Measured once, at the end, with the best weights; null until then. */
  readonly testLoss: number | null;
  readonly testAccuracy: number | null;
  /** A sentence for people on why it failed, was interrupted, or stopped early. */
  readonly reason: string | null;
  /** Times it was started since its last epoch. */
  readonly attempts: number;
  /** Number of its latest claim. */
  readonly fence: number;
  /** Running, and asked to stop. */
  readonly stopping: boolean;
  /** Interrupted, and resumes by itself. */
  readonly resumes: boolean;
  /** The run or model whose weights it started from; null for new weights. */
  readonly parent: Parent | null;
  /** Accuracy before and after training from existing weights; empty for new ones, and until it has ended. */
  readonly comparisons: readonly Comparison[];
  /** Who created it; null if unknown. */
  readonly owner: Owner | null;
  /** The corrections that it trains on; null for none. */
  readonly corrections: LearntCorrections | null;
  /** The sweep that it is a trial of. */
  readonly sweepId: number | null;
  /** The epoch after which it pauses for its sweep; null when it does not. */
  readonly pauseAfter: number | null;
  /** Its sweep stopped it, because other trials were better. */
  readonly stoppedEarly: boolean;
  /** The client's choice whether it goes into service when it ends; null when it made none. */
  readonly serve: boolean | null;
}

/** One training with its settings, state and epochs, as stored. */
export interface Run extends RunSummary {
  readonly epochs: readonly Epoch[];
}

/** What a run started from, other than new weights. */
export interface Parent {
  /** Name of that model for people. */
  readonly name: string;
  /** Null when it is not a run's, or that run was deleted. */
  readonly runId: number | null;
  readonly epoch: number | null;
  /** For a fork: how many of its first epochs are that run's. 0 when only the weights were taken over. */
  readonly epochs: number;
}

/** A stored checkpoint. */
export interface KeptCheckpoint {
  readonly epoch: number;
  /** Its size in the database. */
  readonly bytes: number;
}

/** A run's weights after an epoch and what is needed to recognise with them. */
export interface RunModel {
  readonly runId: number;
  readonly epoch: number;
  /** Is that the run's best epoch? */
  readonly isBest: boolean;
  readonly activation: Activation;
  /** What a pixel byte is multiplied with. */
  readonly inputScale: number;
  /** Temperature: divisor of its logits for calibrated probabilities; 1 while unknown. */
  readonly temperature: number;
  /** Validation accuracy after that epoch, 0–1. */
  readonly valAccuracy: number;
  /** Test accuracy, 0–1; null without a test, and for epochs other than the best. */
  readonly testAccuracy: number | null;
  /** [61706] in the order of `network.tensors`. */
  readonly weights: Float32Array;
}

/** Is it queued or running? */
export function isUnderWay({ state, resumes }: Pick<RunSummary, 'state' | 'resumes'>): boolean {
  return state === 'queued' || state === 'running' || (state === 'interrupted' && resumes);
}
