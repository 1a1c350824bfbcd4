import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Activation } from '../network/activations.ts';
import type { KeptCheckpoint, RunModel } from '../runs/run.ts';
import type { Checkpoint } from '../training/checkpoint.ts';
import { bytes, toCheckpoint, toFloats } from './rows.ts';
import { prepareAll } from './statements.ts';

/** How many of the newest runs keep all their checkpoints, beside those that are pinned. */
export const UNTHINNED_RUNS = 50;

/**
 * The states after epochs. All of a run's are kept while it is among the newest {@link UNTHINNED_RUNS} or pinned; of
 * the other runs only the best one, with which it recognises, and the last one, after which it can go on.
 */
export class CheckpointStore {
  readonly #statements: Readonly<Record<keyof typeof STATEMENTS, StatementSync>>;

  constructor(db: DatabaseSync) {
    this.#statements = prepareAll(db, STATEMENTS);
  }

  add(runId: number, epoch: number, { weights, slots, step, random }: Checkpoint): void {
    const names = Object.keys(slots);
    const slotBytes = Buffer.concat(names.map((name) => bytes(slots[name])));
    this.#statements.add.run(
      runId,
      epoch,
      bytes(weights),
      slotBytes,
      JSON.stringify(names),
      step,
      JSON.stringify(random),
    );
  }

  /** The state after an epoch, while it is kept. */
  get(runId: number, epoch: number): Checkpoint | null {
    const row = this.#statements.get.get(runId, epoch);
    return row === undefined ? null : toCheckpoint(row);
  }

  /** Those of a run that are kept, the first one first. */
  list(runId: number): KeptCheckpoint[] {
    return this.#statements.list.all(runId).map(({ epoch, bytes }) => ({
      epoch: epoch as number,
      bytes: bytes as number,
    }));
  }

  /** The weights after an epoch, or after the best one, with what they need to recognise; null while there are none. */
  model(runId: number, epoch?: number): RunModel | null {
    const row = this.#statements.model.get({ runId, epoch: epoch ?? null });
    if (row === undefined) return null;
    return {
      runId,
      epoch: row.epoch as number,
      activation: row.activation as Activation,
      inputScale: row.input_scale as number,
      temperature: (row.temperature as number | null) ?? 1,
      valAccuracy: row.val_accuracy as number,
      testAccuracy: row.test_accuracy as number | null,
      weights: toFloats(row.weights),
    };
  }

  /** Copies some of a run's states to another one that begins with its epochs. */
  copy(from: number, to: number, epochs: ReadonlySet<number>): void {
    for (const epoch of epochs) this.#statements.copy.run(to, from, epoch);
  }

  /** Lets a state go on with another optimizer, whose steps are counted from 0 again, or with other random numbers. */
  forget(runId: number, epoch: number, keeps: { readonly slots: boolean; readonly random: boolean }): void {
    if (!keeps.slots) this.#statements.forgetSlots.run(runId, epoch);
    if (!keeps.random) this.#statements.forgetRandom.run(runId, epoch);
  }

  /** Drops what need not be kept of the runs that are neither pinned nor among the newest. */
  thin(): void {
    this.#statements.thin.run(UNTHINNED_RUNS);
  }
}

const STATEMENTS = {
  add: `INSERT INTO checkpoints (run_id, epoch, weights, slots, slot_names, step, random)
    VALUES (?, ?, ?, ?, ?, ?, ?)`,
  get: `SELECT * FROM checkpoints WHERE run_id = ? AND epoch = ?`,
  list: `SELECT epoch, length(weights) + length(slots) AS bytes FROM checkpoints WHERE run_id = ? ORDER BY epoch`,
  model: `SELECT epoch, weights, input_scale, temperature, settings ->> 'activation' AS activation, val_accuracy,
    CASE WHEN epoch = best_epoch THEN test_accuracy END AS test_accuracy
    FROM runs JOIN checkpoints ON checkpoints.run_id = id JOIN epochs USING (run_id, epoch)
    WHERE id = :runId AND epoch = coalesce(:epoch, best_epoch)`,
  copy: `INSERT INTO checkpoints (run_id, epoch, weights, slots, slot_names, step, random)
    SELECT ?, epoch, weights, slots, slot_names, step, random FROM checkpoints WHERE run_id = ? AND epoch = ?`,
  forgetSlots: `UPDATE checkpoints SET slots = x'', slot_names = '[]', step = 0 WHERE run_id = ? AND epoch = ?`,
  forgetRandom: `UPDATE checkpoints SET random = '[]' WHERE run_id = ? AND epoch = ?`,
  thin: `DELETE FROM checkpoints WHERE rowid IN (
    SELECT checkpoints.rowid FROM runs JOIN checkpoints ON run_id = id
    WHERE pinned = 0 AND (state IN ('finished', 'stopped', 'failed') OR (state = 'interrupted' AND resumes = 0))
      AND id <= (SELECT min(id) FROM (SELECT id FROM runs ORDER BY id DESC LIMIT ?)) - 1
      AND epoch IS NOT best_epoch
      AND epoch <> (SELECT max(epoch) FROM epochs WHERE epochs.run_id = id))`,
};
