import type { Parts } from '../../app.ts';
import type { RunSummary } from '../../store/run.ts';
import { forecastEpoch, liveRemainingSeconds, remainingSeconds, startsIn } from '../../training/forecast.ts';

/** When each waiting run is expected to begin, in seconds from now; without those of which that is not known. */
export function expectedStarts(parts: Parts): Map<number, number> {
  const { store, training } = parts;
  const [running] = store.inState('running');
  const waiting = training.queue();
  const starts = startsIn(
    running ? runningSeconds(parts, running) : 0,
    waiting.map((run) => waitingSeconds(parts, run)),
  );
  const known = waiting.flatMap(({ id }, i): [number, number][] => {
    const seconds = starts[i];
    return seconds === null ? [] : [[id, seconds]];
  });
  return new Map(known);
}

function runningSeconds(parts: Parts, run: RunSummary): number | null {
  const live = parts.training.live(run.id);
  const measured = live && liveRemainingSeconds(run.settings, live, run.parent?.epochs);
  return measured ?? waitingSeconds(parts, run);
}

/** On an engine that nobody has measured yet an epoch takes what the latest one took. */
function waitingSeconds(
  { speeds, store }: Parts,
  { settings, epochsDone, parent }: RunSummary,
): number | null {
  const { speed } = speeds.get(settings.engine);
  const perEpoch = speed ? forecastEpoch(speed, settings) : store.latestEpochSeconds();
  return perEpoch === null ? null : remainingSeconds(settings, perEpoch, epochsDone, parent?.epochs);
}
