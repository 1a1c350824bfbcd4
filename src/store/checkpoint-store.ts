import type { Activation } from '../network/activations.ts';
import type { KeptCheckpoint, RunModel } from '../runs/run.ts';
import type { Checkpoint } from '../training/checkpoint.ts';
import type { Database, Query, Transaction } from './database.ts';
import { bytes, toCheckpoint, toFloats } from './rows.ts';

/** Of a run: its best epoch, and what its end tells of that one. */
export interface MeasuredRun {
  readonly bestEpoch: number | null;
  readonly temperature: number | null;
  readonly testAccuracy: number | null;
}

/**
 * The states after epochs. All of a run's are kept while it is pinned or its room's budget has space for it; of
 * the other runs only the best one, with which it recognises, the last one, after which it can go on, and what is or was in service.
 */
export class CheckpointStore {
  readonly #db: Database;
  readonly #room: number | null;

  /** @param room the room whose models it has; null for all rooms */
  constructor(db: Database, room: number | null = null) {
    this.#db = db;
    this.#room = room;
  }

  /** The state after an epoch, while it is kept. */
  async get(runId: number, epoch: number): Promise<Checkpoint | null> {
    const [row] = await this.#db.query(GET, [runId, epoch]);
    return row === undefined ? null : toCheckpoint(row);
  }

  /** Those of a run that are kept, the first one first. */
  async list(runId: number): Promise<KeptCheckpoint[]> {
    return (await this.#db.query(LIST, [runId])) as unknown as KeptCheckpoint[];
  }

  /** What of a run's models may change, without their weights: null when there is no such run. */
  async measured(runId: number): Promise<MeasuredRun | null> {
    const [row] = await this.#db.query(MEASURED, [runId, this.#room]);
    return (row as unknown as MeasuredRun | undefined) ?? null;
  }

  /** The weights after an epoch, or after the best one, with what they need to recognise; null while there are none. */
  async model(runId: number, epoch?: number): Promise<RunModel | null> {
    const [row] = await this.#db.query(MODEL, [runId, epoch ?? null, this.#room]);
    if (row === undefined) return null;
    return {
      runId,
      epoch: row.epoch as number,
      isBest: row.epoch === row.best_epoch,
      activation: row.activation as Activation,
      inputScale: row.input_scale as number,
      temperature: (row.temperature as number | null) ?? 1,
      valAccuracy: row.val_accuracy as number,
      testAccuracy: row.test_accuracy as number | null,
      weights: toFloats(row.weights),
    };
  }
}

export function addCheckpoint(
  runId: number,
  epoch: number,
  { weights, slots, step, random }: Checkpoint,
): Query {
  const names = Object.keys(slots);
  const slotBytes = Buffer.concat(names.map((name) => bytes(slots[name])));
  return [
    ADD,
    [runId, epoch, bytes(weights), slotBytes, JSON.stringify(names), step, JSON.stringify(random)],
  ];
}

/**
 * Copies some of a run's states to another one that begins with its epochs.
 *
 * @param keeps what they go on with; else with another optimizer, whose steps are counted from 0 again, or with other
 * random numbers
 */
export function* copyCheckpoints(
  from: number,
  to: number,
  epochs: ReadonlySet<number>,
  keeps: { readonly slots: boolean; readonly random: boolean },
): Transaction<void> {
  for (const epoch of epochs) {
    yield [COPY, [to, from, epoch]];
    if (!keeps.slots) yield [FORGET_SLOTS, [to, epoch, new Uint8Array()]];
    if (!keeps.random) yield [FORGET_RANDOM, [to, epoch]];
  }
}

const ADD = `INSERT INTO checkpoints (run_id, epoch, weights, slots, slot_names, step, random)
  VALUES ($1, $2, $3, $4, $5, $6, $7)`;
const GET = 'SELECT * FROM checkpoints WHERE run_id = $1 AND epoch = $2';
const LIST = `SELECT epoch, length(weights) + length(slots) AS bytes FROM checkpoints WHERE run_id = $1 ORDER BY epoch`;
const MEASURED = `SELECT best_epoch AS "bestEpoch", temperature, test_accuracy AS "testAccuracy" FROM runs
  WHERE id = $1 AND room = coalesce(CAST($2 AS INTEGER), room)`;
const MODEL = `SELECT epoch, best_epoch, weights, input_scale, temperature, settings ->> 'activation' AS activation, val_accuracy,
  CASE WHEN epoch = best_epoch THEN test_accuracy END AS test_accuracy
  FROM runs JOIN checkpoints ON checkpoints.run_id = id JOIN epochs USING (run_id, epoch)
  WHERE id = $1 AND epoch = coalesce(CAST($2 AS INTEGER), best_epoch) AND room = coalesce(CAST($3 AS INTEGER), room)`;
const COPY = `INSERT INTO checkpoints (run_id, epoch, weights, slots, slot_names, step, random)
  SELECT CAST($1 AS INTEGER), epoch, weights, slots, slot_names, step, random FROM checkpoints WHERE run_id = $2 AND epoch = $3`;
const FORGET_SLOTS = `UPDATE checkpoints SET slots = $3, slot_names = '[]', step = 0 WHERE run_id = $1 AND epoch = $2`;
const FORGET_RANDOM = `UPDATE checkpoints SET random = '[]' WHERE run_id = $1 AND epoch = $2`;

/** Drops what need not be kept of a room's runs that are neither pinned nor within its budget. */
export const thin = (room: number): Query => [THIN, [room]];

const SIZE = `(SELECT coalesce(sum(length(weights) + length(slots)), 0) FROM checkpoints WHERE run_id = runs.id)`;
// The sizes are looked up only if they matter.
const NEWEST = `SELECT runs.id, kept_megabytes, CASE WHEN kept_megabytes IS NULL THEN 0 ELSE ${SIZE} END AS size
  FROM runs JOIN rooms ON rooms.id = room WHERE room = $1
  ORDER BY runs.id DESC LIMIT (SELECT kept_runs FROM rooms WHERE id = $1)`;
const WITHIN = `SELECT id, kept_megabytes, sum(size) OVER (ORDER BY id DESC) AS size FROM (${NEWEST}) AS newest`;
const THIN = `DELETE FROM checkpoints WHERE (run_id, epoch) IN (
  SELECT run_id, epoch FROM runs JOIN checkpoints ON run_id = id
  WHERE room = $1 AND pinned = 0 AND (state IN ('finished', 'stopped', 'failed') OR (state = 'interrupted' AND resumes = 0))
    AND id < (SELECT coalesce(min(id), 2147483647) FROM (${WITHIN}) AS within
      WHERE kept_megabytes IS NULL OR size <= 1000000.0 * kept_megabytes)
    AND epoch IS DISTINCT FROM best_epoch
    AND NOT EXISTS (SELECT 1 FROM services WHERE services.run_id = runs.id AND services.epoch = checkpoints.epoch)
    AND epoch <> (SELECT max(epoch) FROM epochs WHERE epochs.run_id = id))`;
