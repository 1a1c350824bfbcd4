import { EventEmitter } from 'node:events';
import { mkdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { FastifyBaseLogger } from 'fastify';
import type { Config } from './config.ts';
import { absentReason, createEngine } from './engines/create-engine.ts';
import { CodedError } from './errors.ts';
import { EngineSpeeds } from './queue/engine-speeds.ts';
import { Expiry } from './queue/expiry.ts';
import { SweepDecisions } from './queue/sweep-decisions.ts';
import { SweepService } from './queue/sweep-service.ts';
import { TrainingService } from './queue/training-service.ts';
import { Examiner } from './recognition/examiner.ts';
import type { Model } from './recognition/model.ts';
import { ModelChoice, type ModelChoiceEvents } from './recognition/model-choice.ts';
import { readModel, readShippedModel } from './recognition/model-reader.ts';
import { Reader } from './recognition/reader.ts';
import { RecognitionService } from './recognition/recognition-service.ts';
import { isOpen } from './roles.ts';
import { DEFAULT_ROOM, type Room } from './rooms/room.ts';
import { CorrectionStore } from './store/correction-store.ts';
import type { Database } from './store/database.ts';
import { PersonStore } from './store/person-store.ts';
import { RoomStore } from './store/room-store.ts';
import { RunStore } from './store/run-store.ts';
import { ServiceStore } from './store/service-store.ts';
import { SignedOutStore } from './store/signed-out-store.ts';
import { SpeedStore } from './store/speed-store.ts';
import { databaseFile } from './store/sqlite/database-file.ts';
import { FolderLock } from './store/sqlite/folder-lock.ts';
import { openSqlite } from './store/sqlite/sqlite-database.ts';
import { copyBeforeUpgrade } from './store/sqlite/upgrade-copy.ts';
import { SweepStore } from './store/sweep-store.ts';

/** What the routes of a room work with. */
export interface Workbench {
  readonly config: Config;
  /** As it is now. */
  readonly room: Room;
  readonly store: RunStore;
  readonly corrections: CorrectionStore;
  readonly people: PersonStore;
  /** Trains the runs of all rooms. */
  readonly training: TrainingService;
  readonly sweeps: SweepService;
  readonly recognition: RecognitionService;
  /** Reads what is sent, by the model that serves. */
  readonly reader: Reader;
  /** Which engines this machine has and how fast each is; begins to look when told to. */
  readonly speeds: EngineSpeeds;
  /** Which model reads whose drawings. */
  readonly choice: ModelChoice;
  /** Lets models answer whole sets of images. */
  readonly examiner: Examiner;
}

/** The rooms with their workbenches; made once, closed with the app. */
export interface Workbenches {
  readonly config: Config;
  readonly rooms: RoomStore;
  /** The runs of all rooms. */
  readonly store: RunStore;
  readonly training: TrainingService;
  readonly signedOut: SignedOutStore;
  /** Tells of each model that comes into service, in any room. */
  readonly services: EventEmitter<ModelChoiceEvents>;
  /** Of the default room. */
  readonly byDefault: Workbench;
  /** A room's; opened when it is first asked for. */
  in(room: Room): Promise<Workbench>;
  /** Deletes a room, by emptying it first. Should that fail, it is there as before, with what is left. */
  delete(room: Room, empty: (workbench: Workbench) => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

/** @throws CodedError when the data folder, the database or the weights cannot be used */
export async function openWorkbenches(config: Config, log: FastifyBaseLogger): Promise<Workbenches> {
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

async function openUnder(lock: FolderLock, config: Config, log: FastifyBaseLogger): Promise<Workbenches> {
  const { database, release } = await openDatabase(config, log);
  const { threads, keepDays, model } = config;
  const rooms = await RoomStore.open(database);
  const store = new RunStore(database);
  const corrections = new CorrectionStore(database);
  const sweepStore = new SweepStore(database);
  const training = new TrainingService({ store, corrections, threads, log });
  const decisions = new SweepDecisions({ store, sweeps: sweepStore, training, log });
  const speeds = new EngineSpeeds({
    store: new SpeedStore(database),
    threads,
    log,
    isIdle: async () => (await training.running()).length === 0,
    absentReason,
  });
  const [shipped, file] = [await readShippedModel(), model === null ? null : await readNamedModel(model)];
  const recognition = new RecognitionService({ createEngine });
  const reader = new Reader({ recognition });
  const examiner = new Examiner();
  const services = new EventEmitter<ModelChoiceEvents>();
  const opened = new Map<number, Promise<Workbench>>();

  await speeds.open();
  const byDefault = await openRoom(rooms.get(DEFAULT_ROOM)!, recognition, reader);
  opened.set(DEFAULT_ROOM, Promise.resolve(byDefault));
  training.on('finished', async (run) => {
    const room = rooms.get(run.room);
    if (room) (await inRoom(room)).choice.ended(run);
  });
  await decisions.start();
  await training.start();
  const expiry =
    keepDays === null ? null : new Expiry({ store, corrections, sweeps: sweepStore, days: keepDays, log });
  expiry?.start();
  return {
    config,
    rooms,
    store,
    training,
    signedOut: new SignedOutStore(database),
    services,
    byDefault,
    in: inRoom,
    delete: deleteRoom,
    close,
  };

  function inRoom(room: Room): Promise<Workbench> {
    const known = opened.get(room.id);
    if (known) return known;
    const service = new RecognitionService({ createEngine });
    const opening = openRoom(room, service, reader.with(service));
    opened.set(room.id, opening);
    // Tried again by the next client.
    opening.catch(() => opened.delete(room.id));
    return opening;
  }

  async function openRoom(room: Room, recognition: RecognitionService, reader: Reader): Promise<Workbench> {
    const { id } = room;
    const own = { store: store.in(id), corrections: corrections.in(id) };
    const choice = new ModelChoice({
      store: own.store,
      services: new ServiceStore(database, id),
      recognition,
      shipped,
      file,
      beginsWithFile: id === DEFAULT_ROOM,
      promotes: isOpen(config) && config.promote === 'auto',
      log,
    });
    await choice.open();
    choice.on('service', (service, model) => services.emit('service', service, model));
    return {
      config,
      get room() {
        return rooms.get(id) ?? room;
      },
      ...own,
      people: new PersonStore(database, id),
      training,
      sweeps: new SweepService({ store: own.store, sweeps: sweepStore.in(id), training, decisions }),
      recognition,
      reader,
      speeds,
      choice,
      examiner,
    };
  }

  async function deleteRoom(room: Room, empty: (workbench: Workbench) => Promise<void>): Promise<void> {
    const workbench = await inRoom(room);
    // Nothing may be added meanwhile.
    const reopen = rooms.close(room.id);
    try {
      await empty(workbench);
      await rooms.delete(room.id);
    } catch (error) {
      reopen();
      throw error;
    }
    opened.delete(room.id);
    await workbench.recognition.close();
  }

  /** Training first: it writes its last words to the store. */
  async function close(): Promise<void> {
    await expiry?.close();
    await speeds.close();
    await training.close();
    decisions.close();
    await reader.close();
    await examiner.close();
    for (const workbench of await Promise.all(opened.values())) await workbench.recognition.close();
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
