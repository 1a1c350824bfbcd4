import { Worker } from 'node:worker_threads';
import { type Counted, Counters } from './counters.ts';
import type { EndMessage, EpochMessage, StartMessage, TrainerMessage } from './messages.ts';

/** How a thread ended: with its end message, or with what went wrong. */
export type ThreadEnd =
  | { readonly ending: EndMessage['ending']; readonly error?: never }
  | { readonly ending?: never; readonly error: Error };

/** The thread that trains one run, as the answering thread sees it. */
export class TrainerThread {
  /** Resolves when the thread is gone, whatever ended it; never rejects. */
  readonly ended: Promise<ThreadEnd>;
  readonly #counters = new Counters();
  readonly #worker: Worker;

  /** @param heardEpoch its failure ends the thread, with that error */
  constructor(
    entry: URL,
    start: Omit<StartMessage, 'counters'>,
    heardEpoch: (message: EpochMessage) => void,
  ) {
    const workerData: StartMessage = { ...start, counters: this.#counters.buffer };
    // Loaders that the process was started with (a test runner's) would only delay the thread.
    this.#worker = new Worker(entry, { workerData, execArgv: [] });
    this.ended = this.#follow(heardEpoch);
  }

  get counted(): Counted {
    return this.#counters.read();
  }

  get stopRequested(): boolean {
    return this.#counters.stopRequested;
  }

  /** It will end by itself, after the batch it is at. */
  requestStop(): void {
    this.#counters.requestStop();
  }

  /** Ends it at once, whatever it does. */
  terminate(): void {
    void this.#worker.terminate();
  }

  /** Every end comes with 'exit' as the last event; what came before it says why. */
  #follow(heardEpoch: (message: EpochMessage) => void): Promise<ThreadEnd> {
    const { promise, resolve } = Promise.withResolvers<ThreadEnd>();
    let end: ThreadEnd | null = null;
    const endWith = (reason: ThreadEnd) => {
      end ??= reason;
      this.terminate();
    };
    this.#worker.on('message', (message: TrainerMessage) => {
      if (end !== null) return;
      if (message.type === 'end') return endWith({ ending: message.ending });
      try {
        heardEpoch(message);
      } catch (error) {
        endWith({ error: error as Error });
      }
    });
    this.#worker.on('messageerror', (error) => endWith({ error }));
    this.#worker.on('error', (error) => endWith({ error: error as Error }));
    this.#worker.on('exit', (code) =>
      resolve(end ?? { error: new Error(`The training thread ended without a message, with code ${code}.`) }),
    );
    return promise;
  }
}
