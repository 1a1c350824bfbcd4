/** What the templates of a run's own page are given. */
import type { KeptCheckpoint, Run, RunLabel, RunSummary } from '../../runs/run.ts';
import type { PageContext } from '../page.ts';
import type { FormContext } from './form-contexts.ts';

/** views/runs/_more.eta (id `runmore`): what one seldom needs. The last poll of a run brings it anew, out of band. */
export interface MoreContext {
  readonly run: Run;
  /** Runs that began with its weights or epochs. */
  readonly children: readonly RunSummary[];
  /** Null for who may not train, and while no epoch is kept. */
  readonly fork: ForkContext | null;
  /** Null for who may not change it. */
  readonly label: LabelContext | null;
  readonly checkpoints: CheckpointsContext;
  readonly copies: readonly CopyContext[];
  readonly mayChange: boolean;
  readonly isUnderWay: boolean;
  readonly isServing: boolean;
  readonly outOfBand: boolean;
}

/** views/runs/_fork.eta */
export interface ForkContext extends FormContext {
  readonly run: Run;
  /** Those of which it may begin. */
  readonly epochs: readonly number[];
  /** The one chosen. */
  readonly epoch: number;
  /** Its learning rate was chosen, so that it stays as long as the optimizer does. */
  readonly keepsRate: boolean;
  readonly open: boolean;
}

export interface LabelErrors {
  readonly name?: string;
  readonly note?: string;
  readonly pinned?: string;
}

/** views/runs/_label.eta */
export interface LabelContext extends RunLabel {
  readonly id: number;
  readonly errors: LabelErrors;
}

export interface ListedCheckpoint extends KeptCheckpoint {
  readonly val_accuracy: number;
  readonly isBest: boolean;
  /** Address of its weights. */
  readonly url: string;
}

/** views/runs/_checkpoints.eta */
export interface CheckpointsContext {
  readonly kept: readonly ListedCheckpoint[];
  /** Of all of them. */
  readonly bytes: number;
  /** What the whole database takes. */
  readonly databaseBytes: number;
  /** Of so many of the newest runs all are kept. */
  readonly unthinnedRuns: number;
}

/** Something to be copied: views/runs/_copies.eta */
export interface CopyContext {
  readonly id: string;
  readonly label: string;
  readonly value: string;
}
