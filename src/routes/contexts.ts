/**
 * What each template is given: the contract between the routes that render and the files in views/.
 *
 * Templates reach these as `it`, with the formatters of plugins/formatters.ts as `it.format`.
 */
import type { Augmentation } from '../datasets/augmentation.ts';
import type { OPTIMIZER } from '../network/optimizers.ts';
import type { NotReady } from '../plugins/drain.ts';
import type { Source, TrainingNow } from '../plugins/metrics.ts';
import type { Role } from '../plugins/rights.ts';
import type { Interval } from '../statistics/wilson.ts';
import type { Correction, CorrectionFilter } from '../store/correction.ts';
import type { Run, RunState, RunSummary } from '../store/run.ts';
import type { Advice } from '../training/coach.ts';
import type { CHOICES, RANGES, SettingName } from '../training/settings.ts';
import type { MoreContext } from './runs/run-contexts.ts';
import type { RunPair } from './runs/run-differences.ts';
import type { RunListQuery } from './runs/run-query.ts';
import type { FormErrors } from './runs/settings-input.ts';

/** views/layout.eta: every page. */
export interface PageContext {
  /** Before " · LeNet-5 workbench" in the window's title. */
  readonly title: string;
  readonly page: 'workbench' | 'runs' | 'sweeps' | 'corrections' | 'status' | 'docs' | 'sign-in' | 'error';
  /** The model that reads now; null when there is none. */
  readonly serving: ServingContext | null;
  /** Reload the page when the server restarts; only under `npm run dev`. */
  readonly dev: boolean;
  /** Who looks at it; null where nobody needs to sign in. */
  readonly role: Role | null;
}

export interface ServingContext {
  /** "the model it came with", "run 12, epoch 8" or a file's name. */
  readonly name: string;
  readonly runId: number | null;
  /** Share of MNIST's test images it reads right, 0–1; null when nobody measured. */
  readonly testAccuracy: number | null;
}

/** views/home/index.eta */
export interface HomeContext extends PageContext {
  readonly form: FormContext;
  readonly progress: ProgressContext;
}

/** views/runs/_form.eta: also sent alone, 422, with `errors`. */
export interface FormContext {
  /** What each control shows, as text. */
  readonly values: Readonly<Record<SettingName, string>>;
  readonly errors: FormErrors;
  /** What the lists offer. */
  readonly choices: typeof CHOICES;
  /** Bounds of the numbers. */
  readonly ranges: typeof RANGES;
  /** For the learning rate that each brings along. */
  readonly optimizers: typeof OPTIMIZER;
  /** Engines of this machine; one that is absent says why. */
  readonly engines: readonly { name: string; label: string; absent: string | null }[];
  /** What the augmentation chosen makes of images. */
  readonly augmented: AugmentedContext;
  /** Sentence beside the button: how long a run takes here. */
  readonly forecast: string;
  /** What the one who looks is called. */
  readonly who: string;
}

/**
 * views/runs/_progress.eta (id `progressdisplay`): every state of the run it shows in one file; it polls itself while
 * `run.state` is queued or running. With `historyOutOfBand` the answer to a poll carries the history as well.
 */
export interface ProgressContext {
  /** The run shown; null before the first. */
  readonly run: Run | null;
  /** Only while it runs. */
  readonly live: LiveContext | null;
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
  /** Is its best model the one that reads now? */
  readonly isServing: boolean;
  /** What the model that came with the workbench reads of the test images; null while that one is serving. */
  readonly shippedAccuracy: number | null;
  readonly serving: ServingContext | null;
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

export interface LiveContext {
  /** The epoch being computed, from 1. */
  readonly epoch: number;
  /** Batches done in it, of `batches`. */
  readonly batch: number;
  readonly batches: number;
  /** Of the last batch; null before the first. */
  readonly loss: number | null;
  readonly accuracy: number | null;
  readonly imagesPerSecond: number | null;
  /** At most so many seconds to the end; early stopping may end it sooner. */
  readonly secondsLeft: number | null;
  /** Batches done of all batches of all epochs, 0–1. */
  readonly share: number;
}

/** views/runs/index.eta */
export interface RunsContext extends PageContext {
  readonly runs: readonly (RunSummary & { readonly testInterval: Interval | null })[];
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

/** views/recognition/_prediction.eta (around id `predictresult`): the answer to a drawing. */
export interface PredictionContext {
  /** "Digit 7", "Digits 4 2", that it is not sure, or the sentence why there is none. */
  readonly answer: string;
  readonly failed: boolean;
  /** Can one rely on it? Left out when it failed. */
  readonly sure?: boolean;
  /** Of several digits the first; null when it failed. */
  readonly digit: number | null;
  /** Ten, summing to 1; empty when it failed. */
  readonly probabilities: readonly number[];
  /** The 784 bytes that the network saw; of several digits those of the first; null when it failed. */
  readonly image: readonly number[] | null;
  /** The same of each digit, from left to right. */
  readonly images: readonly (readonly number[])[];
  /** "run 3, epoch 2", when a run that trains has read it; null when the serving model has. */
  readonly reader: string | null;
}

/** views/recognition/show.eta: the same as a page, when a picture is sent with scripts off. */
export interface PredictionPageContext extends PageContext {
  readonly prediction: PredictionContext;
}

/** views/corrections/index.eta */
export interface CorrectionsContext extends PageContext {
  /** Those on this page, newest first. */
  readonly corrections: readonly Correction[];
  /** How many there are like this, on all pages, and how many in all. */
  readonly count: number;
  readonly all: number;
  readonly filter: CorrectionFilter;
  readonly truths: readonly DigitLink[];
  readonly answers: readonly DigitLink[];
  /** The filter as the end of an address: "", or from "?" on. */
  readonly query: string;
  readonly newer: string | null;
  readonly older: string | null;
}

export interface DigitLink {
  /** Null for all of them. */
  readonly digit: number | null;
  readonly count: number;
  readonly url: string;
  readonly current: boolean;
}

/** views/corrections/delete.eta */
export interface DeleteCorrectionsContext extends PageContext {
  readonly count: number;
  readonly filter: CorrectionFilter;
  /** Address to go back to. */
  readonly back: string;
}

/** views/runs/_augmented.eta: beside the form's control, also sent alone. */
export interface AugmentedContext {
  readonly kind: Augmentation;
  /** Rows of ten images of 784 bytes: as they are, then warped; none while it is off. */
  readonly rows: readonly (readonly Uint8Array[])[];
}

/** views/augmentation/show.eta */
export interface AugmentationContext extends PageContext {
  readonly seed: number;
  readonly strips: readonly AugmentedContext[];
}

/** views/docs/index.eta */
export interface DocsContext extends PageContext {
  readonly version: string;
  readonly sections: readonly DocsSection[];
  /** What is sent and answered in several places: its schema in our notation. */
  readonly components: readonly { readonly name: string; readonly schema: string }[];
}

/** Operations of one kind. */
export interface DocsSection {
  readonly title: string;
  readonly description: string;
  readonly operations: readonly DocsOperation[];
}

export interface DocsOperation {
  /** For links to it. */
  readonly anchor: string;
  readonly method: string;
  readonly path: string;
  readonly summary: string;
  readonly description: string | null;
  readonly parameters: readonly { readonly name: string; readonly where: string; readonly about: string }[];
  readonly bodies: readonly DocsContent[];
  readonly answers: readonly {
    readonly status: string;
    readonly description: string;
    readonly contents: readonly DocsContent[];
  }[];
}

/** A content type, and what it holds: a component by name, or a schema in our notation. */
export interface DocsContent {
  readonly type: string;
  readonly component: string | null;
  readonly schema: string | null;
}

/** views/error.eta */
export interface ErrorContext extends PageContext {
  readonly status: number;
  readonly message: string;
  /** Address to sign in at, when that would help. */
  readonly signIn: string | null;
}

/** views/sign-in/index.eta */
export interface SignInContext extends PageContext {
  /** Path to go on at. */
  readonly to: string;
  /** Why the token was refused. */
  readonly error: string | null;
}

/** views/status/index.eta */
export interface StatusContext extends PageContext {
  readonly notReady: NotReady;
  readonly version: string;
  readonly node: string;
  readonly uptimeSeconds: number;
  readonly memoryBytes: number;
  readonly databaseBytes: number;
  /** How late the event loop is. */
  readonly delayMs: number;
  /** States in which there are any. */
  readonly runs: readonly { readonly state: RunState; readonly count: number }[];
  readonly training: TrainingNow | null;
  /** Of the newest run that has any. */
  readonly epochSeconds: number | null;
  /** How drawings were sent, and what came of it, since the process began. */
  readonly sources: readonly {
    readonly source: Source;
    readonly read: number;
    readonly refused: number;
    readonly failed: number;
  }[];
}
