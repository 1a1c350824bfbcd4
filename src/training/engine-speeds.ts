import { cpus } from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { ENGINES, type EngineName } from '../engines/engine.ts';
import type { SpeedStore } from '../store/speed-store.ts';
import type { EngineSpeed } from './engine-speed.ts';
import type { MeasuredMessage, MeasureMessage } from './speed-worker.ts';
import type { Log } from './training-service.ts';

export interface EngineSpeedsOptions {
  readonly store: SpeedStore;
  readonly threads: number;
  readonly log: Log;
  /** Is nothing being trained? Measured beside a run, both would be slow. */
  readonly isIdle: () => boolean;
  /** Sentence why an engine is not on this machine; null when it may be. Asked once, at the start. */
  readonly absentReason?: (name: EngineName) => string | null;
  /** Entry of the measuring thread. */
  readonly workerUrl?: URL;
}

/** What is known of one engine on this machine; both null while nobody has looked. */
export interface KnownEngine {
  readonly name: EngineName;
  readonly speed: EngineSpeed | null;
  /** Sentence why it is not here and what to do. */
  readonly absent: string | null;
}

const WORKER_URL = new URL(`./speed-worker${path.extname(import.meta.url)}`, import.meta.url);
/** Looks again so often whether a run has ended. */
const RETRY_MS = 5_000;

/** Which engines this machine has and how fast each trains: looked up, or measured beside everything else. */
export class EngineSpeeds {
  readonly #options: EngineSpeedsOptions;
  readonly #machine: string;
  readonly #known: Map<EngineName, KnownEngine>;
  #measuring: Worker | null = null;
  #retry: NodeJS.Timeout | undefined;
  /** Ends the wait for a run to end. */
  #wake: () => void = () => {};
  #isOpen = true;

  constructor(options: EngineSpeedsOptions) {
    this.#options = options;
    this.#machine = `${cpus()[0]?.model ?? 'unknown'}, ${options.threads} threads, Node ${process.versions.node}`;
    this.#known = new Map(
      ENGINES.map((name) => {
        const absent = options.absentReason?.(name) ?? null;
        return [name, { name, speed: absent ? null : options.store.get(name, this.#machine), absent }];
      }),
    );
  }

  list(): KnownEngine[] {
    return [...this.#known.values()];
  }

  get(name: EngineName): KnownEngine {
    return this.#known.get(name)!;
  }

  /** Looks at every engine in turn, in a thread; resolves when all are known. A speed that is known is not measured. */
  async start(): Promise<void> {
    for (const { name, speed, absent } of this.list()) {
      if (speed !== null || absent !== null) continue;
      await this.#idle();
      if (!this.#isOpen) return;
      await this.#look(name);
    }
  }

  async close(): Promise<void> {
    this.#isOpen = false;
    clearTimeout(this.#retry);
    this.#wake();
    await this.#measuring?.terminate();
  }

  async #idle(): Promise<void> {
    while (this.#isOpen && !this.#options.isIdle()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        this.#retry = setTimeout(resolve, RETRY_MS).unref();
      });
    }
  }

  async #look(name: EngineName): Promise<void> {
    const { store, threads, log, workerUrl = WORKER_URL } = this.#options;
    const workerData: MeasureMessage = { engine: name, threads };
    const worker = new Worker(workerUrl, { workerData, execArgv: [] });
    this.#measuring = worker;
    try {
      const { speed = null, absent = null } = await answerOf(worker);
      // Measured beside a run that began meanwhile, it is no measure: the next start tries again.
      const isMeasure = speed !== null && this.#isOpen && this.#options.isIdle();
      this.#known.set(name, { name, speed: isMeasure ? speed : null, absent });
      if (isMeasure) store.put(name, this.#machine, speed);
    } catch (error) {
      if (!this.#isOpen) return;
      log.error({ err: error }, `the ${name} engine could not be measured`);
      this.#known.set(name, { name, speed: null, absent: 'It does not run here; the log says why.' });
    }
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
