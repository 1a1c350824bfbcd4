import { mkdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { FastifyBaseLogger } from 'fastify';
import type { Config } from './config.ts';
import { absentReason, createEngine } from './engines/create-engine.ts';
import { CodedError } from './errors.ts';
import { EngineSpeeds } from './queue/engine-speeds.ts';
import { Expiry } from './queue/expiry.ts';
import { SweepService } from './queue/sweep-service.ts';
import { TrainingService } from './queue/training-service.ts';
import type { Model } from './recognition/model.ts';
import { ModelChoice } from './recognition/model-choice.ts';
import { readModel, readShippedModel } from './recognition/model-reader.ts';
import { Reader } from './recognition/reader.ts';
import { RecognitionService } from './recognition/recognition-service.ts';
import { isOpen } from './roles.ts';
import { CorrectionStore } from './store/correction-store.ts';
import type { Database } from './store/database.ts';
import { PersonStore } from './store/person-store.ts';
import { RunStore } from './store/run-store.ts';
import { SignedOutStore } from './store/signed-out-store.ts';
import { SpeedStore } from './store/speed-store.ts';
import { databaseFile } from './store/sqlite/database-file.ts';
import { FolderLock } from './store/sqlite/folder-lock.ts';
import { openSqlite } from './store/sqlite/sqlite-database.ts';
import { copyBeforeUpgrade } from './store/sqlite/upgrade-copy.ts';
import { SweepStore } from './store/sweep-store.ts';

/** What the routes work with; made once, closed with the app. */
export interface Workbench {
  readonly config: Config;
  readonly store: RunStore;
  readonly corrections: CorrectionStore;
  readonly signedOut: SignedOutStore;
  readonly people: PersonStore;
  readonly training: TrainingService;
  readonly sweeps: SweepService;
  readonly recognition: RecognitionService;
  /** Reads what is sent, by the model that serves. */
  readonly reader: Reader;
  /** Which engines this machine has and how fast each is; begins to look when told to. */
  readonly speeds: EngineSpeeds;
  /** Which model reads whose drawings. */
  readonly choice: ModelChoice;
  close(): Promise<void>;
}

/** @throws CodedError when the data folder, the database or the weights cannot be used */
export async function openWorkbench(config: Config, log: FastifyBaseLogger): Promise<Workbench> {
  makeFolder(config.dataDir);
  const lock = await FolderLock.take(config.dataDir, {
    log,
    onWait: (holder) => console.log(`Another server has the data folder (${holder}): waiting for its end.`),
  });
  try {
    return await openUnder(lock, config, log);
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function openUnder(lock: FolderLock, config: Config, log: FastifyBaseLogger): Promise<Workbench> {
  const { database, release } = await openDatabase(config, log);
  const store = new RunStore(database);
  const corrections = new CorrectionStore(database);
  const { threads } = config;
  const training = new TrainingService({ store, corrections, threads, log });
  const sweepStore = new SweepStore(database);
  const sweeps = new SweepService({ store, sweeps: sweepStore, training, log });
  const recognition = new RecognitionService({ createEngine });
  const reader = new Reader({ recognition });
  const speeds = new EngineSpeeds({
    store: new SpeedStore(database),
    threads,
    log,
    isIdle: async () => (await store.inState('running')).length === 0,
    absentReason,
  });

  const choice = new ModelChoice({
    store,
    recognition,
    shipped: await readShippedModel(),
    file: config.model === null ? null : await readNamedModel(config.model),
    isOpen: isOpen(config),
    log,
  });
  training.on('finished', (run) => choice.ended(run));

  await speeds.open();
  await choice.open();
  await sweeps.start();
  await training.start();
  const { keepDays } = config;
  const expiry =
    keepDays === null ? null : new Expiry({ store, corrections, sweeps: sweepStore, days: keepDays, log });
  expiry?.start();
  return {
    config,
    store,
    corrections,
    signedOut: new SignedOutStore(database),
    people: new PersonStore(database),
    training,
    sweeps,
    recognition,
    reader,
    speeds,
    choice,
    close,
  };

  /** Training first: it writes its last words to the store. */
  async function close(): Promise<void> {
    await expiry?.close();
    await speeds.close();
    await training.close();
    sweeps.close();
    await reader.close();
    await recognition.close();
    await store.close();
    await release();
    lock.release();
  }
}

interface Opened {
  readonly database: Database;
  /** Lets another server have it. */
  release(): Promise<void>;
}

/** The file in the data folder, which is locked with that, or what DATABASE_URL names. */
async function openDatabase({ dataDir, databaseUrl }: Config, log: FastifyBaseLogger): Promise<Opened> {
  if (databaseUrl !== null) {
    // Only whoever uses it loads it.
    const { openPostgres } = await import('./store/postgres/open.ts');
    return openPostgres(databaseUrl, {
      log,
      onWait: () => console.log('Another server has the database: waiting for its end.'),
    });
  }
  const file = databaseFile(dataDir);
  const database = openSqlite(file, (db, version) => {
    const copy = copyBeforeUpgrade(db, file, version);
    log.warn(
      `The database is upgraded; as it was, it is kept as ${copy}. To go back: stop this server, and with the program before run "npm run restore -- ${copy}".`,
    );
  });
  return { database, release: async () => {} };
}

/**
 * The model that MODEL names; tells on the console what it is.
 *
 * @throws CodedError when it cannot be read
 */
async function readNamedModel(file: string): Promise<Model> {
  const { model, sentence } = await readModel(file).catch((error) => {
    throw error instanceof CodedError ? named('MODEL', error) : error;
  });
  console.log(sentence);
  return model;
}

/** The same error, beginning with the variable that is to be changed. */
function named(variable: string, { code, status, message, cause }: CodedError): CodedError {
  return new CodedError({ code, status, message: `${variable}: ${message}`, cause });
}

/** @throws CodedError when it cannot be */
function makeFolder(folder: string): void {
  if (folder === ':memory:') return;
  try {
    makeFolders(path.resolve(folder));
  } catch (cause) {
    const message = 'DATA_DIR must be a folder that can be made and written.';
    throw new CodedError({ code: 'DATA_DIR', status: 500, message, cause });
  }
}

/** As `mkdir -p`. Node's own never returns where the system makes no folders, as below /proc. */
function makeFolders(folder: string): void {
  if (isFolder(folder)) return;
  makeFolders(path.dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    // Another server may have made it at the same moment.
    if (!isFolder(folder)) throw error;
  }
}

const isFolder = (folder: string) => statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true;
