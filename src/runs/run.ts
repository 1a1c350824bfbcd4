import type { Activation } from '../network/activations.ts';
import type { Comparison } from '../training/comparison.ts';
import { END_STATES } from '../training/ending.ts';
import type { Epoch } from '../training/epoch.ts';
import type { Settings } from '../training/settings.ts';

/** The corrections that a run learns from: those there were when it was asked for. */
export interface LearntCorrections {
  readonly everybody: boolean;
  /** Whose, when not everybody's; null for those that have no owner. */
  readonly owner: Owner | null;
  /** Id of the last one; 0 when there was none. */
  readonly newest: number;
}

/** What a run can be doing; `interrupted` = the process died or was stopped in it. */
export const RUN_STATES = ['queued', 'running', ...END_STATES] as const;

export type RunState = (typeof RUN_STATES)[number];

/** Who asked for a run: somebody's browser, or a script that says who it is. */
export interface Owner {
  /** A digest of what their cookie says: tells people apart, and opens nothing. */
  readonly id: string;
  /** What they call themselves; empty when they did not say. */
  readonly name: string;
}

/** What people say about a run. */
export interface RunLabel {
  /** Empty for none. */
  readonly name: string;
  readonly note: string;
  /** All its checkpoints are kept, however old it is. */
  readonly pinned: boolean;
}

/**
 * The right to train a run: a run that was claimed is its own. Each claim has another number, and only the latest one counts:
 * a trainer that was believed dead changes nothing any more.
 */
export type Claim = Pick<RunSummary, 'id' | 'fence'>;

/** A run without its epochs, as lists show it. */
export interface RunSummary extends RunLabel {
  readonly id: number;
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
  /** A sentence for people: why it failed, was interrupted, or stopped early. */
  readonly reason: string | null;
  /** Times it was begun since its last epoch. */
  readonly attempts: number;
  /** Times it was claimed. */
  readonly fence: number;
  /** It trains, and was asked to stop. */
  readonly stopping: boolean;
  /** Interrupted, and goes on by itself. */
  readonly resumes: boolean;
  /** Whose weights it began with; null for new ones. */
  readonly parent: Parent | null;
  /** What its training changed in the weights that it began with; empty for new ones, and until it has ended. */
  readonly comparisons: readonly Comparison[];
  /** Who asked for it; null when nobody said. */
  readonly owner: Owner | null;
  /** The corrections that it learns from; null when from none. */
  readonly corrections: LearntCorrections | null;
  /** The sweep that it is a trial of. */
  readonly sweepId: number | null;
  /** The epoch after which it waits for its sweep; null when it does not. */
  readonly pauseAfter: number | null;
  /** Its sweep stopped it, because other trials were better. */
  readonly stoppedEarly: boolean;
  /** Does it go into service when it ends, as the client said? Null when the client did not say. */
  readonly serve: boolean | null;
}

/** One training with its settings, state and epochs, as the store keeps it. */
export interface Run extends RunSummary {
  readonly epochs: readonly Epoch[];
}

/** Where a run began, when not with new weights. */
export interface Parent {
  /** What people call that model. */
  readonly name: string;
  /** Null when it is not a run's, or that run was deleted. */
  readonly runId: number | null;
  readonly epoch: number | null;
  /** Of a fork: how many of its first epochs are that run's. 0 when only the weights were taken over. */
  readonly epochs: number;
}

/** A state that is kept. */
export interface KeptCheckpoint {
  readonly epoch: number;
  /** What it takes in the database. */
  readonly bytes: number;
}

/** A run's best weights and what they need to recognise with. */
export interface RunModel {
  readonly runId: number;
  readonly epoch: number;
  readonly activation: Activation;
  /** What a pixel byte is multiplied with. */
  readonly inputScale: number;
  /** What its logits are divided by, so that it is as often right as it is sure; 1 while that is unknown. */
  readonly temperature: number;
  /** Share of the validation images that it reads after that epoch, 0–1. */
  readonly valAccuracy: number;
  /** Share of the test images, 0–1; null without a test, and of another epoch than the best one. */
  readonly testAccuracy: number | null;
  /** [61706] in the order of `network.tensors`. */
  readonly weights: Float32Array;
}

/** Which model is in service, and since when. */
export interface Service {
  /** Null for the model that came with the workbench. */
  readonly runId: number | null;
  /** ISO 8601, UTC. */
  readonly since: string;
  /** Id of the owner who chose it; null when nobody did, or did not say who. */
  readonly chosenBy: string | null;
  /** What was in service before it; null when that is not known, or its run was deleted. */
  readonly before: ServiceBefore | null;
}

export type ServiceBefore =
  | { readonly kind: 'shipped' | 'file' }
  | { readonly kind: 'run'; readonly runId: number };

/** Will it be trained, or is it now? */
export function isUnderWay({ state, resumes }: Pick<RunSummary, 'state' | 'resumes'>): boolean {
  return state === 'queued' || state === 'running' || (state === 'interrupted' && resumes);
}
