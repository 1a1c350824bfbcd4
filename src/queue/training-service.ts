import { EventEmitter } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CodedError } from '../errors.ts';
import { type LiveProgress, liveProgress } from '../runs/live-progress.ts';
import type { Claim, Run, RunSummary } from '../runs/run.ts';
import type { RunStart, RunStore } from '../store/run-store.ts';
import { Counters } from '../training/counters.ts';
import type { Ending } from '../training/ending.ts';
import type { Epoch } from '../training/epoch.ts';
import type { EpochMessage } from '../training/messages.ts';
import type { Settings } from '../training/settings.ts';
import {
  closed,
  died,
  failed,
  NotHeldError,
  NotStoredError,
  StopIgnoredError,
  stoppedBefore,
  stoppedByForce,
  waitingStopReason,
} from './run-endings.ts';
import { type ThreadStartOptions, threadCorrections, threadStart } from './thread-start.ts';
import { THREAD_LIMITS, type ThreadEnd, type ThreadLimits, TrainerThread } from './trainer-thread.ts';

export interface TrainingServiceOptions extends ThreadStartOptions {
  readonly store: RunStore;
  readonly log: Log;
  /** Entry of the training thread. */
  readonly workerUrl?: URL;
  readonly limits?: TrainingLimits;
}

export interface TrainingLimits extends ThreadLimits {
  /** Milliseconds after which the store is asked again when it took nothing. */
  readonly retry: number;
}

/** How often a database that is away is asked again, in milliseconds. */
const AWAY_MS = 1_000;

const LIMITS: TrainingLimits = { ...THREAD_LIMITS, retry: 30_000 };

/** As of pino. */
export interface Log {
  info(details: object, message: string): void;
  error(details: object, message: string): void;
}

/** What listeners hear; the next run waits for those that return a promise. */
export interface TrainingEvents {
  /** A run was queued, began or ended. */
  run: [run: Run];
  /** A run finished an epoch, the last of `run.epochs`. */
  epoch: [run: Run];
  /** A run ended by itself or by hand while it ran, and has weights. */
  finished: [run: Run];
}

/** The run that is being trained. */
interface Active {
  readonly run: RunSummary;
  /** Done since it was claimed. */
  readonly epochs: Epoch[];
  readonly counters: Counters;
  /** Null while what it learns from is read. */
  thread: TrainerThread | null;
  /** Resolves when its end is stored. */
  readonly ended: Promise<void>;
}

/** `worker.ts` in the sources, `worker.js` when built. */
const WORKER_URL = new URL(`../training/worker${path.extname(import.meta.url)}`, import.meta.url);

/**
 * Trains the queued runs, one after another, each in a thread of its own. The queue is the store's; this is its only
 * writer. It stores what the thread reports; however the thread ends, the run ends, and the next one begins. A run that
 * the server's end interrupted goes on at the next start, after its last epoch.
 */
export class TrainingService extends EventEmitter<TrainingEvents> {
  readonly #store: RunStore;
  readonly #options: ThreadStartOptions;
  readonly #log: Log;
  readonly #workerUrl: URL;
  readonly #limits: TrainingLimits;
  /** The ending that the store has not taken yet. */
  #unstored: { readonly claim: Claim; readonly ending: Ending } | null = null;
  #isOpen = false;
  #active: Active | null = null;
  /** The run that is being trained, or was last. */
  #latest: Active | null = null;
  #isWorking = false;
  /** There may be a run that waits. */
  #isDue = false;
  #working = Promise.resolve();
  #begun = Promise.resolve();

  constructor(options: TrainingServiceOptions) {
    const { store, log, workerUrl = WORKER_URL, limits = LIMITS } = options;
    super();
    this.#store = store;
    this.#options = options;
    this.#log = log;
    this.#workerUrl = workerUrl;
    this.#limits = limits;
  }

  /** Ends the runs in which the process died, and begins with the queue. Resolves when the first run trains. */
  async start(): Promise<void> {
    this.#isOpen = true;
    await this.#workOff();
  }

  /** A new run: running at once, or queued behind others. Without a start it begins with new weights. */
  async enqueue(settings: Settings, start: RunStart = {}): Promise<Run> {
    const { id } = await this.#store.create(settings, start);
    await this.begin([id]);
    return (await this.#store.get(id))!;
  }

  /** Begins with runs that were put into the store together. */
  async begin(ids: readonly number[]): Promise<void> {
    for (const id of ids) await this.#tell('run', id);
    await this.#workOff();
  }

  /**
   * Stops a run: a waiting one at once, a running one after its batch, or by force after a minute; leaves others alone.
   *
   * @returns the run; null when there is none
   */
  async stop(id: number): Promise<Run | null> {
    const run = await this.#store.summary(id);
    const state = run && (await this.#store.stop(id, waitingStopReason(run)));
    if (state === 'running' && this.#active?.run.id === id) {
      this.#active.counters.requestStop();
      this.#active.thread?.requestStop();
    }
    // Nothing was learnt: whoever waits for runs that finish hears nothing of it.
    else if (state !== null) await this.#tell('run', id);
    return this.#store.get(id);
  }

  /**
   * Goes on with a run that was stopped or interrupted, after its last epoch; others stay as they are.
   *
   * @returns the run; null when there is none
   */
  async resume(id: number): Promise<Run | null> {
    if (await this.#store.requeue(id)) await this.begin([id]);
    return this.#store.get(id);
  }

  /** Goes on with a run that waits for its sweep. @param pauseAfter the epoch after which it waits again */
  async unpause(id: number, pauseAfter: number | null): Promise<void> {
    if (await this.#store.requeue(id, pauseAfter, { paused: true })) await this.begin([id]);
  }

  /** Resolves when a run does not train, or no longer. */
  async ended(id: number): Promise<void> {
    const { run, ended } = this.#latest ?? {};
    if (run?.id === id) await ended;
  }

  /** Tells the listeners of a run that was changed in the store by another hand. */
  changed(id: number): Promise<void> {
    return this.#tell('run', id);
  }

  /** Null unless it is running. Asks no store, so that a timer may call it. */
  live(id: number): LiveProgress | null {
    if (this.#active?.run.id !== id) return null;
    const { run, counters, epochs } = this.#active;
    return liveProgress(counters.read(), run.settings, epochs, run.epochsDone);
  }

  /** The run that is being trained, in whichever room: none or one. */
  running(): Promise<RunSummary[]> {
    return this.#store.inState('running');
  }

  /** Runs of all rooms that wait, in the order in which they will run. */
  queue(): Promise<RunSummary[]> {
    return this.#store.queue();
  }

  /** 1 = next; null unless it waits: queued, or interrupted and going on by itself. */
  async queuePosition(id: number): Promise<number | null> {
    return positionIn(await this.queue(), id);
  }

  /** Ends the running run as interrupted; it and the queued ones wait for the next start. Resolves when the thread is gone. */
  async close(): Promise<void> {
    this.#isOpen = false;
    this.#active?.thread?.terminate();
    await this.#working;
  }

  /**
   * Begins with the queue, unless that is going on. A fault of the store ends it for a while, or until the next run.
   *
   * @returns when the first run of the queue trains, or waits for something else than its turn
   */
  #workOff(): Promise<void> {
    this.#isDue = true;
    if (!this.#isOpen) return Promise.resolve();
    if (this.#isWorking) return this.#begun;
    this.#isWorking = true;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#begun = promise;
    this.#working = this.#trainQueued(resolve)
      .catch((error) => {
        this.#log.error({ err: error }, 'The queue of runs cannot be worked off');
        setTimeout(() => void this.#workOff(), this.#limits.retry).unref();
      })
      .finally(resolve);
    return promise;
  }

  /** @param begun is called when a run trains, or is not ready to */
  async #trainQueued(begun: () => void): Promise<void> {
    try {
      await this.#interruptLost();
      while (this.#isOpen && this.#isDue) {
        this.#isDue = false;
        const run = await this.#store.claim();
        if (run === null) continue;
        this.#isDue = true;
        await this.#train(run, begun);
      }
    } finally {
      // Here and not behind the promise: who enqueues between the two must not wait for ever.
      this.#isWorking = false;
    }
  }

  /** Nothing is being trained now: a run that the store calls running has lost its thread. */
  async #interruptLost(): Promise<void> {
    for (const run of await this.#store.inState('running')) {
      const unstored = this.#unstored?.claim.fence === run.fence && this.#unstored.claim.id === run.id;
      await this.#end(run, unstored ? this.#unstored!.ending : died(run));
    }
  }

  async #train(run: RunSummary, begun: () => void): Promise<void> {
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const active: Active = { run, epochs: [], counters: new Counters(), thread: null, ended };
    this.#active = active;
    this.#latest = active;
    // What it learns from may take a while to be read: whoever asked for it need not wait for that.
    if (run.corrections) begun();
    const end = await this.#runThread(active, begun).catch((error: Error) => ({ error }));
    this.#active = null;
    await this.#end(run, await this.#endingOf(run, end), { hasBegun: active.thread !== null }).finally(
      resolve,
    );
  }

  async #runThread(active: Active, begun: () => void): Promise<ThreadEnd> {
    const { run, counters } = active;
    const corrections = await threadCorrections(this.#options, run);
    const start = await threadStart(this.#options, run, corrections);
    const heard = (message: EpochMessage) => this.#heardEpoch(active, message);
    if (!this.#isOpen) return { error: new Error('The server ends') };
    if (counters.stopRequested) return { ending: stoppedBefore({ ...run, fence: run.fence - 1 }) };
    const thread = new TrainerThread(this.#workerUrl, { ...start, counters }, heard, this.#limits);
    active.thread = thread;
    await this.#tell('run', run.id);
    begun();
    return thread.ended;
  }

  async #heardEpoch({ run, epochs }: Active, { epoch, checkpoint, isBest }: EpochMessage): Promise<void> {
    const keep = () => this.#store.addEpoch(run, epoch, checkpoint, isBest);
    const isKept = await this.#whenThere(keep).catch((cause) => {
      throw new NotStoredError('An epoch could not be stored', { cause });
    });
    if (!isKept) throw new NotHeldError(`Run ${run.id} is no longer this trainer's`);
    epochs.push(epoch);
    await this.#tell('epoch', run.id);
  }

  async #endingOf({ id }: RunSummary, { ending, error }: ThreadEnd): Promise<Ending> {
    if (ending) return ending;
    const run = (await this.#store.summary(id))!;
    if (!this.#isOpen) return closed(run);
    this.#log.error({ err: error, run: id }, `Run ${id} failed`);
    return error instanceof StopIgnoredError ? stoppedByForce(run) : failed(error);
  }

  /** @param options.hasBegun false when nothing was learnt: whoever waits for runs that finish hears nothing of it */
  async #end(claim: Claim, ending: Ending, { hasBegun = true } = {}): Promise<void> {
    const { id } = claim;
    this.#unstored = { claim, ending };
    const isEnded = await this.#whenThere(() => this.#store.end(claim, ending));
    this.#unstored = null;
    const run = await this.#store.summary(id);
    // What was stored, but not said to be, is not stored again.
    if (!isEnded && (run?.fence !== claim.fence || run.state !== ending.state)) {
      return this.#log.error({ run: id }, `Run ${id} had been ended by somebody else`);
    }
    const hasWeights = hasBegun && run!.bestEpoch !== null;
    // First, so that whoever hears of the end and looks which model reads is told of this one.
    if (hasWeights && (ending.state === 'finished' || ending.state === 'stopped')) {
      await this.#tell('finished', id);
    }
    await this.#tell('run', id);
  }

  /** As soon as the database answers again, should it be away. What it does may have been done already. */
  async #whenThere<Result>(work: () => Promise<Result>): Promise<Result> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!this.#isOpen || !(error instanceof CodedError) || error.code !== 'STORE_DOWN') throw error;
        await sleep(AWAY_MS);
      }
    }
  }

  /** Resolves when all listeners have done with it. One that fails must not end a run. */
  async #tell(event: keyof TrainingEvents, id: number): Promise<void> {
    try {
      const run = (await this.#store.get(id))!;
      for (const listener of this.rawListeners(event)) await listener.call(this, run);
    } catch (error) {
      this.#log.error({ err: error, run: id }, `A listener to "${event}" failed`);
    }
  }
}

/** 1 = next; null when the run is not in the queue. */
export function positionIn(queue: readonly RunSummary[], id: number): number | null {
  const index = queue.findIndex((run) => run.id === id);
  return index === -1 ? null : index + 1;
}
