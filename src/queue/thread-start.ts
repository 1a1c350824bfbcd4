import { CodedError } from '../errors.ts';
import { PARAMETER_COUNT } from '../network/lenet5.ts';
import type { RunSummary } from '../runs/run.ts';
import type { CorrectionStore } from '../store/correction-store.ts';
import type { RunStore } from '../store/run-store.ts';
import type { FitStart } from '../training/checkpoint.ts';
import { splitCorrections } from '../training/correction-sets.ts';
import type { StartMessage } from '../training/messages.ts';
import { DAMAGED_START } from '../training/sentences.ts';

export interface ThreadStartOptions {
  readonly store: Pick<RunStore, 'inputScale' | 'fitStart'>;
  readonly corrections: Pick<CorrectionStore, 'images'>;
  /** Threads for the engine. */
  readonly threads: number;
}

/**
 * What a run's thread is told at its start.
 *
 * @throws CodedError CHECKPOINT_DAMAGED when what it goes on from is no longer whole
 */
export function threadStart(
  { store, corrections, threads }: ThreadStartOptions,
  { id, settings, corrections: learnt }: RunSummary,
): Omit<StartMessage, 'counters'> {
  const from = store.fitStart(id);
  if (!isWhole(from)) {
    throw new CodedError({ code: 'CHECKPOINT_DAMAGED', status: 500, message: DAMAGED_START });
  }
  return {
    settings,
    inputScale: store.inputScale(id),
    from,
    // Those there were when it was asked for: a run that goes on sees the same ones again.
    corrections: learnt && splitCorrections(corrections.images(learnt)),
    threads,
  };
}

function isWhole({ weights, done }: FitStart): boolean {
  const { checkpoint, bestWeights } = done ?? {};
  const arrays = [weights, bestWeights, checkpoint?.weights, ...Object.values(checkpoint?.slots ?? {})];
  return arrays.every((array) => array === undefined || array.length === PARAMETER_COUNT);
}
