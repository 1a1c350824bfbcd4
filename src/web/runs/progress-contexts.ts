import type { ModelBefore } from '../../recognition/model-choice.ts';
import type { Advice } from '../../runs/coach.ts';
import type { LiveProgress } from '../../runs/live-progress.ts';
import type { Run, RunState, RunSummary } from '../../runs/run.ts';
import type { Interval } from '../../statistics/wilson.ts';
import type { ServingContext } from '../page.ts';
import type { MoreContext } from './page-contexts.ts';

/**
 * views/runs/_progress.eta (id `progressdisplay`): every state of the run it shows in one file; it polls itself while
 * `run.state` is queued or running. With `historyOutOfBand` the answer to a poll carries the history as well.
 */
export interface ProgressContext {
  /** The run shown; null before the first. */
  readonly run: Run | null;
  /** Only while it runs. */
  readonly live: LiveProgress | null;
  /** Runs before it, only while queued: 1 = next. */
  readonly queuePosition: number | null;
  /** Seconds until it is expected to begin, only while queued; null when that is not known. */
  readonly startsIn: number | null;
  /** "Ada's", "somebody else's"; null when it is nobody's, or theirs who look. */
  readonly whose: string | null;
  /** May who looks stop, resume, label and delete it? */
  readonly mayChange: boolean;
  /** May who looks choose the model that reads? */
  readonly mayServe: boolean;
  /** Somebody pressed Stop and the trainer has not ended yet. */
  readonly stopping: boolean;
  /** Other runs that are under way: the running one first, then the first that wait and are not somebody else's. */
  readonly others: readonly OtherRunContext[];
  /** Runs that wait beside them. */
  readonly moreWait: number;
  /** The viewer's newest run, while somebody else's is shown; null when they have none. */
  readonly yours: RunSummary | null;
  /** Is its best model the one in service? */
  readonly isServing: boolean;
  /** Are the viewer's own drawings read by it, whatever is in service? */
  readonly isOwnReader: boolean;
  /** What was in service before it; null when it is not, and when that is not known. */
  readonly before: ModelBefore | null;
  /** Does it only guess? */
  readonly guesses: boolean;
  /** How its test accuracy is coloured; null between the two. */
  readonly quality: 'good' | 'guesses' | null;
  readonly serving: ServingContext | null;
  /** Where its test accuracy lies with 95 % confidence; null without a test. */
  readonly testInterval: Interval | null;
  /** What its curves say to do. */
  readonly advice: readonly Advice[];
  /** Put views/runs/_history.eta behind it, to be swapped out of band. */
  readonly historyOutOfBand: boolean;
  /** Put views/runs/_more.eta behind it too; null when it has not changed or is not on the page. */
  readonly more: MoreContext | null;
}

/** views/runs/_others.eta */
export interface OtherRunContext {
  readonly id: number;
  readonly name: string;
  readonly state: RunState;
  /** Seconds; null when that is not known, and while it runs. */
  readonly startsIn: number | null;
  readonly whose: string | null;
  readonly mayChange: boolean;
}
