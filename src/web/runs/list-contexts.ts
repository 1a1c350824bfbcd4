import type { RunPair } from '../../runs/differences.ts';
import type { Run, RunSummary } from '../../runs/run.ts';
import type { Interval } from '../../statistics/wilson.ts';
import type { SettingName } from '../../training/settings.ts';
import type { PageContext } from '../page.ts';
import type { RunListQuery } from './query.ts';

/** views/runs/index.eta */
export interface RunsContext extends PageContext {
  readonly runs: readonly ListedRun[];
  /** Of all pages. */
  readonly count: number;
  /** The number of the first one on this page. */
  readonly from: number;
  /** What the address asks for. */
  readonly asked: RunListQuery;
  readonly isFiltered: boolean;
  readonly columns: readonly RunColumn[];
  /** What the lists of the filter offer. */
  readonly choices: { readonly states: readonly string[]; readonly optimizers: readonly string[] };
  /** Characters of a text that is looked for. */
  readonly mostText: number;
  /** Address of the same runs as a file. */
  readonly csv: string;
  readonly previous: string | null;
  readonly next: string | null;
  readonly servingRunId: number | null;
  /** Why what was ticked cannot be compared. */
  readonly problem: { readonly message: string; readonly ticked: readonly string[] } | null;
}

export interface ListedRun extends RunSummary {
  readonly testInterval: Interval | null;
  /** Does it only guess? */
  readonly guesses: boolean;
}

export interface RunColumn {
  readonly label: string;
  /** Sorts by it; null when it cannot be sorted by. */
  readonly url: string | null;
  readonly sorted: 'ascending' | 'descending' | null;
}

/** views/comparisons/show.eta */
export interface ComparisonContext extends PageContext {
  /** Two to eight, in the order asked for. */
  readonly runs: readonly (Run & { readonly testInterval: Interval | null })[];
  /** The run that reads most test images; null when fewer than two can be set against each other. */
  readonly best: number | null;
  /** Settings in which they are not all alike, but for the epochs. */
  readonly differing: readonly { readonly name: SettingName; readonly label: string }[];
  readonly pairs: readonly RunPair[];
  /** Sentences: which run has no test, and what flatters one. */
  readonly caveats: readonly string[];
  /** 1, 2, … to the last epoch of any of them. */
  readonly epochs: readonly number[];
}
