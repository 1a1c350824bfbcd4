/** Rows of the database → domain objects; the only place that knows its column names. */
import type { SQLOutputValue } from 'node:sqlite';
import type { Settings } from '../training/settings.ts';
import type { Checkpoint, Epoch, Parent, Run, RunState } from './run.ts';

type Row = Record<string, SQLOutputValue>;

export const RUN_COLUMNS = `id, state, settings, created_at, started_at, ended_at, best_epoch, test_loss, test_accuracy,
  reason, attempts, resumes, parent_name, parent_run, parent_epoch, comparisons`;

export function toRun(row: Row, epochs: readonly Epoch[]): Run {
  return {
    id: row.id as number,
    state: row.state as RunState,
    settings: JSON.parse(row.settings as string) as Settings,
    createdAt: row.created_at as string,
    startedAt: row.started_at as string | null,
    endedAt: row.ended_at as string | null,
    epochs,
    bestEpoch: row.best_epoch as number | null,
    testLoss: row.test_loss as number | null,
    testAccuracy: row.test_accuracy as number | null,
    reason: row.reason as string | null,
    attempts: row.attempts as number,
    resumes: row.resumes === 1,
    parent: toParent(row),
    comparisons: JSON.parse((row.comparisons as string | null) ?? '[]'),
  };
}

function toParent(row: Row): Parent | null {
  if (row.parent_name === null) return null;
  return {
    name: row.parent_name as string,
    runId: row.parent_run as number | null,
    epoch: row.parent_epoch as number | null,
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

/** Copies, because a blob need not lie on a float's border. */
export function toFloats(blob: SQLOutputValue): Float32Array {
  return new Float32Array(Uint8Array.from(blob as Uint8Array).buffer);
}
