import type { RunState } from '../../runs/run.ts';
import type { Field } from '../field.ts';
import type { NotReady } from '../http/drain.ts';
import type { Source, TrainingNow } from '../http/metrics.ts';
import type { PageContext } from '../page.ts';

/** views/sign-in/index.eta */
export interface SignInContext extends PageContext {
  /** Path to continue at. */
  readonly to: string;
  /** The room whose address was opened; null for none. */
  readonly wanted: string | null;
  readonly token: Field;
}

/** views/status/index.eta */
export interface StatusContext extends PageContext {
  readonly notReady: NotReady;
  readonly version: string;
  readonly node: string;
  readonly uptimeSeconds: number;
  readonly memoryBytes: number;
  readonly databaseBytes: number;
  /** Event-loop delay. */
  readonly delayMs: number;
  /** States in which there are any. */
  readonly runs: readonly { readonly state: RunState; readonly count: number }[];
  readonly training: TrainingNow | null;
  /** Of the newest run that has any. */
  readonly epochSeconds: number | null;
  /** How drawings were sent, and their outcomes, since the process started. */
  readonly sources: readonly {
    readonly source: Source;
    readonly read: number;
    readonly refused: number;
    readonly failed: number;
  }[];
}
