/** How a sweep's page tells what it tries and how its trials stand. */
import type { FastifyRequest } from 'fastify';
import type { SweepStanding } from '../../queue/sweep-service.ts';
import { guesses } from '../../recognition/model-choice.ts';
import { differingSettings } from '../../runs/differences.ts';
import type { RunSummary } from '../../runs/run.ts';
import { isUnderWay } from '../../runs/run.ts';
import type { Sweep } from '../../runs/sweep.ts';
import { isPaused } from '../../runs/trials.ts';
import { DEFAULT_SETTINGS, hasDefaultRate, SETTINGS, type SettingName } from '../../training/settings.ts';
import { mayChange } from '../http/owner.ts';
import type { StandingContext, SweepContext } from './contexts.ts';

export function standingContext(request: FastifyRequest, standing: SweepStanding): StandingContext {
  const { sweep, state, trials } = standing;
  const sum = (value: (trial: RunSummary) => number) =>
    trials.reduce((total, trial) => total + value(trial), 0);
  return {
    ...standing,
    goesOn: state === 'queued' || state === 'running',
    columns: columns(standing),
    trials: trials.map((trial) => ({ ...trial, shown: shownState(trial), guesses: guesses(trial) })),
    ended: sum((trial) => (isUnderWay(trial) || isPaused(trial) ? 0 : 1)),
    epochs: sum(({ epochsDone }) => epochsDone),
    seconds: sum(({ seconds }) => seconds),
    mayChange: mayChange(request, sweep),
  };
}

/** "optimizer: adam, sgd × batch size: 16, 32" */
export function varies({ axes }: Sweep): string {
  const axis = ([name, values]: [string, readonly unknown[]]) =>
    `${SETTINGS[name as SettingName].label.toLowerCase()}: ${values.join(', ')}`;
  return Object.entries(axes).map(axis).join(' × ');
}

/** What all trials have in common, where it is not what goes without saying. */
export function commonSettings({ settings, axes }: Sweep): SweepContext['common'] {
  // Of which each trial has its own.
  const bringsRates = hasDefaultRate(settings) && ('optimizer' in axes || 'batchsize' in axes);
  const names = (Object.keys(settings) as SettingName[]).filter((name) => {
    if (name in axes || (name === 'learningrate' && bringsRates)) return false;
    return name === 'epochs' || settings[name] !== DEFAULT_SETTINGS[name];
  });
  return names.map((name) => ({ label: SETTINGS[name].label, value: String(settings[name]) }));
}

function columns({ trials }: SweepStanding): StandingContext['columns'] {
  if (trials.length === 0) return [];
  return differingSettings(trials).map((name) => ({ name, label: SETTINGS[name].label.toLowerCase() }));
}

function shownState(trial: RunSummary): string {
  if (trial.stoppedEarly) return 'stopped early';
  return isPaused(trial) ? 'paused' : trial.state;
}
