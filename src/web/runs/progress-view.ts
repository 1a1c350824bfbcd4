/** The view model of views/runs/_progress.eta: all decisions are made here, the template only renders. */

import type { MessageKey, Text, Translate } from '../../catalogue/catalogue.ts';
import type { ModelBefore } from '../../recognition/model-choice.ts';
import type { Advice } from '../../runs/coach.ts';
import type { LiveProgress } from '../../runs/live-progress.ts';
import { isUnderWay, type Run, type RunState, type RunSummary } from '../../runs/run.ts';
import type { Interval } from '../../statistics/wilson.ts';
import { duration, integer, interval, loss, percent, roughly, settingsLine, settingsUrl } from '../format.ts';
import type { ServingContext } from '../page.ts';

/** The facts about a run, for one viewer. */
export interface ProgressFacts {
  /** In the viewer's language. */
  readonly t: Translate;
  /** The run shown; null before the first. */
  readonly run: Run | null;
  /** Only while it runs. */
  readonly live: LiveProgress | null;
  /** Position in the queue, only while queued: 1 = next. */
  readonly queuePosition: number | null;
  /** Seconds until its expected start, only while queued; null when unknown. */
  readonly startsIn: number | null;
  /** "Ada's", "someone else's"; null when it has no owner, or is the viewer's. */
  readonly whose: string | null;
  /** May the viewer stop, resume, label and delete it? */
  readonly mayChange: boolean;
  /** May the viewer choose the model in service? */
  readonly mayServe: boolean;
  /** Stop was pressed and the trainer has not ended yet. */
  readonly stopping: boolean;
  /** Other unfinished runs: the running one first, then the first waiting ones that are not someone else's. */
  readonly others: readonly OtherRun[];
  /** Further waiting runs. */
  readonly moreWait: number;
  /** The viewer's newest run, while someone else's is shown; null when they have none. */
  readonly yours: RunSummary | null;
  /** Is its best model the one in service? */
  readonly isServing: boolean;
  /** Does it read the viewer's own drawings, whatever is in service? */
  readonly isOwnReader: boolean;
  /** The model in service before it; null when this run is not in service, and when unknown. */
  readonly before: ModelBefore | null;
  /** Is it only guessing? */
  readonly guesses: boolean;
  /** Colour of its test accuracy; null for neither. */
  readonly quality: 'good' | 'guesses' | null;
  readonly serving: ServingContext | null;
  /** 95 % confidence interval of its test accuracy; null without a test. */
  readonly testInterval: Interval | null;
  /** Advice from its curves. */
  readonly advice: readonly Advice[];
}

/** An unfinished run other than the one shown. */
export interface OtherRun {
  readonly id: number;
  readonly name: string;
  readonly state: RunState;
  /** Seconds; null when unknown, and while it runs. */
  readonly startsIn: number | null;
  readonly whose: string | null;
  readonly mayChange: boolean;
}

export interface Metric {
  readonly name: string;
  readonly value: string;
  /** Small text beside the value, and its tooltip. */
  readonly small?: string;
  readonly about?: string;
  /** CSS classes of its box. */
  readonly look?: string;
}

export interface ProgressView {
  readonly id: number;
  readonly name: string;
  readonly badge: string;
  readonly guesses: boolean;
  readonly whose: string | null;
  readonly settings: string;
  /** Address to poll every second; null when nothing more will happen. */
  readonly poll: string | null;
  readonly stop: { readonly label: string; readonly pressed: boolean } | null;
  readonly use: { readonly isMain: boolean } | null;
  readonly resume: boolean;
  /** For screen readers; announced unless it is someone else's run. */
  readonly announcement: { readonly text: string; readonly aloud: boolean };
  /** Paragraphs below the heading. */
  readonly leads: readonly {
    readonly look: 'lead' | 'lead numbers' | 'problem';
    readonly texts: readonly string[];
  }[];
  /** Share of all epochs done, 0–1; null unless it is running. */
  readonly share: number | null;
  readonly metrics: readonly Metric[];
  readonly others: readonly { readonly text: Text; readonly cancel: number | null }[];
  readonly notes: readonly Text[];
  /** For an ended run: whose drawings it reads, compared with the model in service. */
  readonly reads: Text;
  /** Other models to switch to: the value of `run` for `POST /model`. */
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
        ? { label: facts.t(run.state === 'running' ? 'runs.stop' : 'runs.cancel'), pressed: facts.stopping }
        : null,
    use: useOf(of),
    resume: mayResume(of),
    announcement: { text: announcement(of), aloud: facts.whose === null },
    leads: leadsOf(of),
    share: run.state === 'running' ? (facts.live?.share ?? 0) : null,
    metrics: metricsOf(of),
    others: facts.others.map((other) => ({
      text: otherText(facts.t, other, facts.moreWait),
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

function announcement({ run, stopping, t }: RunFacts): string {
  const last = run.epochs.at(-1);
  const state = stopping ? 'stopping' : run.state;
  const about = { id: run.id, state, name: t(`state.${state}`) };
  if (run.state !== 'running' || !last) return t('runs.announced', about);
  const accuracy = percent(last.val_accuracy);
  return t('runs.epochAnnounced', { ...about, epoch: last.epoch, accuracy });
}

function leadsOf(facts: RunFacts): ProgressView['leads'] {
  const { run, t } = facts;
  const lead = (text: string) => [{ look: 'lead', texts: [text] }] as const;
  const problem = (text: string) => [{ look: 'problem', texts: [text] }] as const;
  switch (run.state) {
    case 'queued':
      return lead(waitingSentence(facts));
    case 'running':
      return [{ look: 'lead numbers', texts: liveTexts(facts) }];
    case 'finished':
      return lead(run.reason ?? t('runs.done', { count: run.epochs.length, best: run.bestEpoch! }));
    case 'stopped':
      return lead(run.reason ?? t('runs.stoppedNow'));
    case 'failed':
      return problem(run.reason ?? t('runs.trainingFailed'));
    default: {
      const why = problem(run.reason ?? t('runs.serverStopped'));
      return mayResume(facts) ? [...why, ...lead(t('runs.resumeGoesOn'))] : why;
    }
  }
}

function waitingSentence({ queuePosition, startsIn, t }: RunFacts): string {
  if (!queuePosition) return t('runs.startsNow');
  return startsIn === null
    ? t('runs.startsAfter', { count: queuePosition })
    : t('runs.startsIn', { count: queuePosition, time: roughly(t, startsIn) });
}

function liveTexts({ run, live, stopping, t }: RunFacts): string[] {
  if (stopping) return [t('runs.stopsSoon')];
  if (!live || live.batches === 0) return [t('runs.readsImages')];
  const { imagesPerSecond, secondsLeft } = live;
  const speed = imagesPerSecond === null ? '' : t('runs.speed', { speed: integer(imagesPerSecond) });
  const left =
    secondsLeft === null
      ? ''
      : ` · ${secondsLeft < 1 ? t('runs.secondLeft') : t('runs.timeLeft', { time: duration(secondsLeft) })}`;
  const [batch, batches] = [integer(live.batch), integer(live.batches)];
  return [
    t('runs.position', { epoch: live.epoch, epochs: run.settings.epochs, batch, batches }),
    `${speed}${left}`,
  ];
}

function metricsOf({ run, live, quality, testInterval, t }: RunFacts): Metric[] {
  const waits = isUnderWay(run);
  const shown = waits ? run.epochs.at(-1) : run.epochs.find(({ epoch }) => epoch === run.bestEpoch);
  const tested = run.testAccuracy !== null;
  if (run.state === 'queued' || !(waits || shown || tested)) return [];
  const test: Metric[] = tested
    ? [
        {
          name: t('runs.testAccuracy'),
          value: percent(run.testAccuracy),
          look: `best ${quality ?? ''}`,
          ...(testInterval
            ? { small: interval(testInterval), about: t('runs.wilson') }
            : { small: t('runs.chosenByIt') }),
        },
      ]
    : [];
  const ofBatch =
    live?.loss == null
      ? {}
      : {
          loss: t('runs.ofBatch', { value: loss(live.loss) }),
          accuracy: t('runs.ofBatch', { value: percent(live.accuracy, 1) }),
        };
  const ofEpoch = (['loss', 'accuracy', 'val_loss', 'val_accuracy'] as const).map((name): Metric => {
    const value = !shown ? '–' : name.endsWith('loss') ? loss(shown[name]) : percent(shown[name]);
    const small = ofBatch[name as keyof typeof ofBatch];
    return small === undefined ? { name, value } : { name, value, small };
  });
  return [...test, ...ofEpoch];
}

function otherText(t: Translate, { id, name, state, startsIn, whose }: OtherRun, moreWait: number): Text {
  const named = [name, whose].filter(Boolean).join(', ');
  const time = startsIn === null ? '' : roughly(t, startsIn);
  const key: MessageKey =
    state !== 'running' ? (time ? 'runs.otherStarts' : 'runs.otherWaits') : 'runs.otherTrains';
  return t.text(key, { id, names: named && ` (${named})`, time, more: moreWait }, { run: `/runs/${id}` });
}

function notesOf({ yours, others, moreWait, t }: ProgressFacts): Text[] {
  const notes: Text[] = [];
  if (yours?.endedAt) {
    const { id, testAccuracy } = yours;
    const key = testAccuracy === null ? 'runs.yourNewest' : 'runs.yourNewestTested';
    const values = { id, state: t(`state.${yours.state}`), accuracy: percent(testAccuracy) };
    notes.push(t.text(key, values, { run: `/runs/${id}` }));
  }
  if (moreWait > 0 && !others.some(({ state }) => state === 'running'))
    notes.push([t('runs.moreWait', { count: moreWait })]);
  return notes;
}

const pathTo = ({ runId }: Pick<ServingContext, 'runId'>) => (runId === null ? null : `/runs/${runId}`);

function readsText(facts: RunFacts): Text {
  const { run, serving, isServing, t } = facts;
  const beside = isServing ? null : besideServing(facts);
  const links: Text[number][] = [];
  if (beside !== null && serving!.runId !== null) {
    links.push({ href: `/compare?run=${run.id}&run=${serving!.runId}`, text: t('runs.compareThem') });
  }
  if (run.parent === null) {
    links.push({ href: settingsUrl(run.settings), text: t('runs.putSettings') });
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

/** One text per sentence. */
function whoseDrawings({ run, serving, before, guesses, isServing, isOwnReader, t }: RunFacts): Text[] {
  if (isServing) {
    const reads = t(serving!.own ? 'runs.isClassModel' : 'runs.readsYours');
    return [[reads], ...(guesses ? [[t('runs.onlyGuesses')]] : []), ...testedText(t, run, before)];
  }
  if (isOwnReader) {
    return [t.text('runs.readsYoursInClass', { model: serving!.name }, { link: pathTo(serving!) })];
  }
  if (!guesses) return [];
  if (!serving) return [[t('runs.readsNobodys')]];
  const reader = serving.own ?? serving;
  return [t.text('runs.readsNobodysBut', { model: reader.name }, { link: pathTo(reader) })];
}

function testedText(t: Translate, run: Run, before: ProgressFacts['before']): Text[] {
  if (run.testAccuracy === null) return [];
  const share = percent(run.testAccuracy);
  if (!before) return [[t('runs.tested', { share })]];
  const values = { share, before: percent(before.testAccuracy), name: before.name };
  return [[t(before.testAccuracy === null ? 'runs.testedBeforeNot' : 'runs.testedBefore', values)]];
}

/** How many more or fewer test images it gets right; null when one of the two was not tested. */
function besideServing({ run, serving, isOwnReader, t }: RunFacts): string | null {
  if (run.testAccuracy === null || serving?.testAccuracy == null) return null;
  const more = Math.round((run.testAccuracy - serving.testAccuracy) * 10_000);
  return t('runs.besideServing', {
    than: Math.sign(more),
    count: integer(Math.abs(more)),
    reader: isOwnReader ? 'own' : 'other',
    name: serving.name,
    share: percent(serving.testAccuracy),
  });
}

function switchesOf({ isServing, mayServe, before, t }: RunFacts): ProgressView['switches'] {
  if (!isServing || !mayServe) return [];
  const back = before && { id: 'switchback', run: before.id, label: t('runs.switchBack') };
  const shipped = { id: 'useshipped', run: 'shipped', label: t('runs.useShipped') };
  return [...(back ? [back] : []), ...(before?.id === 'shipped' ? [] : [shipped])];
}
