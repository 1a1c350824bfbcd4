import { setImmediate as nextTurn } from 'node:timers/promises';
import type { SweepService } from '../../queue/sweep-service.ts';
import type { TrainingService } from '../../queue/training-service.ts';
import type { ModelChoice } from '../../recognition/model-choice.ts';
import type { CorrectionStore } from '../../store/correction-store.ts';
import type { PersonStore } from '../../store/person-store.ts';
import type { RunStore } from '../../store/run-store.ts';

/** Everything that holds a person's data. */
interface Sources {
  readonly store: RunStore;
  readonly corrections: CorrectionStore;
  readonly people: PersonStore;
  readonly sweeps: SweepService;
  readonly training: TrainingService;
  readonly choice: Pick<ModelChoice, 'serve' | 'settled'>;
}

/** Runs fetched at a time. */
const SOME = 50;

/**
 * Erases a person: their runs, which are stopped first, their sweeps, corrections and name. If one of their models is in
 * service, the shipped one replaces it. Works in small steps, so that requests are answered in between; if it is interrupted, it
 * can be repeated.
 */
export async function erase(
  { store, corrections, people, sweeps, training, choice }: Sources,
  id: string,
): Promise<void> {
  for (const sweep of await sweeps.of(id)) {
    await sweeps.stop(sweep);
    await sweeps.ended(sweep);
    await sweeps.delete(sweep);
  }
  for (;;) {
    const { runs } = await store.list({ owner: id, limit: SOME });
    if (runs.length === 0) break;
    for (const run of runs) {
      await training.stop(run.id);
      await training.ended(run.id);
      // A run that has just ended may be about to go into service.
      await choice.settled();
      if ((await store.service())?.runId === run.id) await choice.serve('shipped');
      await store.delete(run.id);
      await nextTurn();
    }
  }
  while ((await corrections.deleteSome({ owner: id })) > 0) await nextTurn();
  await people.forget(id);
}
