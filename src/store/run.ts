import type { EngineState, Metrics } from '../engines/engine.ts';
import type { Activation } from '../network/activations.ts';
import type { Settings } from '../training/settings.ts';

/** What a run can be doing; `interrupted` = the process died in it. */
export const RUN_STATES = ['queued', 'running', 'finished', 'stopped', 'failed', 'interrupted'] as const;

export type RunState = (typeof RUN_STATES)[number];

/** One pass over the training images, with Keras's four metrics. */
export interface Epoch {
  /** From 1. */
  readonly epoch: number;
  readonly loss: number;
  readonly accuracy: number;
  readonly val_loss: number;
  readonly val_accuracy: number;
  /** Wall time of training and validation together. */
  readonly seconds: number;
}

/** One training with its settings, state and epochs, as the store keeps it. */
export interface Run {
  readonly id: number;
  readonly state: RunState;
  readonly settings: Settings;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly epochs: readonly Epoch[];
  /** The epoch whose weights are kept: lowest val_loss. */
  readonly bestEpoch: number | null;
  /** Measured once, at the end, with the best weights; null until then. */
  readonly testLoss: number | null;
  readonly testAccuracy: number | null;
  /** A sentence for people: why it failed, was interrupted, or stopped early. */
  readonly reason: string | null;
}

/** State after an epoch: with its settings, a run goes on from here bit-identically. */
export interface Checkpoint extends EngineState {
  /** The shuffle's four words. */
  readonly random: readonly number[];
}

/** How a run ended. */
export interface Ending {
  readonly state: Exclude<RunState, 'queued' | 'running'>;
  /** A sentence for people. */
  readonly reason: string | null;
  /** On the test set with the best weights. */
  readonly test?: Metrics | null;
}

/** A run's best weights and what they need to recognise with. */
export interface RunModel {
  readonly runId: number;
  readonly epoch: number;
  readonly activation: Activation;
  /** What a pixel byte is multiplied with. */
  readonly inputScale: number;
  /** [61706] in the order of `TENSORS`. */
  readonly weights: Float32Array;
}
