/**
 * Messages between the answering thread and the trainer. The start is the worker's `workerData`; each epoch's arrays
 * are transferred, not copied; "stop" and the batch counters go through {@link Counters}' memory.
 */

import type { FitStart } from './checkpoint.ts';
import type { CorrectedImages } from './correction-sets.ts';
import type { EpochReport, FitEnding } from './fit.ts';
import type { Settings } from './settings.ts';

export interface StartMessage {
  readonly settings: Settings;
  /** Factor for pixel bytes before they enter the network. */
  readonly inputScale: number;
  /** Weights or epochs to continue from. */
  readonly from: FitStart;
  /** Null unless the settings use them. */
  readonly corrections: CorrectedImages | null;
  /** Threads for the engine. */
  readonly threads: number;
  /** Buffer of `Counters`. */
  readonly counters: SharedArrayBuffer;
}

export interface EpochMessage extends EpochReport {
  readonly type: 'epoch';
}

/** The last message: the engine is gone, the thread may end. */
export interface EndMessage {
  readonly type: 'end';
  readonly ending: Omit<FitEnding, 'bestEpoch'>;
}

export type TrainerMessage = EpochMessage | EndMessage;
