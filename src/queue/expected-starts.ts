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
export async function expectedStarts(
  { speeds, store, training }: Sources,
  running: readonly RunSummary[],
  waiting: readonly RunSummary[],
): Promise<Map<number, number>> {
  // On an engine that nobody has measured yet an epoch takes what the latest one took.
  const isUnknown = [...running, ...waiting].some(({ settings }) => !speeds.get(settings.engine).speed);
  const latest = isUnknown ? await store.latestEpochSeconds() : null;
  const whole = ({ settings, epochsDone, parent }: RunSummary): number | null => {
    const { speed } = speeds.get(settings.engine);
    const perEpoch = speed ? forecastEpoch(speed, settings) : latest;
    return perEpoch === null ? null : remainingSeconds(settings, perEpoch, epochsDone, parent?.epochs);
  };
  const rest = (run: RunSummary): number | null => {
    const live = training.live(run.id);
    const measured = live && liveRemainingSeconds(run.settings, live, run.parent?.epochs);
    return measured ?? whole(run);
  };
  const [first] = running;
  const starts = startsIn(first ? rest(first) : 0, waiting.map(whole));
  const known = waiting.flatMap(({ id }, i): [number, number][] => {
    const seconds = starts[i];
    return seconds === null ? [] : [[id, seconds]];
  });
  return new Map(known);
}
