import { CodedError } from '../errors.ts';
import { DIGITS } from '../network/lenet5.ts';
import type { RunSummary } from '../runs/run.ts';
import type { CorrectionStore } from '../store/correction-store.ts';
import type { RunStore } from '../store/run-store.ts';
import { inSlices } from '../time-slices.ts';
import type { FitStart } from '../training/checkpoint.ts';
import { type CorrectedImages, splitCorrections } from '../training/correction-sets.ts';
import type { StartMessage } from '../training/messages.ts';
import { DAMAGED_START } from '../training/sentences.ts';

export interface ThreadStartOptions {
  readonly store: Pick<RunStore, 'inputScale' | 'fitStart'>;
  /** Of all rooms. */
  readonly corrections: { in(room: number): Pick<CorrectionStore, 'images'> };
  /** Threads for the engine. */
  readonly threads: number;
}

/** The corrections that a run learns from: those there were when it was asked for, so that one that goes on sees them again. */
export async function threadCorrections(
  { corrections }: Pick<ThreadStartOptions, 'corrections'>,
  { corrections: learnt, room }: RunSummary,
): Promise<CorrectedImages | null> {
  return learnt && (await splitCorrections(inSlices(corrections.in(room).images(learnt))));
}

/**
 * What a run's thread is told at its start.
 *
 * @param corrections of `threadCorrections`
 * @throws CodedError CHECKPOINT_DAMAGED when what it goes on from is no longer whole
 */
export async function threadStart(
  { store, threads }: Omit<ThreadStartOptions, 'corrections'>,
  { id, settings }: RunSummary,
  corrections: CorrectedImages | null,
): Promise<Omit<StartMessage, 'counters'>> {
  const from = await store.fitStart(id);
  if (!isWhole(from)) {
    throw new CodedError({ code: 'CHECKPOINT_DAMAGED', status: 500, message: DAMAGED_START });
  }
  return {
    settings,
    inputScale: await store.inputScale(id),
    from,
    corrections,
    threads,
  };
}

function isWhole({ weights, done }: FitStart): boolean {
  const { checkpoint, bestWeights } = done ?? {};
  const arrays = [weights, bestWeights, checkpoint?.weights, ...Object.values(checkpoint?.slots ?? {})];
  return arrays.every((array) => array === undefined || array.length === DIGITS.parameterCount);
}
