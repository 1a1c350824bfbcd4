/** What the store of runs asks the database. */
import { SELECT_RUNS } from './rows.ts';

/** Of a run that will be trained by itself. */
export const WAITS = `(state = 'queued' OR (state = 'interrupted' AND resumes = 1))`;
/** Of a trial that waits for the others. */
export const PAUSED = `(state = 'stopped' AND pause_after IS NOT NULL
  AND pause_after <= (SELECT coalesce(max(epoch), 0) FROM epochs WHERE run_id = runs.id))`;
/** Of a run that is trained under this claim. */
const HELD = `id = $1 AND fence = $2 AND state = 'running'`;

/** Before what depends on what waits. */
export const LOCK_QUEUE = `SELECT lock_for('queue')`;
export const CREATE = `INSERT INTO runs (settings, input_scale, created_at, owner, owner_name, corrections, sweep_id, pause_after, serve, room)
  VALUES ($1, $2, now_text(), $3, $4, $5, $6, $7, $8, $9) RETURNING id`;
export const ROOM = 'SELECT id FROM rooms WHERE id = $1';
export const PARENT = 'SELECT input_scale, corrections FROM runs WHERE id = $1';
export const NEWEST_CORRECTION = 'SELECT coalesce(max(id), 0) AS id FROM corrections';
export const CREATE_START = `INSERT INTO starts (run_id, weights, epochs, patience_from, parent_name, parent_run, parent_epoch)
  VALUES ($1, $2, $3, $4, $5, $6, $7)`;
export const COPY_EPOCHS = `INSERT INTO epochs (run_id, epoch, loss, accuracy, val_loss, val_accuracy, seconds)
  SELECT CAST($1 AS INTEGER), epoch, loss, accuracy, val_loss, val_accuracy, seconds FROM epochs WHERE run_id = $2 AND epoch <= $3`;
export const LOWEST_EPOCH = 'SELECT epoch FROM epochs WHERE run_id = $1 ORDER BY val_loss, epoch LIMIT 1';
export const GET = `${SELECT_RUNS} WHERE id = $1`;
export const IN_STATE = `${SELECT_RUNS} WHERE state = $1 AND (CAST($2 AS INTEGER) IS NULL OR room = $2) ORDER BY id`;
export const OF_SWEEP = `${SELECT_RUNS} WHERE sweep_id = $1 ORDER BY id`;
export const CHILDREN = `${SELECT_RUNS} WHERE parent_run = $1 ORDER BY id`;
export const WAITING = `${SELECT_RUNS} WHERE ${WAITS} ORDER BY id`;
export const WAITING_COUNTS = `SELECT count(*) AS "all", count(CASE WHEN room = $2 THEN 1 END) AS room,
  count(CASE WHEN room = $2 AND owner = $1 THEN 1 END) AS own FROM runs WHERE state = 'queued'`;
export const TURNS = 'SELECT room, owner, turn FROM turns';
export const TAKE_TURN = `INSERT INTO turns (room, owner, turn)
  SELECT CAST($2 AS INTEGER), $1, coalesce(max(turn), 0) + 1 FROM turns WHERE true
  ON CONFLICT (room, owner) DO UPDATE SET turn = excluded.turn`;
export const START = 'SELECT weights, patience_from FROM starts WHERE run_id = $1';
export const INPUT_SCALE = 'SELECT input_scale FROM runs WHERE id = $1';
// Each by an index: in one order all runs there ever were would be sorted.
export const SHOWN = `${SELECT_RUNS} WHERE id = coalesce(
  (SELECT id FROM runs WHERE state = 'running' AND room = $1 ORDER BY id DESC LIMIT 1),
  (SELECT id FROM runs WHERE state = 'queued' AND room = $1 ORDER BY id DESC LIMIT 1),
  (SELECT id FROM runs WHERE room = $1 AND started_at IS NOT NULL ORDER BY id DESC LIMIT 1),
  (SELECT max(id) FROM runs WHERE room = $1))`;
export const EPOCHS = 'SELECT * FROM epochs WHERE run_id = $1 ORDER BY epoch';
export const LATEST_EPOCH_SECONDS = `SELECT seconds FROM epochs LEFT JOIN starts USING (run_id)
  WHERE epoch > coalesce(starts.epochs, 0) ORDER BY run_id DESC, epoch DESC LIMIT 1`;
export const CLAIM = `UPDATE runs SET state = 'running', fence = fence + 1, started_at = coalesce(started_at, now_text()), ended_at = NULL,
  reason = NULL, test_loss = NULL, test_accuracy = NULL, test_answers = NULL, test_hits = NULL, temperature = NULL, resumes = 0,
  attempts = attempts + 1 WHERE id = $1 AND ${WAITS} RETURNING id`;
export const REQUEUE = `UPDATE runs SET state = 'queued', ended_at = NULL, reason = NULL, resumes = 0, attempts = 0,
  stopped_early = 0, stop_asked_at = NULL, pause_after = $2
  WHERE id = $1 AND state IN ('stopped', 'interrupted') AND ($3 = 0 OR ${PAUSED}) RETURNING id`;
// One statement for what waits and what trains: between two a run could begin, and neither would find it.
export const STOP = `UPDATE runs SET state = CASE state WHEN 'running' THEN state ELSE 'stopped' END,
  reason = CASE state WHEN 'running' THEN reason ELSE $2 END, ended_at = CASE state WHEN 'running' THEN ended_at ELSE now_text() END,
  resumes = 0, stop_asked_at = coalesce(stop_asked_at, now_text())
  WHERE id = $1 AND (state = 'running' OR ${WAITS}) RETURNING state`;
export const HOLD = `UPDATE runs SET attempts = 1, best_epoch = coalesce(CAST($3 AS INTEGER), best_epoch) WHERE ${HELD} RETURNING id`;
export const ADD_EPOCH = `INSERT INTO epochs (run_id, epoch, loss, accuracy, val_loss, val_accuracy, seconds)
  VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING epoch`;
export const SET_BEST_EPOCH = 'UPDATE runs SET best_epoch = $2 WHERE id = $1';
// One that was to stop does not go on by itself, even if its trainer has not heard of it.
export const END = `UPDATE runs SET state = CASE WHEN $3 = 'interrupted' AND stop_asked_at IS NOT NULL THEN 'stopped' ELSE $3 END,
  reason = $4, test_loss = $5, test_accuracy = $6, test_answers = $7, temperature = $8,
  resumes = CASE WHEN stop_asked_at IS NULL THEN CAST($9 AS INTEGER) ELSE 0 END, ended_at = now_text() WHERE ${HELD} RETURNING id`;
export const SET_COMPARISONS = 'UPDATE starts SET comparisons = $2 WHERE run_id = $1';
export const TESTS = 'SELECT test_answers, test_hits FROM runs WHERE id = $1';
export const SET_LABEL = `UPDATE runs SET name = coalesce($2, name), note = coalesce($3, note), pinned = coalesce($4, pinned)
  WHERE id = $1 RETURNING room`;
export const SET_SERVE = 'UPDATE runs SET serve = $2 WHERE id = $1';
/** A run whose weights recognise in its room. */
const SERVES = `EXISTS (SELECT 1 FROM services WHERE id = (SELECT max(id) FROM services WHERE room = runs.room) AND run_id = runs.id)`;
export const DELETE = `DELETE FROM runs WHERE id = $1 AND state <> 'running' AND NOT ${WAITS}
  AND NOT ${SERVES} RETURNING id`;
export const ENDED_BEFORE = `SELECT id FROM runs WHERE ended_at < $1 AND pinned = 0 AND state <> 'running' AND NOT ${WAITS}
  AND NOT ${PAUSED} AND NOT ${SERVES} ORDER BY id`;
export const OWN_READERS = `${SELECT_RUNS} WHERE owner = $1 AND room = $3 AND state IN ('finished', 'stopped') AND best_epoch IS NOT NULL
  AND started_at IS NOT NULL AND sweep_id IS NULL AND serve IS DISTINCT FROM 0 AND settings ->> 'data' <> 'corrections'
  ORDER BY ended_at DESC, id DESC LIMIT 1 OFFSET $2`;
