/**
 * Which trials of a sweep are worth more epochs: sequential halving (Karnin, Koren and Somekh, "Almost Optimal
 * Exploration in Multi-Armed Bandits", ICML 2013), as Jamieson and Talwalkar use it for hyper-parameters ("Non-stochastic
 * Best Arm Identification and Hyperparameter Optimization", AISTATS 2016); one bracket of Hyperband (Li et al., JMLR
 * 2018) with η = 2. All trials train 1 epoch, the better half of them 2, the better half of those 4, and so on; the two
 * that are left train to their end, because after a few epochs chance decides which of two good ones is ahead.
 */
import type { Run } from './run.ts';
import { isUnderWay } from './run.ts';
import { isPaused } from './trials.ts';

/** Epochs after which all trials are compared first; each time after twice as many. */
export const FIRST_RUNG = 1;

/** How many train to the end. */
const FINALISTS = 2;

export type Trial = Pick<Run, 'id' | 'state' | 'resumes' | 'pauseAfter' | 'epochsDone' | 'epochs'>;

export interface HalvingDecision {
  /** Paused trials to continue, and the epoch after which they pause again; null for the last ones, which do not. */
  readonly resume: readonly { readonly id: number; readonly pauseAfter: number | null }[];
  /** Paused trials to stop: after `epochs` epochs, `better` of the `compared` trials were better. */
  readonly stop: readonly ({ readonly id: number } & Defeat)[];
}

export interface Defeat {
  readonly better: number;
  readonly compared: number;
  readonly epochs: number;
}

/**
 * What to do with the paused trials. It replays all comparisons from the stored epochs and keeps no state: called again
 * after half of its decisions were carried out, it returns the other half.
 *
 * Trials are compared by their lowest val_loss so far; of equal ones the older is better. A trial that has
 * failed or was stopped before that epoch has lost; one that finished earlier by its patience is compared like others.
 *
 * @param trials all of the sweep, in the order of their creation
 */
export function decide(trials: readonly Trial[]): HalvingDecision {
  const defeats = new Map<number, Defeat>();
  let race = trials;
  let rung = rungOf(race, FIRST_RUNG);
  while (rung !== null && !race.some((trial) => isOnItsWay(trial, rung!))) {
    const epochs: number = rung;
    const better = race
      .filter((trial) => hasReached(trial, epochs))
      .sort((a, b) => lowestValLoss(a, epochs) - lowestValLoss(b, epochs) || a.id - b.id)
      .slice(0, Math.ceil(race.length / 2));
    for (const { id } of race) {
      if (!better.some((winner) => winner.id === id))
        defeats.set(id, { better: better.length, compared: race.length, epochs });
    }
    race = better;
    rung = rungOf(race, epochs * 2);
  }
  const paused = trials.filter(isPaused);
  return {
    resume: paused
      .filter(({ id, epochsDone }) => !defeats.has(id) && (rung === null || epochsDone < rung))
      .map(({ id }) => ({ id, pauseAfter: rung })),
    stop: paused.flatMap(({ id }) => (defeats.has(id) ? [{ id, ...defeats.get(id)! }] : [])),
  };
}

/**
 * The epoch after which trials are compared next; null when none remains to be stopped.
 *
 * @param race those that may continue
 * @param next the epoch, if there is another comparison
 */
export function rungOf(race: readonly unknown[], next = FIRST_RUNG): number | null {
  return race.length > FINALISTS ? next : null;
}

/** Is training, or will be once it may continue. A run resumed by hand does not pause, so the sweep does not wait for it. */
function isOnItsWay(trial: Trial, rung: number): boolean {
  const goesOn = isUnderWay(trial) || isPaused(trial);
  return goesOn && trial.pauseAfter !== null && trial.epochsDone < rung;
}

function hasReached({ state, epochs }: Trial, rung: number): boolean {
  return epochs.length >= rung || (state === 'finished' && epochs.length > 0);
}

function lowestValLoss({ epochs }: Trial, rung: number): number {
  return Math.min(...epochs.slice(0, rung).map(({ val_loss }) => val_loss));
}
