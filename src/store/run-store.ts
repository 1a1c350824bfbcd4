import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import type { Activation } from '../network/activations.ts';
import type { Settings } from '../training/settings.ts';
import { transaction } from './migrations.ts';
import { RUN_COLUMNS, toCheckpoint, toEpoch, toFloats, toRun } from './rows.ts';
import type { Checkpoint, Ending, Epoch, FitStart, Parent, Run, RunModel, RunState } from './run.ts';

type Row = Record<string, SQLOutputValue>;

/** What a run begins with, when not with new weights on inputs of 0–1. */
export interface RunStart {
  /** What a pixel byte is multiplied with, kept with the weights. */
  readonly inputScale?: number;
  /** [P] initial weights and where they come from. */
  readonly from?: { readonly weights: Float32Array; readonly parent: Parent };
}

/** Runs, their epochs and checkpoints, and which run is serving. One writer: the thread that answers. */
export class RunStore {
  readonly #db: DatabaseSync;
  readonly #statements: Readonly<Record<keyof typeof STATEMENTS, StatementSync>>;

  /** @param db from `openDatabase`; the store closes it */
  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#statements = Object.fromEntries(
      Object.entries(STATEMENTS).map(([name, sql]) => [name, db.prepare(sql)]),
    ) as Record<keyof typeof STATEMENTS, StatementSync>;
  }

  /** A new queued run. */
  create(settings: Settings, { inputScale = 1 / 255, from }: RunStart = {}): Run {
    const statements = this.#statements;
    return transaction(this.#db, () => {
      const { lastInsertRowid } = statements.create.run(JSON.stringify(settings), inputScale, now());
      if (from) {
        const { name, runId, epoch } = from.parent;
        statements.createStart.run(lastInsertRowid, bytes(from.weights), name, runId, epoch);
      }
      return this.get(Number(lastInsertRowid))!;
    });
  }

  get(id: number): Run | null {
    const row = this.#statements.get.get(id);
    return row === undefined ? null : this.#withEpochs([row])[0];
  }

  /** Newest first. */
  list({ limit = 100 }: { limit?: number } = {}): Run[] {
    return this.#withEpochs(this.#statements.list.all(limit));
  }

  /** Oldest first. */
  inState(state: RunState): Run[] {
    return this.#withEpochs(this.#statements.inState.all(state));
  }

  /** Runs that wait, in the order in which they will run: queued ones, and interrupted ones that go on by themselves. */
  queue(): Run[] {
    return this.#withEpochs(this.#statements.queue.all());
  }

  /** The run that a page shows when none is asked for: the running one, else the newest. */
  shown(): Run | null {
    const row = this.#statements.shown.get();
    return row === undefined ? null : this.#withEpochs([row])[0];
  }

  /** Wall time of the epoch stored last of the newest run that has any. */
  latestEpochSeconds(): number | null {
    return (this.#statements.latestEpochSeconds.get()?.seconds as number | undefined) ?? null;
  }

  /** Begins a run, or goes on with it. */
  markRunning(id: number): void {
    this.#statements.markRunning.run(now(), id);
  }

  /** Puts a run that has ended back into the queue. Its epochs and checkpoints stay. */
  requeue(id: number): void {
    this.#statements.requeue.run(id);
  }

  /** What the run's next epoch needs. */
  fitStart(id: number): FitStart {
    const start = this.#statements.start.get(id);
    const weights = start && { weights: toFloats(start.weights) };
    const { epochs, bestEpoch } = this.get(id)!;
    const last = epochs.at(-1);
    if (!last) return { ...weights };
    const done = {
      valLosses: epochs.map(({ val_loss }) => val_loss),
      checkpoint: this.checkpoint(id, last.epoch)!,
      bestWeights: this.checkpoint(id, bestEpoch!)!.weights,
    };
    return { ...weights, done };
  }

  /** What a pixel byte is multiplied with before this run's network sees it. */
  inputScale(id: number): number {
    return this.#statements.inputScale.get(id)!.input_scale as number;
  }

  /**
   * Keeps an epoch with its checkpoint. Of the earlier checkpoints only the best one stays, so that a run never takes
   * more than two.
   */
  addEpoch(id: number, epoch: Epoch, checkpoint: Checkpoint, isBest: boolean): void {
    const { loss, accuracy, val_loss, val_accuracy, seconds } = epoch;
    const { weights, step, random } = checkpoint;
    const names = Object.keys(checkpoint.slots);
    const slots = Buffer.concat(names.map((name) => bytes(checkpoint.slots[name])));
    const statements = this.#statements;
    transaction(this.#db, () => {
      statements.addEpoch.run(id, epoch.epoch, loss, accuracy, val_loss, val_accuracy, seconds);
      statements.addCheckpoint.run(
        id,
        epoch.epoch,
        bytes(weights),
        slots,
        JSON.stringify(names),
        step,
        JSON.stringify(random),
      );
      statements.resetAttempts.run(id);
      if (isBest) statements.setBestEpoch.run(epoch.epoch, id);
      statements.thinCheckpoints.run(id, epoch.epoch, id);
    });
  }

  end(id: number, { state, reason, test = null, resumes = false, comparisons = [] }: Ending): void {
    const { loss = null, accuracy = null } = test ?? {};
    transaction(this.#db, () => {
      this.#statements.end.run(state, reason, loss, accuracy, resumes ? 1 : 0, now(), id);
      this.#statements.setComparisons.run(JSON.stringify(comparisons), id);
    });
  }

  /** The state after an epoch, while it is kept. */
  checkpoint(id: number, epoch: number): Checkpoint | null {
    const row = this.#statements.checkpoint.get(id, epoch);
    return row === undefined ? null : toCheckpoint(row);
  }

  /** Null before the first epoch is finished. */
  model(id: number): RunModel | null {
    const row = this.#statements.model.get(id);
    if (row === undefined) return null;
    return {
      runId: id,
      epoch: row.epoch as number,
      activation: row.activation as Activation,
      inputScale: row.input_scale as number,
      weights: toFloats(row.weights),
    };
  }

  /** The run whose best weights recognise; null for the shipped model. */
  servingRun(): Run | null {
    const row = this.#statements.servingRun.get();
    return row === undefined ? null : this.get(row.run_id as number);
  }

  setServing(id: number | null): void {
    if (id === null) this.#statements.clearServing.run();
    else this.#statements.setServing.run(id);
  }

  close(): void {
    this.#db.close();
  }

  #withEpochs(rows: readonly Row[]): Run[] {
    const epochs = this.#statements.epochs;
    return rows.map((row) => toRun(row, epochs.all(row.id).map(toEpoch)));
  }
}

const SELECT_RUNS = `SELECT ${RUN_COLUMNS} FROM runs LEFT JOIN starts ON run_id = id`;

const STATEMENTS = {
  create: `INSERT INTO runs (settings, input_scale, created_at) VALUES (?, ?, ?)`,
  createStart: `INSERT INTO starts (run_id, weights, parent_name, parent_run, parent_epoch) VALUES (?, ?, ?, ?, ?)`,
  get: `${SELECT_RUNS} WHERE id = ?`,
  list: `${SELECT_RUNS} ORDER BY id DESC LIMIT ?`,
  inState: `${SELECT_RUNS} WHERE state = ? ORDER BY id`,
  queue: `${SELECT_RUNS} WHERE state = 'queued' OR (state = 'interrupted' AND resumes = 1) ORDER BY id`,
  start: `SELECT weights FROM starts WHERE run_id = ?`,
  inputScale: `SELECT input_scale FROM runs WHERE id = ?`,
  shown: `${SELECT_RUNS} ORDER BY state = 'running' DESC, state = 'queued' DESC, started_at IS NOT NULL DESC, id DESC LIMIT 1`,
  epochs: `SELECT * FROM epochs WHERE run_id = ? ORDER BY epoch`,
  latestEpochSeconds: `SELECT seconds FROM epochs ORDER BY run_id DESC, epoch DESC LIMIT 1`,
  markRunning: `UPDATE runs SET state = 'running', started_at = coalesce(started_at, ?), ended_at = NULL, reason = NULL,
    resumes = 0, attempts = attempts + 1 WHERE id = ?`,
  requeue: `UPDATE runs SET state = 'queued', ended_at = NULL, reason = NULL, test_loss = NULL, test_accuracy = NULL,
    resumes = 0, attempts = 0 WHERE id = ?`,
  resetAttempts: `UPDATE runs SET attempts = 1 WHERE id = ?`,
  addEpoch: `INSERT INTO epochs (run_id, epoch, loss, accuracy, val_loss, val_accuracy, seconds)
    VALUES (?, ?, ?, ?, ?, ?, ?)`,
  addCheckpoint: `INSERT INTO checkpoints (run_id, epoch, weights, slots, slot_names, step, random)
    VALUES (?, ?, ?, ?, ?, ?, ?)`,
  setBestEpoch: `UPDATE runs SET best_epoch = ? WHERE id = ?`,
  thinCheckpoints: `DELETE FROM checkpoints
    WHERE run_id = ? AND epoch <> ? AND epoch IS NOT (SELECT best_epoch FROM runs WHERE id = ?)`,
  end: `UPDATE runs SET state = ?, reason = ?, test_loss = ?, test_accuracy = ?, resumes = ?, ended_at = ? WHERE id = ?`,
  setComparisons: `UPDATE starts SET comparisons = ? WHERE run_id = ?`,
  checkpoint: `SELECT * FROM checkpoints WHERE run_id = ? AND epoch = ?`,
  model: `SELECT epoch, weights, input_scale, settings ->> 'activation' AS activation
    FROM runs JOIN checkpoints ON run_id = id AND epoch = best_epoch WHERE id = ?`,
  servingRun: `SELECT run_id FROM serving`,
  setServing: `INSERT INTO serving (id, run_id) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET run_id = excluded.run_id`,
  clearServing: `DELETE FROM serving`,
};

const now = () => new Date().toISOString();

const bytes = ({ buffer, byteOffset, byteLength }: Float32Array) =>
  Buffer.from(buffer, byteOffset, byteLength);
