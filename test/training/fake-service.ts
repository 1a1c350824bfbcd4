/** The training service with trainers that are fakes. */
import { once } from 'node:events';
import type { Test } from 'tap';
import { type TrainingLimits, TrainingService } from '../../src/queue/training-service.ts';
import type { Run } from '../../src/runs/run.ts';
import { CorrectionStore } from '../../src/store/correction-store.ts';
import { RunStore } from '../../src/store/run-store.ts';
import { openSqlite } from '../../src/store/sqlite/sqlite-database.ts';
import { DEFAULT_SETTINGS } from '../../src/training/settings.ts';

const FAKE_TRAINER = new URL('../fixtures/trainers/fake-trainer.ts', import.meta.url);

export const settings = (seed = 1, epochs = 2) => ({ ...DEFAULT_SETTINGS, batchsize: 8, epochs, seed });

interface Options {
  readonly file?: string;
  readonly start?: boolean;
  readonly workerUrl?: URL;
  readonly limits?: TrainingLimits;
}

/** A service with fake trainers, closed with its store when the test ends. */
export function build(t: Test, options: Options = {}) {
  const { file = ':memory:', start = true, workerUrl = FAKE_TRAINER, limits } = options;
  const database = openSqlite(file);
  const store = new RunStore(database);
  const corrections = new CorrectionStore(database);
  const errors: { details: { err?: unknown }; message: string }[] = [];
  const log = {
    info: () => {},
    error: (details: object, message: string) => errors.push({ details, message }),
  };
  const service = new TrainingService({
    store,
    corrections,
    threads: 1,
    log,
    workerUrl,
    ...(limits && { limits }),
  });
  const started = start ? service.start() : Promise.resolve();
  let closed = false;
  const close = async () => {
    if (closed) return;
    closed = true;
    await service.close();
    await store.close();
  };
  t.teardown(close);
  return { database, store, service, errors, close, started };
}

/** Resolves with the run when it has ended. */
export async function ended(service: TrainingService, id: number): Promise<Run> {
  for (;;) {
    const [run] = (await once(service, 'run')) as [Run];
    if (run.id === id && run.endedAt !== null) return run;
  }
}
