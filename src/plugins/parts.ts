import { mkdirSync } from 'node:fs';
import type { FastifyBaseLogger } from 'fastify';
import type { Config } from '../config.ts';
import { absentReason, createEngine } from '../engines/create-engine.ts';
import { CodedError } from '../errors.ts';
import type { Model } from '../recognition/model.ts';
import { readModel, readShippedModel } from '../recognition/model-reader.ts';
import { Reader } from '../recognition/reader.ts';
import { RecognitionService } from '../recognition/recognition-service.ts';
import { CorrectionStore } from '../store/correction-store.ts';
import { openDatabase } from '../store/open.ts';
import { RunStore } from '../store/run-store.ts';
import { SignedOutStore } from '../store/signed-out-store.ts';
import { SpeedStore } from '../store/speed-store.ts';
import { SweepStore } from '../store/sweep-store.ts';
import { EngineSpeeds } from '../training/engine-speeds.ts';
import { SweepService } from '../training/sweep-service.ts';
import { TrainingService } from '../training/training-service.ts';
import { databaseFile } from './database-file.ts';

/** What the routes work with; made once, closed with the app. */
export interface OpenParts {
  readonly config: Config;
  readonly store: RunStore;
  readonly corrections: CorrectionStore;
  readonly signedOut: SignedOutStore;
  readonly training: TrainingService;
  readonly sweeps: SweepService;
  readonly recognition: RecognitionService;
  /** Reads what is sent, by the model that serves. */
  readonly reader: Reader;
  /** Which engines this machine has and how fast each is; begins to look when told to. */
  readonly speeds: EngineSpeeds;
  /** Puts a run's best weights into service; null when it has none. */
  serveRun(id: number): Promise<Model | null>;
  /** Puts the model that came with the workbench into service. */
  serveShipped(): Promise<Model>;
  /** Share of MNIST's test images that the model which came with the workbench reads right. */
  readonly shippedAccuracy: number | null;
  /** Resolves when all models that were put into service, also those of runs that have ended, are. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** @throws CodedError when the data folder, the database or the weights cannot be used */
export async function openParts(config: Config, log: FastifyBaseLogger): Promise<OpenParts> {
  makeFolder(config.dataDir);
  const database = openDatabase(databaseFile(config.dataDir));
  const store = new RunStore(database);
  const corrections = new CorrectionStore(database);
  const { threads } = config;
  const training = new TrainingService({ store, corrections, threads, log });
  const sweeps = new SweepService({ store, sweeps: new SweepStore(database), training, log });
  const recognition = new RecognitionService({ createEngine });
  const reader = new Reader({ recognition });
  const speeds = new EngineSpeeds({
    store: new SpeedStore(database),
    threads,
    log,
    isIdle: () => store.inState('running').length === 0,
    absentReason,
  });

  async function serve(model: Model): Promise<Model> {
    const swapped = recognition.serve(model).then(() => {
      store.setServing(model.source.kind === 'run' ? model.source.runId : null);
      return model;
    });
    swap = swapped.catch(() => {});
    return swapped;
  }

  async function serveRun(id: number): Promise<Model | null> {
    const weights = store.model(id);
    if (weights === null) return null;
    const { runId, epoch } = weights;
    const testAccuracy = store.get(id)?.testAccuracy ?? null;
    return serve({ ...weights, source: { kind: 'run', runId, epoch }, testAccuracy });
  }

  const shipped = await readShippedModel();
  const serveShipped = () => serve(shipped);

  let swap: Promise<unknown> = Promise.resolve();
  training.on('finished', (run) => {
    // Who fine-tunes looks first at what was forgotten, who sweeps at the other trials, and then says what is to read.
    if (run.settings.data === 'corrections' || run.sweepId !== null) return;
    swap = serveRun(run.id).catch((error) => log.error(error, `run ${run.id} cannot be put into service`));
  });

  await serveFirst();
  sweeps.start();
  training.start();
  return {
    config,
    store,
    corrections,
    signedOut: new SignedOutStore(database),
    training,
    sweeps,
    recognition,
    reader,
    speeds,
    serveRun,
    serveShipped,
    shippedAccuracy: shipped.testAccuracy,
    settled,
    close,
  };

  async function settled(): Promise<void> {
    // While one swap is waited for, another may be asked for.
    for (let waited: unknown; waited !== swap; await waited) waited = swap;
  }

  /** MODEL, else what was serving when the server ended, else the model that came with the workbench. */
  async function serveFirst(): Promise<void> {
    if (config.model !== null) {
      const { model, sentence } = await readModel(config.model).catch((error) => {
        throw error instanceof CodedError ? named('MODEL', error) : error;
      });
      await recognition.serve(model);
      console.log(sentence);
      return;
    }
    const before = store.servingRun();
    if (before === null || !(await serveBefore(before.id))) await serveShipped();
  }

  /** Damaged weights must not keep the server from starting. */
  async function serveBefore(id: number): Promise<boolean> {
    try {
      return (await serveRun(id)) !== null;
    } catch (error) {
      log.error(error, `Run ${id} cannot read any more: the model that came with the workbench does`);
      return false;
    }
  }

  /** Training first: it writes its last words to the store. */
  async function close(): Promise<void> {
    await speeds.close();
    await training.close();
    sweeps.close();
    await reader.close();
    await recognition.close();
    store.close();
  }
}

/** The same error, beginning with the variable that is to be changed. */
function named(variable: string, { code, status, message, cause }: CodedError): CodedError {
  return new CodedError({ code, status, message: `${variable}: ${message}`, cause });
}

/** @throws CodedError when it cannot be */
function makeFolder(folder: string): void {
  if (folder === ':memory:') return;
  try {
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    const message = 'DATA_DIR must be a folder that can be made and written.';
    throw new CodedError({ code: 'DATA_DIR', status: 500, message, cause });
  }
}
