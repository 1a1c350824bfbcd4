/**
 * Long work on a shared thread: cut into steps and done in time slices, in turn with other work, so that requests are
 * answered in between.
 */

import { setImmediate as nextTurn } from 'node:timers/promises';

/** Most milliseconds in one turn of the event loop, apart from the current step. */
const SLICE_MS = 5;
/** The same for items that are passed on, since the receiver computes too. */
const ITEMS_MS = 2;

/** Work that pauses after each step; a step should take two milliseconds at most. */
export type Steps<Result> = Generator<void, Result, void>;

interface Job {
  /** @returns true when it is done */
  step(): boolean;
}

export class TimeSlices {
  readonly #waiting: Job[] = [];
  /** Milliseconds used of this turn of the event loop. */
  #spent = 0;
  #isScheduled = false;

  /**
   * Starts at once if there is time left in this turn, else in its turn.
   *
   * @throws whatever the work throws
   */
  run<Result>(steps: Steps<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      const job = jobOf(steps, resolve, reject);
      if (this.#waiting.length > 0 || !this.#goOn(job)) this.#waiting.push(job);
      this.#schedule();
    });
  }

  /** As `run`, but starts in the next turn, together with any work added until then. */
  runNext<Result>(steps: Steps<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push(jobOf(steps, resolve, reject));
      this.#schedule();
    });
  }

  /** As many steps as there is time for. @returns true when it is done */
  #goOn(job: Job): boolean {
    while (this.#spent < SLICE_MS) if (this.#step(job)) return true;
    return false;
  }

  #step(job: Job): boolean {
    const begun = performance.now();
    const isDone = job.step();
    this.#spent += performance.now() - begun;
    return isDone;
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.#turn());
  }

  /** A step of each in turn; at least one, however busy the turn was. */
  #turn(): void {
    this.#isScheduled = false;
    do {
      const job = this.#waiting.shift();
      if (job === undefined) break;
      if (!this.#step(job)) this.#waiting.push(job);
    } while (this.#spent < SLICE_MS);
    this.#spent = 0;
    if (this.#waiting.length > 0) this.#schedule();
  }
}

/** The same items, but other waiting work gets its turn whenever all callers together have used a slice of time. */
export async function* inSlices<Item>(
  items: Iterable<Item> | AsyncIterable<Item>,
): AsyncGenerator<Item, void, undefined> {
  for await (const item of items) {
    yield item;
    if (sinceFirst() >= ITEMS_MS) await nextTurn();
  }
}

let first: number | null = null;

/** Milliseconds since the first call in this turn of the event loop. */
function sinceFirst(): number {
  const now = performance.now();
  if (first === null) {
    first = now;
    setImmediate(() => {
      first = null;
    });
  }
  return now - first;
}

function jobOf<Result>(
  steps: Steps<Result>,
  resolve: (result: Result) => void,
  reject: (error: unknown) => void,
): Job {
  return {
    step() {
      try {
        const { done, value } = steps.next();
        if (done) resolve(value);
        return done === true;
      } catch (error) {
        reject(error);
        return true;
      }
    },
  };
}
