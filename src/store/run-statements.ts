/** What the store of runs asks the database. */
import { SELECT_RUNS } from './rows.ts';

export const RUN_STATEMENTS = {
  create: `INSERT INTO runs (settings, input_scale, created_at, owner, owner_name, corrections, sweep_id, pause_after, serve)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  newestCorrection: `SELECT coalesce(max(id), 0) AS id FROM corrections`,
  createStart: `INSERT INTO starts (run_id, weights, epochs, patience_from, parent_name, parent_run, parent_epoch)
    VALUES (?, ?, ?, ?, ?, ?, ?)`,
  copyEpochs: `INSERT INTO epochs (run_id, epoch, loss, accuracy, val_loss, val_accuracy, seconds)
    SELECT ?, epoch, loss, accuracy, val_loss, val_accuracy, seconds FROM epochs WHERE run_id = ? AND epoch <= ?`,
  lowestEpoch: `SELECT epoch FROM epochs WHERE run_id = ? ORDER BY val_loss, epoch LIMIT 1`,
  get: `${SELECT_RUNS} WHERE id = ?`,
  inState: `${SELECT_RUNS} WHERE state = ? ORDER BY id`,
  ofSweep: `${SELECT_RUNS} WHERE sweep_id = ? ORDER BY id`,
  children: `${SELECT_RUNS} WHERE parent_run = ? ORDER BY id`,
  waiting: `${SELECT_RUNS} WHERE state = 'queued' OR (state = 'interrupted' AND resumes = 1) ORDER BY id`,
  lastTurns: `SELECT owner, max(started_at) AS started_at FROM runs WHERE started_at IS NOT NULL GROUP BY owner`,
  startWeights: `SELECT weights FROM starts WHERE run_id = ?`,
  patienceFrom: `SELECT patience_from FROM starts WHERE run_id = ?`,
  inputScale: `SELECT input_scale FROM runs WHERE id = ?`,
  shown: `${SELECT_RUNS} ORDER BY state = 'running' DESC, state = 'queued' DESC, started_at IS NOT NULL DESC, id DESC LIMIT 1`,
  epochs: `SELECT * FROM epochs WHERE run_id = ? ORDER BY epoch`,
  latestEpochSeconds: `SELECT seconds FROM epochs LEFT JOIN starts USING (run_id)
    WHERE epoch > coalesce(starts.epochs, 0) ORDER BY run_id DESC, epoch DESC LIMIT 1`,
  markRunning: `UPDATE runs SET state = 'running', started_at = coalesce(started_at, ?), ended_at = NULL, reason = NULL,
    test_loss = NULL, test_accuracy = NULL, test_answers = NULL, test_hits = NULL, temperature = NULL, resumes = 0, attempts = attempts + 1
    WHERE id = ?`,
  requeue: `UPDATE runs SET state = 'queued', ended_at = NULL, reason = NULL, resumes = 0, attempts = 0, stopped_early = 0,
    pause_after = ? WHERE id = ?`,
  stopWaiting: `UPDATE runs SET state = 'stopped', reason = ?, resumes = 0, ended_at = ? WHERE id = ?`,
  resetAttempts: `UPDATE runs SET attempts = 1 WHERE id = ?`,
  addEpoch: `INSERT INTO epochs (run_id, epoch, loss, accuracy, val_loss, val_accuracy, seconds)
    VALUES (?, ?, ?, ?, ?, ?, ?)`,
  setBestEpoch: `UPDATE runs SET best_epoch = ? WHERE id = ?`,
  end: `UPDATE runs SET state = ?, reason = ?, test_loss = ?, test_accuracy = ?, test_answers = ?, temperature = ?, resumes = ?, ended_at = ?
    WHERE id = ?`,
  setComparisons: `UPDATE starts SET comparisons = ? WHERE run_id = ?`,
  tests: `SELECT test_answers, test_hits FROM runs WHERE id = ?`,
  setLabel: `UPDATE runs SET name = coalesce(:name, name), note = coalesce(:note, note),
    pinned = coalesce(:pinned, pinned) WHERE id = :id`,
  setServe: `UPDATE runs SET serve = ? WHERE id = ?`,
  delete: `DELETE FROM runs WHERE id = ?`,
  size: `SELECT page_count, page_size, freelist_count FROM pragma_page_count(), pragma_page_size(), pragma_freelist_count()`,
  ownReaders: `${SELECT_RUNS} WHERE owner = ? AND state IN ('finished', 'stopped') AND best_epoch IS NOT NULL
    AND started_at IS NOT NULL AND sweep_id IS NULL AND serve IS NOT 0 AND settings ->> 'data' <> 'corrections' ORDER BY ended_at DESC, id DESC`,
  service: `SELECT * FROM serving`,
  setService: `INSERT OR REPLACE INTO serving (id, run_id, since, chosen_by, before_kind, before_run) VALUES (1, ?, ?, ?, ?, ?)`,
  changes: `SELECT total_changes() AS changes`,
};
