import { cpus } from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { ENGINES, type EngineName } from '../engines/engine.ts';
import type { SpeedStore } from '../store/speed-store.ts';
import type { EngineSpeed } from '../training/engine-speed.ts';
import type { MeasuredMessage, MeasureMessage } from '../training/speed-worker.ts';
import type { Log } from './training-service.ts';

export interface EngineSpeedsOptions {
  readonly store: SpeedStore;
  readonly threads: number;
  readonly log: Log;
  /** Is nothing being trained? Measured beside a run, both would be slow. */
  readonly isIdle: () => Promise<boolean>;
  /** Sentence why an engine is not on this machine; null when it may be. Asked once, at the start. */
  readonly absentReason?: (name: EngineName) => string | null;
  /** Entry of the measuring thread. */
  readonly workerUrl?: URL;
  /** Milliseconds after which something that could not be measured or stored is tried again, then twice as many, and so on. */
  readonly retry?: number;
}

/** What is known of one engine on this machine; both null while nobody has looked. */
export interface KnownEngine {
  readonly name: EngineName;
  readonly speed: EngineSpeed | null;
  /** Sentence why it is not here and what to do. */
  readonly absent: string | null;
}

const WORKER_URL = new URL(`../training/speed-worker${path.extname(import.meta.url)}`, import.meta.url);
/** How often it looks whether a run has ended, in milliseconds. */
const IDLE_MS = 5_000;
const RETRY_MS = 30_000;
const LONGEST_RETRY_MS = 3_600_000;
/** An engine that fails this often in a row does not run here: once may be a machine that was out of memory. */
const MOST_FAILURES = 3;

/**
 * Which engines this machine has and how fast each trains: looked up, or measured beside everything else. An engine is
 * absent only while it cannot run; that its speed cannot be measured or kept is logged and tried again.
 */
export class EngineSpeeds {
  readonly #options: EngineSpeedsOptions;
  readonly #machine: string;
  readonly #known: Map<EngineName, KnownEngine>;
  /** Engines of which there is nothing left to learn. */
  readonly #settled = new Set<EngineName>();
  readonly #failures = new Map<EngineName, number>();
  #measuring: Worker | null = null;
  #timer: NodeJS.Timeout | undefined;
  /** Ends a wait at once. */
  #wake: () => void = () => {};
  #isOpen = true;

  constructor(options: EngineSpeedsOptions) {
    this.#options = options;
    this.#machine = `${cpus()[0]?.model ?? 'unknown'}, ${options.threads} threads, Node ${process.versions.node}`;
    this.#known = new Map(
      ENGINES.map((name) => {
        const absent = options.absentReason?.(name) ?? null;
        if (absent !== null) this.#settled.add(name);
        return [name, { name, speed: null, absent }];
      }),
    );
  }

  /** Recalls the speeds that are stored. */
  async open(): Promise<void> {
    for (const { name, absent } of this.list()) {
      const speed = absent === null ? await this.#options.store.get(name, this.#machine) : null;
      if (speed === null) continue;
      this.#known.set(name, { name, speed, absent });
      this.#settled.add(name);
    }
  }

  list(): KnownEngine[] {
    return [...this.#known.values()];
  }

  get(name: EngineName): KnownEngine {
    return this.#known.get(name)!;
  }

  /**
   * Looks at every engine in turn, in a thread; resolves when all are known, or when it is closed. A speed that is known is
   * not measured. Never rejects.
   */
  async start(): Promise<void> {
    let { retry = RETRY_MS } = this.#options;
    for (; await this.#look(); retry = Math.min(2 * retry, LONGEST_RETRY_MS)) await this.#wait(retry);
  }

  async close(): Promise<void> {
    this.#isOpen = false;
    clearTimeout(this.#timer);
    this.#wake();
    await this.#measuring?.terminate();
  }

  /** Looks once at each engine that is not known. @returns whether it should look again */
  async #look(): Promise<boolean> {
    for (const name of ENGINES.filter((engine) => !this.#settled.has(engine))) {
      try {
        await this.#idle();
        if (!this.#isOpen) return false;
        await this.#lookAt(name);
      } catch (error) {
        if (!this.#isOpen) return false;
        this.#options.log.error({ err: error }, `the ${name} engine could not be measured`);
      }
    }
    return this.#isOpen && this.#settled.size < ENGINES.length;
  }

  async #idle(): Promise<void> {
    while (this.#isOpen && !(await this.#options.isIdle())) await this.#wait(IDLE_MS);
  }

  async #lookAt(name: EngineName): Promise<void> {
    const { store, isIdle } = this.#options;
    // One that is known was not stored.
    let { speed } = this.get(name);
    if (speed === null) {
      const { speed: measured = null, absent = null } = await this.#measure(name);
      if (!this.#isOpen) return;
      this.#known.set(name, { name, speed: null, absent });
      // Measured beside a run that began meanwhile, it measures nothing.
      if (measured !== null && (await isIdle())) speed = measured;
      if (absent !== null) this.#settled.add(name);
    }
    if (speed === null) return;
    this.#known.set(name, { name, speed, absent: null });
    await store.put(name, this.#machine, speed);
    this.#settled.add(name);
  }

  async #measure(name: EngineName): Promise<MeasuredMessage> {
    const { threads, workerUrl = WORKER_URL } = this.#options;
    const workerData: MeasureMessage = { engine: name, threads };
    try {
      this.#measuring = new Worker(workerUrl, { workerData, execArgv: [] });
      return await answerOf(this.#measuring);
    } catch (error) {
      const failures = (this.#failures.get(name) ?? 0) + 1;
      this.#failures.set(name, failures);
      if (failures >= MOST_FAILURES) {
        this.#known.set(name, { name, speed: null, absent: 'It does not run here; the log says why.' });
      }
      throw error;
    }
  }

  async #wait(milliseconds: number): Promise<void> {
    if (!this.#isOpen) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      this.#timer = setTimeout(resolve, milliseconds).unref();
    });
  }
}

function answerOf(worker: Worker): Promise<MeasuredMessage> {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) =>
      reject(new Error(`The measuring thread ended without an answer, with code ${code}.`)),
    );
  });
}
