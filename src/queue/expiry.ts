import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CorrectionStore } from '../store/correction-store.ts';
import type { RunStore } from '../store/run-store.ts';
import type { SweepStore } from '../store/sweep-store.ts';
import type { Log } from './training-service.ts';

export interface ExpiryOptions {
  readonly store: RunStore;
  readonly corrections: CorrectionStore;
  readonly sweeps: SweepStore;
  /** Age at which something expires. */
  readonly days: number;
  readonly log: Log;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Deletes unpinned runs, corrections and empty sweeps once they are old enough. */
export class Expiry {
  readonly #options: ExpiryOptions;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();
  #isOpen = true;

  constructor(options: ExpiryOptions) {
    this.#options = options;
  }

  /** Checks now and every hour. An error of the store is logged, and the next check tries again. */
  start(): void {
    const look = () => {
      this.#looking = this.look().catch((error) => {
        this.#options.log.error({ err: error }, 'Expired runs and corrections could not be deleted');
      });
    };
    look();
    this.#timer = setInterval(look, HOUR_MS).unref();
  }

  /** Deletes in small steps, so that requests are answered in between. */
  async look(): Promise<void> {
    const { store, corrections, sweeps, days, log } = this.#options;
    const before = new Date(Date.parse(await store.now()) - days * DAY_MS).toISOString();
    const gone = { runs: 0, corrections: 0, sweeps: 0 };
    for (const id of await store.endedBefore(before)) {
      if (!this.#isOpen) return;
      // One resumed or put into service meanwhile is kept.
      if (await store.delete(id)) gone.runs++;
      await nextTurn();
    }
    for (let some = 1; some > 0 && this.#isOpen; await nextTurn()) {
      some = await corrections.deleteSome({ before });
      gone.corrections += some;
    }
    if (!this.#isOpen) return;
    gone.sweeps = await sweeps.deleteEmpty(before);
    if (gone.runs + gone.corrections + gone.sweeps === 0) return;
    await store.scrub();
    log.info(gone, `Expired after ${days} days and deleted`);
  }

  async close(): Promise<void> {
    this.#isOpen = false;
    clearInterval(this.#timer);
    await this.#looking;
  }
}
