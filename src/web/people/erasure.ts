import { setImmediate as nextTurn } from 'node:timers/promises';
import type { SweepService } from '../../queue/sweep-service.ts';
import type { TrainingService } from '../../queue/training-service.ts';
import type { ModelChoice } from '../../recognition/model-choice.ts';
import type { CorrectionStore } from '../../store/correction-store.ts';
import type { PersonStore } from '../../store/person-store.ts';
import type { RunStore } from '../../store/run-store.ts';

/** Everything that holds what people of a room own. */
interface Sources {
  readonly store: RunStore;
  readonly corrections: CorrectionStore;
  readonly sweeps: SweepService;
  readonly training: TrainingService;
  readonly choice: Pick<ModelChoice, 'serve' | 'service' | 'settled'>;
}

/** Runs fetched at a time. */
const SOME = 50;

/** Erases a person of a room: what they own there, and their name. */
export async function erase(sources: Sources & { readonly people: PersonStore }, id: string): Promise<void> {
  await eraseOwned(sources, id);
  await sources.people.forget(id);
}

/**
 * Erases what a person owns in a room, or with null all that anybody has there: runs, which are stopped first, sweeps and
 * corrections. If one of the models is in service, the shipped one replaces it. Works in small steps, so that requests are answered
 * in between; if it is interrupted, it can be repeated.
 */
export async function eraseOwned(
  { store, corrections, sweeps, training, choice }: Sources,
  owner: string | null,
): Promise<void> {
  for (const sweep of await sweeps.of(owner)) {
    await sweeps.stop(sweep);
    await sweeps.ended(sweep);
    await sweeps.delete(sweep);
  }
  for (;;) {
    const { runs } = await store.list({ owner: owner ?? undefined, limit: SOME });
    if (runs.length === 0) break;
    for (const run of runs) {
      await training.stop(run.id);
      await training.ended(run.id);
      // A run that has just ended may be about to go into service.
      await choice.settled();
      const { model } = choice.service;
      if (model.kind === 'run' && model.runId === run.id) await choice.serve('shipped', { reason: 'erased' });
      await store.delete(run.id);
      await nextTurn();
    }
  }
  while ((await corrections.deleteSome({ owner: owner ?? undefined })) > 0) await nextTurn();
}
