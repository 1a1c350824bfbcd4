export interface WatchdogOptions {
  /** Milliseconds without a movement that are too many. */
  readonly limit: number;
  /** Something that changes as long as all is well. */
  readonly position: () => number;
  readonly hung: () => void;
}

/** So often it looks while the limit passes. */
const LOOKS = 10;

/**
 * Tells, once, when something no longer moves. It counts how often it has looked in vain, not the time that passed: a
 * machine that slept, or was too busy to look, has not waited.
 */
export class Watchdog {
  readonly #timer: NodeJS.Timeout;

  constructor({ limit, position, hung }: WatchdogOptions) {
    let last = position();
    let inVain = 0;
    this.#timer = setInterval(() => {
      const now = position();
      inVain = now === last ? inVain + 1 : 0;
      last = now;
      if (inVain < LOOKS) return;
      this.stop();
      hung();
    }, limit / LOOKS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
