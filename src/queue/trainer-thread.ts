import { Worker } from 'node:worker_threads';
import type { CorrectedImages } from '../training/correction-sets.ts';
import type { Counted, Counters } from '../training/counters.ts';
import type { EndMessage, EpochMessage, StartMessage, TrainerMessage } from '../training/messages.ts';
import { HungError, StopIgnoredError } from './run-endings.ts';
import { Watchdog } from './watchdog.ts';

/** How a thread ended: with its end message, or with what went wrong. */
export type ThreadEnd =
  | { readonly ending: EndMessage['ending']; readonly error?: never }
  | { readonly ending?: never; readonly error: Error };

/** How long it is waited for a thread that does not go on by itself, in milliseconds. */
export interface ThreadLimits {
  /** Without a batch or an epoch. The data are read, or an epoch validated, in a fraction of it. */
  readonly silence: number;
  /** After it was asked to stop: for the batch it is at, and the test. */
  readonly stop: number;
}

export const THREAD_LIMITS: ThreadLimits = { silence: 5 * 60_000, stop: 60_000 };

/** The thread that trains one run, as the answering thread sees it. */
export class TrainerThread {
  /** Resolves when the thread is gone, whatever ended it; never rejects. */
  readonly ended: Promise<ThreadEnd>;
  readonly #counters: Counters;
  readonly #limits: ThreadLimits;
  readonly #worker: Worker;
  #stopTimer: NodeJS.Timeout | undefined;
  #epochsHeard = 0;
  #end: ThreadEnd | null = null;

  /** @param heardEpoch its failure ends the thread, with that error */
  constructor(
    entry: URL,
    { counters, ...start }: Omit<StartMessage, 'counters'> & { readonly counters: Counters },
    heardEpoch: (message: EpochMessage) => Promise<void>,
    limits = THREAD_LIMITS,
  ) {
    this.#limits = limits;
    this.#counters = counters;
    const workerData: StartMessage = { ...start, counters: counters.buffer };
    // Loaders that the process was started with (a test runner's) would only delay the thread.
    this.#worker = new Worker(entry, { workerData, transferList: memoryOf(start.corrections), execArgv: [] });
    this.ended = this.#follow(heardEpoch);
  }

  get counted(): Counted {
    return this.#counters.read();
  }

  /** It will end by itself, after the batch it is at; when it does not, it is ended. */
  requestStop(): void {
    if (this.#stopTimer !== undefined) return;
    this.#counters.requestStop();
    const { stop } = this.#limits;
    this.#stopTimer = setTimeout(() => this.#endWith({ error: new StopIgnoredError(stop) }), stop).unref();
  }

  /** Ends it at once, whatever it does. */
  terminate(): void {
    void this.#worker.terminate();
  }

  /** Every end comes with 'exit' as the last event; what came before it says why. */
  #follow(heardEpoch: (message: EpochMessage) => Promise<void>): Promise<ThreadEnd> {
    const { promise, resolve } = Promise.withResolvers<ThreadEnd>();
    const { silence } = this.#limits;
    const watchdog = new Watchdog({
      limit: silence,
      position: () => this.counted.steps + this.#epochsHeard,
      hung: () => this.#endWith({ error: new HungError(silence) }),
    });
    // One after another, in the order in which they were sent.
    let heard = Promise.resolve();
    const hear = async (message: TrainerMessage) => {
      if (this.#end !== null) return;
      if (message.type === 'end') return this.#endWith({ ending: message.ending });
      this.#epochsHeard++;
      await heardEpoch(message);
    };
    this.#worker.on('message', (message: TrainerMessage) => {
      heard = heard.then(() => hear(message)).catch((error) => this.#endWith({ error }));
    });
    this.#worker.on('messageerror', (error) => this.#endWith({ error }));
    this.#worker.on('error', (error) => this.#endWith({ error: error as Error }));
    this.#worker.on('exit', async (code) => {
      watchdog.stop();
      clearTimeout(this.#stopTimer);
      await heard;
      resolve(
        this.#end ?? { error: new Error(`The training thread ended without a message, with code ${code}.`) },
      );
    });
    return promise;
  }

  /** The first reason is the one that counts. */
  #endWith(reason: ThreadEnd): void {
    this.#end ??= reason;
    this.terminate();
  }
}

/** Handed over instead of copied: nobody else needs it. */
function memoryOf(corrections: CorrectedImages | null): ArrayBuffer[] {
  const rooms = corrections === null ? [] : [corrections.learnt, corrections.apart];
  return rooms.flatMap(({ images, labels }) => [images.buffer, labels.buffer] as ArrayBuffer[]);
}
