/** How runs differ: in settings, and whether one is better on the test images or was only lucky. */
import { english, type Translate } from '../catalogue/catalogue.ts';
import { holm } from '../statistics/holm.ts';
import { type Discordance, discordance, mcNemar } from '../statistics/mcnemar.ts';
import { verdict } from '../statistics/verdict.ts';
import type { SettingName } from '../training/settings.ts';
import type { RunSummary } from './run.ts';

/** A run beside the best one. */
export interface RunPair {
  /** The most accurate one; the oldest of equal ones. */
  readonly better: number;
  readonly other: number;
  readonly onlyBetter: number;
  readonly onlyOther: number;
  /** McNemar's p, of this pair alone. */
  readonly p: number;
  /** The same, adjusted by Holm's method over all pairs of the runs, since any of them could have been the best. */
  readonly adjusted: number;
  readonly verdict: string;
}

/** A run with its test: [N] 1 for each image it got right, else 0; null when it was not tested, or before this was stored. */
export interface TestedRun {
  readonly run: RunSummary;
  readonly hits: Uint8Array | null;
}

/** Names of the settings that are not the same in all runs. */
export function differingSettings(runs: readonly RunSummary[]): SettingName[] {
  const [first] = runs;
  const names = Object.keys(first.settings) as SettingName[];
  return names.filter((name) => runs.some(({ settings }) => settings[name] !== first.settings[name]));
}

/**
 * Compares each tested run with the best one, in the order given. The best one is chosen on the same test images, so the
 * p-values are adjusted for all pairs, not only for those shown.
 */
export function pairs(tested: readonly TestedRun[], t: Translate = english): RunPair[] {
  const comparable = tested.filter((one): one is TestedRun & { hits: Uint8Array } => one.hits !== null);
  if (comparable.length < 2) return [];
  const best = comparable.reduce((a, b) => (isBetter(b.run, a.run) ? b : a));
  const all = comparable.flatMap((one, i) =>
    comparable.slice(i + 1).map((other) => {
      const [better, worse] = other === best ? [other, one] : [one, other];
      const counts: Discordance = discordance(better.hits, worse.hits);
      return { better, worse, counts, p: mcNemar(counts) };
    }),
  );
  const adjusted = holm(all.map(({ p }) => p));
  return all.flatMap(({ better, worse, counts, p }, i) => {
    if (better !== best) return [];
    const [first, second] = [better.run.id, worse.run.id];
    const isChosenByTest = best.run.settings.validation === 'test';
    return {
      better: first,
      other: second,
      onlyBetter: counts.onlyFirst,
      onlyOther: counts.onlySecond,
      p,
      adjusted: adjusted[i],
      verdict: verdict(first, second, counts, { p: adjusted[i], isChosenByTest }, t),
    };
  });
}

/** Caveats about the numbers, one sentence each. */
export function caveats(tested: readonly TestedRun[], t: Translate = english): string[] {
  return tested.flatMap(({ run, hits }) => {
    const { id, state, testAccuracy, settings } = run;
    if (testAccuracy === null) {
      const waits = state === 'queued' || state === 'running' || run.resumes;
      const values = { id, state: t(`state.${state}`), failed: state === 'failed' ? 'yes' : 'no' };
      return t(waits ? 'compare.noTestYet' : 'compare.noTest', values);
    }
    if (hits === null) return t('compare.testedBefore', { id });
    if (settings.validation !== 'test') return [];
    return t('compare.chosenByTest', { id });
  });
}

function isBetter(a: RunSummary, b: RunSummary): boolean {
  const difference = (a.testAccuracy ?? 0) - (b.testAccuracy ?? 0);
  return difference > 0 || (difference === 0 && a.id < b.id);
}
