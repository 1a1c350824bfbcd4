/** What views/runs/_progress.eta shows of a run, decided: the template only writes it down. */

import type { Text } from '../../catalogue/catalogue.ts';
import type { ModelBefore } from '../../recognition/model-choice.ts';
import type { Advice } from '../../runs/coach.ts';
import type { LiveProgress } from '../../runs/live-progress.ts';
import { isUnderWay, type Run, type RunState, type RunSummary } from '../../runs/run.ts';
import type { Interval } from '../../statistics/wilson.ts';
import {
  count,
  duration,
  integer,
  interval,
  loss,
  percent,
  roughly,
  settingsLine,
  settingsUrl,
} from '../format.ts';
import type { ServingContext } from '../page.ts';

/** What is so of a run, for the one who looks. */
export interface ProgressFacts {
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
  readonly others: readonly OtherRun[];
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
}

/** A run beside the one that is shown. */
export interface OtherRun {
  readonly id: number;
  readonly name: string;
  readonly state: RunState;
  /** Seconds; null when that is not known, and while it runs. */
  readonly startsIn: number | null;
  readonly whose: string | null;
  readonly mayChange: boolean;
}

export interface Metric {
  readonly name: string;
  readonly value: string;
  /** Beside it, and what explains that when it is pointed at. */
  readonly small?: string;
  readonly about?: string;
  /** Classes of its box. */
  readonly look?: string;
}

export interface ProgressView {
  readonly id: number;
  readonly name: string;
  readonly badge: string;
  readonly guesses: boolean;
  readonly whose: string | null;
  readonly settings: string;
  /** Address to ask every second; null when nothing more will happen. */
  readonly poll: string | null;
  readonly stop: { readonly label: 'Stop' | 'Cancel'; readonly pressed: boolean } | null;
  readonly use: { readonly isMain: boolean } | null;
  readonly resume: boolean;
  /** For screen readers; told aloud unless it is somebody else's run. */
  readonly announcement: { readonly text: string; readonly aloud: boolean };
  /** Sentences below the head, a paragraph each. */
  readonly leads: readonly {
    readonly look: 'lead' | 'lead numbers' | 'problem';
    readonly texts: readonly string[];
  }[];
  /** Of all epochs, 0–1; null unless it runs. */
  readonly share: number | null;
  readonly metrics: readonly Metric[];
  readonly others: readonly { readonly text: Text; readonly cancel: number | null }[];
  readonly notes: readonly Text[];
  /** Of a run that has ended: whose drawings it reads, beside the model in service. */
  readonly reads: Text;
  /** Other models to read with: what `POST /model` is sent as `run`. */
  readonly switches: readonly { readonly id: string; readonly run: string; readonly label: string }[];
}

type RunFacts = ProgressFacts & { readonly run: Run };

/** Null before the first run. */
export function progressView(facts: ProgressFacts): ProgressView | null {
  const { run } = facts;
  if (run === null) return null;
  const of: RunFacts = { ...facts, run };
  const waits = isUnderWay(run);
  return {
    id: run.id,
    name: run.name,
    badge: facts.stopping ? 'stopping' : run.state,
    guesses: facts.guesses,
    whose: facts.whose,
    settings: settingsLine(run.settings),
    poll: waits ? `/runs/${run.id}/progress?epochs=${run.epochs.length}` : null,
    stop:
      waits && facts.mayChange
        ? { label: run.state === 'running' ? 'Stop' : 'Cancel', pressed: facts.stopping }
        : null,
    use: useOf(of),
    resume: mayResume(of),
    announcement: { text: announcement(of), aloud: facts.whose === null },
    leads: leadsOf(of),
    share: run.state === 'running' ? (facts.live?.share ?? 0) : null,
    metrics: metricsOf(of),
    others: facts.others.map((other) => ({
      text: otherText(other, facts.moreWait),
      cancel: other.state !== 'running' && other.mayChange ? other.id : null,
    })),
    notes: notesOf(facts),
    reads: waits ? [] : readsText(of),
    switches: waits ? [] : switchesOf(of),
  };
}

const hasWeights = ({ bestEpoch }: Run) => bestEpoch !== null;
const hasEnded = ({ state }: Run) => state === 'stopped' || state === 'finished';

function useOf({ run, isServing, mayServe, guesses }: RunFacts): ProgressView['use'] {
  if (isUnderWay(run) || !hasWeights(run) || isServing || !mayServe) return null;
  return { isMain: !guesses && hasEnded(run) };
}

function mayResume({ run, mayChange, mayServe, isServing }: RunFacts): boolean {
  if (isUnderWay(run) || !mayChange || (isServing && !mayServe)) return false;
  return run.state === 'stopped' || run.state === 'interrupted';
}

function announcement({ run, stopping }: RunFacts): string {
  const last = run.epochs.at(-1);
  const news =
    run.state === 'running' && last
      ? `: epoch ${last.epoch} done, validation accuracy ${percent(last.val_accuracy)}`
      : '';
  return `Run ${run.id} ${stopping ? 'is stopping' : run.state}${news}.`;
}

function leadsOf(facts: RunFacts): ProgressView['leads'] {
  const { run } = facts;
  const lead = (text: string) => [{ look: 'lead', texts: [text] }] as const;
  const problem = (text: string) => [{ look: 'problem', texts: [text] }] as const;
  switch (run.state) {
    case 'queued':
      return lead(waitingSentence(facts));
    case 'running':
      return [{ look: 'lead numbers', texts: liveTexts(facts) }];
    case 'finished':
      return lead(
        run.reason ??
          `Done: ${count(run.epochs.length, 'epoch')}. Its weights of epoch ${run.bestEpoch}, its best, are kept.`,
      );
    case 'stopped':
      return lead(run.reason ?? 'Stopped.');
    case 'failed':
      return problem(run.reason ?? 'Training failed.');
    default: {
      const why = problem(run.reason ?? 'The server stopped while this run was training.');
      return mayResume(facts)
        ? [...why, ...lead('Resume goes on after its last epoch, as if nothing had happened.')]
        : why;
    }
  }
}

function waitingSentence({ queuePosition, startsIn }: RunFacts): string {
  if (!queuePosition) return 'It starts in a moment.';
  const before = count(queuePosition, 'run');
  return startsIn === null
    ? `It starts by itself after ${before} before it.`
    : `It starts by itself in ${roughly(startsIn)}, after ${before} before it.`;
}

function liveTexts({ run, live, stopping }: RunFacts): string[] {
  if (stopping) return ['Stops after this batch and keeps its best weights.'];
  if (!live || live.batches === 0) return ['Reads the training images.'];
  const { imagesPerSecond, secondsLeft } = live;
  const speed = imagesPerSecond === null ? '' : `${integer(imagesPerSecond)} images/s`;
  const left =
    secondsLeft === null
      ? ''
      : ` · ${secondsLeft < 1 ? 'less than a second' : `at most ${duration(secondsLeft)}`} left`;
  return [
    `Epoch ${live.epoch} of ${run.settings.epochs} · batch ${integer(live.batch)} of ${integer(live.batches)}`,
    `${speed}${left}`,
  ];
}

function metricsOf({ run, live, quality, testInterval }: RunFacts): Metric[] {
  const waits = isUnderWay(run);
  const shown = waits ? run.epochs.at(-1) : run.epochs.find(({ epoch }) => epoch === run.bestEpoch);
  const tested = run.testAccuracy !== null;
  if (run.state === 'queued' || !(waits || shown || tested)) return [];
  const test: Metric[] = tested
    ? [
        {
          name: 'test accuracy',
          value: percent(run.testAccuracy),
          look: `best ${quality ?? ''}`,
          ...(testInterval
            ? { small: interval(testInterval), about: "95 % confidence, Wilson's interval" }
            : { small: 'best epoch chosen by it' }),
        },
      ]
    : [];
  const ofBatch =
    live?.loss == null
      ? {}
      : { loss: `batch ${loss(live.loss)}`, accuracy: `batch ${percent(live.accuracy, 1)}` };
  const ofEpoch = (['loss', 'accuracy', 'val_loss', 'val_accuracy'] as const).map((name): Metric => {
    const value = !shown ? '–' : name.endsWith('loss') ? loss(shown[name]) : percent(shown[name]);
    const small = ofBatch[name as keyof typeof ofBatch];
    return small === undefined ? { name, value } : { name, value, small };
  });
  return [...test, ...ofEpoch];
}

const moreText = (waiting: number) =>
  waiting > 0 ? `${count(waiting, 'other run')} ${waiting === 1 ? 'waits' : 'wait'}` : '';

function otherText({ id, name, state, startsIn, whose }: OtherRun, moreWait: number): Text {
  const named = [name, whose].filter(Boolean).join(', ');
  const more = moreText(moreWait);
  const does =
    state === 'running'
      ? `is training now${more && `; ${more}`}.`
      : startsIn === null
        ? 'waits for its turn.'
        : `waits: it starts in ${roughly(startsIn)}.`;
  return [{ href: `/runs/${id}`, text: `Run ${id}` }, `${named && ` (${named})`} ${does}`];
}

function notesOf({ yours, others, moreWait }: ProgressFacts): Text[] {
  const notes: Text[] = [];
  if (yours?.endedAt) {
    const test = yours.testAccuracy === null ? '' : `, test accuracy ${percent(yours.testAccuracy)}`;
    const link = { href: `/runs/${yours.id}`, text: `run ${yours.id}` };
    notes.push(['Your newest run: ', link, `, ${yours.state}${test}.`]);
  }
  if (moreWait > 0 && !others.some(({ state }) => state === 'running'))
    notes.push([`${moreText(moreWait)}.`]);
  return notes;
}

const linkTo = ({ runId, name }: Pick<ServingContext, 'runId' | 'name'>): Text[number] =>
  runId === null ? name : { href: `/runs/${runId}`, text: name };

function readsText(facts: RunFacts): Text {
  const { run, serving, isServing } = facts;
  const beside = isServing ? null : besideServing(facts);
  const links: Text[number][] = [];
  if (beside !== null && serving!.runId !== null) {
    links.push({ href: `/compare?run=${run.id}&run=${serving!.runId}`, text: 'Compare them' });
  }
  if (run.parent === null) {
    links.push({ href: settingsUrl(run.settings), text: 'Put its settings into the form' });
  }
  return joined(' ', [
    ...whoseDrawings(facts),
    ...(beside === null ? [] : [[beside]]),
    ...(links.length === 0
      ? []
      : [
          joined(
            ' · ',
            links.map((link) => [link]),
          ),
        ]),
  ]);
}

const joined = (between: string, texts: readonly Text[]): Text =>
  texts.flatMap((text, i) => (i === 0 ? text : [between, ...text]));

/** A text for each sentence. */
function whoseDrawings({ run, serving, before, guesses, isServing, isOwnReader }: RunFacts): Text[] {
  if (isServing) {
    const reads = serving!.own ? "It is the class's model." : 'It reads your drawings now.';
    return [[reads], ...(guesses ? [['It only guesses.']] : []), ...testedText(run, before)];
  }
  if (isOwnReader) return [["It reads your drawings; the class's model is ", linkTo(serving!), '.']];
  if (!guesses) return [];
  if (!serving) return [["It only guesses, so it reads nobody's drawings."]];
  return [
    ["It only guesses, so it reads nobody's drawings: ", linkTo(serving.own ?? serving), ' reads yours.'],
  ];
}

function testedText(run: Run, before: ProgressFacts['before']): Text[] {
  if (run.testAccuracy === null) return [];
  const own = `It reads ${percent(run.testAccuracy)} of the test images`;
  if (!before) return [[`${own}.`]];
  return before.testAccuracy === null
    ? [[`${own}; the model before it, ${before.name}, was not tested.`]]
    : [[`${own}; the model before it ${percent(before.testAccuracy)} (${before.name}).`]];
}

/** How many of the test images it reads more, or fewer; null when one of the two was not tested. */
function besideServing({ run, serving, isOwnReader }: RunFacts): string | null {
  if (run.testAccuracy === null || serving?.testAccuracy == null) return null;
  const more = Math.round((run.testAccuracy - serving.testAccuracy) * 10_000);
  const share = percent(serving.testAccuracy);
  const reader = isOwnReader ? `that one with ${share}` : `${serving.name}, which reads now with ${share}`;
  const many =
    more === 0
      ? `as many as ${reader}`
      : `${integer(Math.abs(more))} ${more > 0 ? 'more' : 'fewer'} than ${reader}`;
  return `Of the 10,000 test images it reads ${many}.`;
}

function switchesOf({ isServing, mayServe, before }: RunFacts): ProgressView['switches'] {
  if (!isServing || !mayServe) return [];
  const back = before && { id: 'switchback', run: String(before.choice), label: 'Switch back' };
  const shipped = { id: 'useshipped', run: 'shipped', label: 'Read with the model it came with' };
  return [...(back ? [back] : []), ...(before?.choice === 'shipped' ? [] : [shipped])];
}
