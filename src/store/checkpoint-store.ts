import type { Activation } from '../network/activations.ts';
import type { KeptCheckpoint, RunModel } from '../runs/run.ts';
import type { Checkpoint } from '../training/checkpoint.ts';
import type { Database, Query, Transaction } from './database.ts';
import { bytes, toCheckpoint, toFloats } from './rows.ts';

/** How many of the newest runs keep all their checkpoints, beside those that are pinned. */
export const UNTHINNED_RUNS = 50;

/**
 * The states after epochs. All of a run's are kept while it is among the newest {@link UNTHINNED_RUNS} or pinned; of
 * the other runs only the best one, with which it recognises, and the last one, after which it can go on.
 */
export class CheckpointStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
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

  /** The weights after an epoch, or after the best one, with what they need to recognise; null while there are none. */
  async model(runId: number, epoch?: number): Promise<RunModel | null> {
    const [row] = await this.#db.query(MODEL, [runId, epoch ?? null]);
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
const MODEL = `SELECT epoch, weights, input_scale, temperature, settings ->> 'activation' AS activation, val_accuracy,
  CASE WHEN epoch = best_epoch THEN test_accuracy END AS test_accuracy
  FROM runs JOIN checkpoints ON checkpoints.run_id = id JOIN epochs USING (run_id, epoch)
  WHERE id = $1 AND epoch = coalesce(CAST($2 AS INTEGER), best_epoch)`;
const COPY = `INSERT INTO checkpoints (run_id, epoch, weights, slots, slot_names, step, random)
  SELECT CAST($1 AS INTEGER), epoch, weights, slots, slot_names, step, random FROM checkpoints WHERE run_id = $2 AND epoch = $3`;
const FORGET_SLOTS = `UPDATE checkpoints SET slots = $3, slot_names = '[]', step = 0 WHERE run_id = $1 AND epoch = $2`;
const FORGET_RANDOM = `UPDATE checkpoints SET random = '[]' WHERE run_id = $1 AND epoch = $2`;

/** Drops what need not be kept of the runs that are neither pinned nor among the newest. */
export const THIN: Query = [
  `DELETE FROM checkpoints WHERE (run_id, epoch) IN (
    SELECT run_id, epoch FROM runs JOIN checkpoints ON run_id = id
    WHERE pinned = 0 AND (state IN ('finished', 'stopped', 'failed') OR (state = 'interrupted' AND resumes = 0))
      AND id <= (SELECT min(id) FROM (SELECT id FROM runs ORDER BY id DESC LIMIT $1) AS newest) - 1
      AND epoch IS DISTINCT FROM best_epoch
      AND epoch <> (SELECT max(epoch) FROM epochs WHERE epochs.run_id = id))`,
  [UNTHINNED_RUNS],
];
