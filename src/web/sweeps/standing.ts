import type { FastifyRequest } from 'fastify';
import type { Message, Translate } from '../../catalogue/catalogue.ts';
import { CodedError } from '../../errors.ts';
import type { SweepService, SweepStanding } from '../../queue/sweep-service.ts';
import { guesses } from '../../recognition/model-choice.ts';
import { differingSettings } from '../../runs/differences.ts';
import { isUnderWay, type RunSummary } from '../../runs/run.ts';
import type { Sweep } from '../../runs/sweep.ts';
import { isPaused } from '../../runs/trials.ts';
import { DEFAULT_SETTINGS, hasDefaultRate, SETTINGS, type SettingName } from '../../training/settings.ts';
import type { Field } from '../field.ts';
import { mayChange } from '../http/owner.ts';
import { isId } from '../models/find-run.ts';
import type { PageContext } from '../page.ts';

/** What a sweep varies, and the standing of its trials, for its page. */

export function standingContext(request: FastifyRequest, standing: SweepStanding): StandingContext {
  const { sweep, state, trials } = standing;
  const sum = (value: (trial: RunSummary) => number) =>
    trials.reduce((total, trial) => total + value(trial), 0);
  return {
    ...standing,
    goesOn: state === 'queued' || state === 'running',
    columns: columns(request.t, standing),
    trials: trials.map((trial) => ({
      ...trial,
      shown: shownState(request.t, trial),
      guesses: guesses(trial),
    })),
    ended: sum((trial) => (isUnderWay(trial) || isPaused(trial) ? 0 : 1)),
    epochs: sum(({ epochsDone }) => epochsDone),
    seconds: sum(({ seconds }) => seconds),
    mayChange: mayChange(request, sweep),
  };
}

/** "optimizer: adam, sgd × batch size: 16, 32" */
export function varies(t: Translate, { axes }: Sweep): string {
  const axis = ([name, values]: [string, readonly unknown[]]) =>
    `${t(SETTINGS[name as SettingName].label).toLowerCase()}: ${values.join(', ')}`;
  return Object.entries(axes).map(axis).join(' × ');
}

/** What all trials have in common, except defaults. */
export function commonSettings(t: Translate, { settings, axes }: Sweep): SweepContext['common'] {
  // Each trial has its own.
  const bringsRates = hasDefaultRate(settings) && ('optimizer' in axes || 'batchsize' in axes);
  const names = (Object.keys(settings) as SettingName[]).filter((name) => {
    if (name in axes || (name === 'learningrate' && bringsRates)) return false;
    return name === 'epochs' || settings[name] !== DEFAULT_SETTINGS[name];
  });
  return names.map((name) => ({ label: t(SETTINGS[name].label), value: String(settings[name]) }));
}

function columns(t: Translate, { trials }: SweepStanding): StandingContext['columns'] {
  if (trials.length === 0) return [];
  return differingSettings(trials).map((name) => ({ name, label: t(SETTINGS[name].label).toLowerCase() }));
}

function shownState(t: Translate, trial: RunSummary): string {
  if (trial.stoppedEarly) return t('state.stoppedEarly');
  return t(isPaused(trial) ? 'state.paused' : `state.${trial.state}`);
}

/** The data of the templates in views/sweeps/. */

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
  /** What all trials have in common, except defaults. */
  readonly common: readonly { readonly label: string; readonly value: string }[];
  /** "Ada's", "someone else's"; null when it has no owner, or is the viewer's. */
  readonly whose: string | null;
}

/** views/sweeps/_standing.eta (id `standing`): it polls itself while the sweep is in progress. */
export interface StandingContext extends SweepStanding {
  readonly goesOn: boolean;
  /** Settings in which the trials differ: a column each. */
  readonly columns: readonly { readonly name: SettingName; readonly label: string }[];
  readonly trials: readonly (RunSummary & {
    /** As people read it: a run's state, or "paused" or "stopped early". */
    readonly shown: string;
    /** Is it only guessing? */
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
  /** Folded unless one is varied or invalid. */
  readonly advanced: AxesContext;
  readonly open: boolean;
  readonly summary: string;
  readonly halving: boolean;
  /** Error of the grid as a whole. */
  readonly problem: string | undefined;
  /** "6 trials", or why they cannot be trained. */
  readonly count: string;
}

/** views/sweeps/_axes.eta */
export interface AxesContext {
  readonly ticks: readonly Field[];
  /** Numbers separated by commas, and settings that cannot be varied. */
  readonly amounts: readonly Field[];
}

/** Parameters of every address below /sweeps/:id. */
export interface SweepParams {
  readonly id: string;
}

/** @throws CodedError 404 when there is no such sweep */
export async function findSweep(sweeps: Pick<SweepService, 'get'>, id: string): Promise<SweepStanding> {
  const standing = isId(id) ? await sweeps.get(Number(id)) : null;
  if (standing !== null) return standing;
  const message: Message = ['errors.thereIsNoSweep', { id: id.slice(0, 20) }];
  throw new CodedError({ code: 'NO_SUCH_SWEEP', status: 404, message });
}
