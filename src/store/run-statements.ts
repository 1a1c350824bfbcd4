/** What the store of runs asks the database. */
import { SELECT_RUNS } from './rows.ts';

export const CREATE = `INSERT INTO runs (settings, input_scale, created_at, owner, owner_name, corrections, sweep_id, pause_after, serve)
  VALUES ($1, $2, now_text(), $3, $4, $5, $6, $7, $8) RETURNING id`;
export const PARENT = 'SELECT input_scale, corrections FROM runs WHERE id = $1';
export const NEWEST_CORRECTION = 'SELECT coalesce(max(id), 0) AS id FROM corrections';
export const CREATE_START = `INSERT INTO starts (run_id, weights, epochs, patience_from, parent_name, parent_run, parent_epoch)
  VALUES ($1, $2, $3, $4, $5, $6, $7)`;
export const COPY_EPOCHS = `INSERT INTO epochs (run_id, epoch, loss, accuracy, val_loss, val_accuracy, seconds)
  SELECT $1, epoch, loss, accuracy, val_loss, val_accuracy, seconds FROM epochs WHERE run_id = $2 AND epoch <= $3`;
export const LOWEST_EPOCH = 'SELECT epoch FROM epochs WHERE run_id = $1 ORDER BY val_loss, epoch LIMIT 1';
export const GET = `${SELECT_RUNS} WHERE id = $1`;
export const IN_STATE = `${SELECT_RUNS} WHERE state = $1 ORDER BY id`;
export const OF_SWEEP = `${SELECT_RUNS} WHERE sweep_id = $1 ORDER BY id`;
export const CHILDREN = `${SELECT_RUNS} WHERE parent_run = $1 ORDER BY id`;
export const WAITING = `${SELECT_RUNS} WHERE state = 'queued' OR (state = 'interrupted' AND resumes = 1) ORDER BY id`;
export const LAST_TURNS = `SELECT owner, max(started_at) AS started_at FROM runs WHERE started_at IS NOT NULL GROUP BY owner`;
export const START = 'SELECT weights, patience_from FROM starts WHERE run_id = $1';
export const INPUT_SCALE = 'SELECT input_scale FROM runs WHERE id = $1';
export const SHOWN = `${SELECT_RUNS} ORDER BY state = 'running' DESC, state = 'queued' DESC, started_at IS NOT NULL DESC, id DESC LIMIT 1`;
export const EPOCHS = 'SELECT * FROM epochs WHERE run_id = $1 ORDER BY epoch';
export const LATEST_EPOCH_SECONDS = `SELECT seconds FROM epochs LEFT JOIN starts USING (run_id)
  WHERE epoch > coalesce(starts.epochs, 0) ORDER BY run_id DESC, epoch DESC LIMIT 1`;
export const MARK_RUNNING = `UPDATE runs SET state = 'running', started_at = coalesce(started_at, now_text()), ended_at = NULL,
  reason = NULL, test_loss = NULL, test_accuracy = NULL, test_answers = NULL, test_hits = NULL, temperature = NULL, resumes = 0,
  attempts = attempts + 1 WHERE id = $1`;
export const REQUEUE = `UPDATE runs SET state = 'queued', ended_at = NULL, reason = NULL, resumes = 0, attempts = 0,
  stopped_early = 0, pause_after = $2 WHERE id = $1`;
export const STOP_WAITING = `UPDATE runs SET state = 'stopped', reason = $2, resumes = 0, ended_at = now_text() WHERE id = $1`;
export const RESET_ATTEMPTS = 'UPDATE runs SET attempts = 1 WHERE id = $1';
export const ADD_EPOCH = `INSERT INTO epochs (run_id, epoch, loss, accuracy, val_loss, val_accuracy, seconds)
  VALUES ($1, $2, $3, $4, $5, $6, $7)`;
export const SET_BEST_EPOCH = 'UPDATE runs SET best_epoch = $2 WHERE id = $1';
export const END = `UPDATE runs SET state = $2, reason = $3, test_loss = $4, test_accuracy = $5, test_answers = $6, temperature = $7,
  resumes = $8, ended_at = now_text() WHERE id = $1`;
export const SET_COMPARISONS = 'UPDATE starts SET comparisons = $2 WHERE run_id = $1';
export const TESTS = 'SELECT test_answers, test_hits FROM runs WHERE id = $1';
export const SET_LABEL = `UPDATE runs SET name = coalesce($2, name), note = coalesce($3, note), pinned = coalesce($4, pinned)
  WHERE id = $1`;
export const SET_SERVE = 'UPDATE runs SET serve = $2 WHERE id = $1';
export const DELETE = 'DELETE FROM runs WHERE id = $1';
export const OWN_READERS = `${SELECT_RUNS} WHERE owner = $1 AND state IN ('finished', 'stopped') AND best_epoch IS NOT NULL
  AND started_at IS NOT NULL AND sweep_id IS NULL AND serve IS DISTINCT FROM 0 AND settings ->> 'data' <> 'corrections'
  ORDER BY ended_at DESC, id DESC LIMIT 1 OFFSET $2`;
export const SERVICE = 'SELECT * FROM serving';
export const SET_SERVICE = `INSERT INTO serving (id, run_id, since, chosen_by, before_kind, before_run) VALUES (1, $1, $2, $3, $4, $5)
  ON CONFLICT (id) DO UPDATE SET run_id = excluded.run_id, since = excluded.since, chosen_by = excluded.chosen_by,
    before_kind = excluded.before_kind, before_run = excluded.before_run`;
