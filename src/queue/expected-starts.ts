import { forecastEpoch, liveRemainingSeconds, remainingSeconds, startsIn } from '../runs/forecast.ts';
import type { RunSummary } from '../runs/run.ts';
import type { RunStore } from '../store/run-store.ts';
import type { EngineSpeeds } from './engine-speeds.ts';
import type { TrainingService } from './training-service.ts';

/** Where it is known what waits, what trains, and how fast. */
interface Sources {
  readonly store: RunStore;
  readonly training: TrainingService;
  readonly speeds: EngineSpeeds;
}

/**
 * When each waiting run is expected to begin, in seconds from now; without those of which that is not known.
 *
 * @param running none or one
 * @param waiting in their order
 */
export function expectedStarts(
  sources: Sources,
  [running]: readonly RunSummary[] = sources.store.inState('running'),
  waiting = sources.training.queue(),
): Map<number, number> {
  const starts = startsIn(
    running ? runningSeconds(sources, running) : 0,
    waiting.map((run) => waitingSeconds(sources, run)),
  );
  const known = waiting.flatMap(({ id }, i): [number, number][] => {
    const seconds = starts[i];
    return seconds === null ? [] : [[id, seconds]];
  });
  return new Map(known);
}

function runningSeconds(sources: Sources, run: RunSummary): number | null {
  const live = sources.training.live(run.id);
  const measured = live && liveRemainingSeconds(run.settings, live, run.parent?.epochs);
  return measured ?? waitingSeconds(sources, run);
}

/** On an engine that nobody has measured yet an epoch takes what the latest one took. */
function waitingSeconds(
  { speeds, store }: Sources,
  { settings, epochsDone, parent }: RunSummary,
): number | null {
  const { speed } = speeds.get(settings.engine);
  const perEpoch = speed ? forecastEpoch(speed, settings) : store.latestEpochSeconds();
  return perEpoch === null ? null : remainingSeconds(settings, perEpoch, epochsDone, parent?.epochs);
}
