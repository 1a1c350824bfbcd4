/** What the templates in views/sweeps/ are given. */

import type { SweepStanding } from '../../queue/sweep-service.ts';
import type { RunSummary } from '../../runs/run.ts';
import type { SettingName } from '../../training/settings.ts';
import type { Field } from '../field.ts';
import type { PageContext } from '../page.ts';

/** views/sweeps/index.eta */
export interface SweepsContext extends PageContext {
  /** Newest first. */
  readonly sweeps: readonly (SweepStanding & {
    /** "optimizer: adam, sgd × batch size: 16, 32" */
    readonly varies: string;
    readonly bestTrial: RunSummary | null;
  })[];
}

/** views/sweeps/show.eta */
export interface SweepContext extends PageContext {
  readonly standing: StandingContext;
  readonly varies: string;
  /** What all trials have in common, where it is not what goes without saying. */
  readonly common: readonly { readonly label: string; readonly value: string }[];
  /** "Ada's", "somebody else's"; null when it is nobody's, or theirs who look. */
  readonly whose: string | null;
}

/** views/sweeps/_standing.eta (id `standing`): it polls itself while the sweep goes on. */
export interface StandingContext extends SweepStanding {
  readonly goesOn: boolean;
  /** Settings in which the trials differ: a column each. */
  readonly columns: readonly { readonly name: SettingName; readonly label: string }[];
  readonly trials: readonly (RunSummary & {
    /** As people read it: a run's state, or "paused" or "stopped early". */
    readonly shown: string;
    /** Does it only guess? */
    readonly guesses: boolean;
  })[];
  readonly ended: number;
  readonly epochs: number;
  /** Wall time of all epochs of all trials. */
  readonly seconds: number;
  readonly mayChange: boolean;
}

/** views/sweeps/new.eta */
export interface SweepFormContext extends PageContext {
  readonly first: AxesContext;
  /** Folded, unless one is varied or wrong. */
  readonly advanced: AxesContext;
  readonly open: boolean;
  readonly summary: string;
  readonly halving: boolean;
  /** What is wrong with the grid as a whole. */
  readonly problem: string | undefined;
  /** "6 trials", or why they cannot be trained. */
  readonly count: string;
}

/** views/sweeps/_axes.eta */
export interface AxesContext {
  readonly ticks: readonly Field[];
  /** Numbers with commas between, and what cannot be varied. */
  readonly amounts: readonly Field[];
}
