/** Rows of the database → domain objects; the only place that knows its column names. */

import type { Message } from '../catalogue/catalogue.ts';
import { CodedError } from '../errors.ts';
import type { Owner, Parent, RunState, RunSummary } from '../runs/run.ts';
import type { Checkpoint } from '../training/checkpoint.ts';
import type { Epoch } from '../training/epoch.ts';
import { DEFAULT_SETTINGS, type Settings } from '../training/settings.ts';
import type { Row, Value } from './database.ts';

/** Of a run, without the weights it began with and the bits of its test. */
export const SELECT_RUNS = `SELECT id, state, settings, created_at, started_at, ended_at, best_epoch, test_loss, test_accuracy,
  room, reason, attempts, fence, stop_asked_at, resumes, owner, owner_name, corrections, name, note, pinned, sweep_id, pause_after, serve,
  stopped_early, parent_name, parent_run, parent_epoch, starts.epochs AS parent_epochs, comparisons,
  best.val_loss AS best_val_loss, best.val_accuracy AS best_val_accuracy,
  (SELECT coalesce(max(epoch), 0) FROM epochs WHERE epochs.run_id = id) AS epochs_done,
  (SELECT coalesce(sum(seconds), 0) FROM epochs WHERE epochs.run_id = id) AS seconds
  FROM runs LEFT JOIN starts ON starts.run_id = id LEFT JOIN epochs AS best ON best.run_id = id AND best.epoch = best_epoch`;

/** A setting that is younger than the run has its default, which is what runs did before there was a choice. */
export function toSettings(row: Row): Settings {
  return { ...DEFAULT_SETTINGS, ...(JSON.parse(row.settings as string) as Partial<Settings>) };
}

export function toSummary(row: Row): RunSummary {
  return {
    id: row.id as number,
    room: row.room as number,
    state: row.state as RunState,
    settings: toSettings(row),
    createdAt: row.created_at as string,
    startedAt: row.started_at as string | null,
    endedAt: row.ended_at as string | null,
    epochsDone: row.epochs_done as number,
    bestEpoch: row.best_epoch as number | null,
    bestValLoss: row.best_val_loss as number | null,
    bestValAccuracy: row.best_val_accuracy as number | null,
    seconds: row.seconds as number,
    testLoss: row.test_loss as number | null,
    testAccuracy: row.test_accuracy as number | null,
    reason: row.reason as string | null,
    attempts: row.attempts as number,
    fence: row.fence as number,
    stopping: row.state === 'running' && row.stop_asked_at !== null,
    resumes: row.resumes === 1,
    parent: toParent(row),
    comparisons: JSON.parse((row.comparisons as string | null) ?? '[]'),
    owner: toOwner(row),
    corrections: JSON.parse((row.corrections as string | null) ?? 'null'),
    name: row.name as string,
    note: row.note as string,
    pinned: row.pinned === 1,
    sweepId: row.sweep_id as number | null,
    pauseAfter: row.pause_after as number | null,
    stoppedEarly: row.stopped_early === 1,
    serve: row.serve === null ? null : row.serve === 1,
  };
}

export function toOwner({ owner, owner_name }: Row): Owner | null {
  return owner === null ? null : { id: owner as string, name: (owner_name as string | null) ?? '' };
}

function toParent(row: Row): Parent | null {
  if (row.parent_name === null) return null;
  return {
    name: row.parent_name as string,
    runId: row.parent_run as number | null,
    epoch: row.parent_epoch as number | null,
    epochs: row.parent_epochs as number,
  };
}

export function toEpoch({ epoch, loss, accuracy, val_loss, val_accuracy, seconds }: Row): Epoch {
  return { epoch, loss, accuracy, val_loss, val_accuracy, seconds } as unknown as Epoch;
}

export function toCheckpoint(row: Row): Checkpoint {
  const slots = toFloats(row.slots);
  const names = JSON.parse(row.slot_names as string) as string[];
  const size = slots.length / names.length;
  return {
    weights: toFloats(row.weights),
    slots: Object.fromEntries(names.map((name, i) => [name, slots.slice(i * size, (i + 1) * size)])),
    step: row.step as number,
    random: JSON.parse(row.random as string) as number[],
  };
}

/**
 * Copies, because a blob need not lie on a float's border.
 *
 * @throws CodedError STORE_DAMAGED when it ends amid a float
 */
export function toFloats(blob: Value): Float32Array {
  if ((blob as Uint8Array).length % 4 !== 0) {
    const message: Message = ['errors.weightsInTheDatabaseAre'];
    throw new CodedError({ code: 'STORE_DAMAGED', status: 500, message });
  }
  return new Float32Array(Uint8Array.from(blob as Uint8Array).buffer);
}

/** A float array as it lies in a blob, without copying. */
export const bytes = ({ buffer, byteOffset, byteLength }: Float32Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);
