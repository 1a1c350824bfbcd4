/** A sweep as scripts get it: JSON, and the rows of a CSV file. */
import type { CsvValue } from '../../formats/csv.ts';
import type { SweepStanding } from '../../queue/sweep-service.ts';
import type { RunSummary } from '../../runs/run.ts';
import { SETTING_NAMES } from '../../training/settings.ts';
import type { Address } from '../http/base-path.ts';
import { runJson } from '../runs/json.ts';

/** Without its trials. */
export function sweepSummaryJson({ sweep, state, best, trials }: SweepStanding, address: Address) {
  const { room: _room, ...told } = sweep;
  return { ...told, state, trialCount: trials.length, best, url: address(`/sweeps/${sweep.id}`) };
}

export function sweepJson(standing: SweepStanding, address: Address) {
  return {
    ...sweepSummaryJson(standing, address),
    trials: standing.trials.map((trial) => runJson(trial, address)),
  };
}

const RESULTS = {
  state: ({ state }) => state,
  stopped_early: ({ stoppedEarly }) => stoppedEarly,
  epochs_done: ({ epochsDone }) => epochsDone,
  best_epoch: ({ bestEpoch }) => bestEpoch,
  val_loss: ({ bestValLoss }) => bestValLoss,
  val_accuracy: ({ bestValAccuracy }) => bestValAccuracy,
  test_loss: ({ testLoss }) => testLoss,
  test_accuracy: ({ testAccuracy }) => testAccuracy,
  seconds: ({ seconds }) => seconds,
} satisfies Record<string, (trial: RunSummary) => CsvValue>;

/** A header, then one row per trial, best first; val_loss and val_accuracy are those of the best epoch. */
export function* sweepRows({ trials }: SweepStanding): Generator<CsvValue[], void, void> {
  yield ['run', ...SETTING_NAMES, ...Object.keys(RESULTS)];
  for (const trial of trials) {
    const results = Object.values(RESULTS).map((result) => result(trial));
    yield [trial.id, ...SETTING_NAMES.map((name) => trial.settings[name]), ...results];
  }
}
