/** What a trainer says about a run, by the run's id: whoever holds it now. */
import type { RunSummary } from '../../src/runs/run.ts';
import type { RunStore } from '../../src/store/run-store.ts';
import type { Checkpoint } from '../../src/training/checkpoint.ts';
import type { Ending } from '../../src/training/ending.ts';
import type { Epoch } from '../../src/training/epoch.ts';

/** Claims a run that waits, whosever turn it is. */
export async function begin(store: RunStore, id: number): Promise<RunSummary> {
  const run = await store.claim((waiting) => waiting.find((one) => one.id === id));
  if (run === null) throw new Error(`run ${id} does not wait`);
  return run;
}

/** Of a run that waits it is begun with this. */
export async function addEpoch(
  store: RunStore,
  id: number,
  epoch: Epoch,
  checkpoint: Checkpoint,
  isBest: boolean,
): Promise<void> {
  const isKept = await store.addEpoch(await held(store, id), epoch, checkpoint, isBest);
  if (!isKept) throw new Error(`nobody trains run ${id}`);
}

/** Of a run that waits or has been stopped it is begun with this, too. */
export async function end(store: RunStore, id: number, ending: Ending): Promise<void> {
  const isEnded = await store.end(await held(store, id), ending);
  if (!isEnded) throw new Error(`nobody trains run ${id}`);
}

async function held(store: RunStore, id: number): Promise<RunSummary> {
  const run = await store.summary(id);
  if (run === null) throw new Error(`there is no run ${id}`);
  if (run.state === 'running') return run;
  await store.requeue(id);
  return begin(store, id);
}
