import type { DatabaseSync } from 'node:sqlite';
import { newer } from '../newer.ts';

/** Steps from an empty database to today's; step n makes version n. Never edit one that was released: add another. */
export const MIGRATIONS: readonly string[] = [
  `CREATE TABLE runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    state TEXT NOT NULL DEFAULT 'queued'
      CHECK (state IN ('queued', 'running', 'finished', 'stopped', 'failed', 'interrupted')),
    settings TEXT NOT NULL CHECK (json_valid(settings)),
    input_scale REAL NOT NULL,
    created_at TEXT NOT NULL,
    started_at TEXT,
    ended_at TEXT,
    best_epoch INTEGER,
    test_loss REAL,
    test_accuracy REAL,
    reason TEXT
  ) STRICT;
  CREATE INDEX runs_by_state ON runs (state, id);

  CREATE TABLE epochs (
    run_id INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    epoch INTEGER NOT NULL,
    loss REAL NOT NULL,
    accuracy REAL NOT NULL,
    val_loss REAL NOT NULL,
    val_accuracy REAL NOT NULL,
    seconds REAL NOT NULL,
    PRIMARY KEY (run_id, epoch)
  ) STRICT, WITHOUT ROWID;

  -- All that is needed to go on after an epoch: weights and slots are little-endian float32, the slots one after
  -- another in the order of slot_names.
  CREATE TABLE checkpoints (
    run_id INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    weights BLOB NOT NULL,
    slots BLOB NOT NULL,
    slot_names TEXT NOT NULL CHECK (json_valid(slot_names)),
    step INTEGER NOT NULL,
    random TEXT NOT NULL CHECK (json_valid(random)),
    PRIMARY KEY (run_id, epoch),
    FOREIGN KEY (run_id, epoch) REFERENCES epochs ON DELETE CASCADE
  ) STRICT;

  -- At most one row: the run whose best weights recognise.
  CREATE TABLE serving (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    run_id INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE
  ) STRICT;`,

  // Milliseconds of a step by batch size, as JSON, for each engine on each kind of machine the folder was used on.
  `CREATE TABLE speeds (
    engine TEXT NOT NULL,
    machine TEXT NOT NULL,
    milliseconds TEXT NOT NULL CHECK (json_valid(milliseconds)),
    measured_at TEXT NOT NULL,
    PRIMARY KEY (engine, machine)
  ) STRICT, WITHOUT ROWID;`,

  // attempts: times that a run was begun since its last epoch; resumes: an interrupted one goes on by itself.
  `ALTER TABLE runs ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE runs ADD COLUMN resumes INTEGER NOT NULL DEFAULT 0 CHECK (resumes IN (0, 1));

  -- Runs that began with given weights (little-endian float32) instead of new ones.
  CREATE TABLE starts (
    run_id INTEGER PRIMARY KEY REFERENCES runs ON DELETE CASCADE,
    weights BLOB NOT NULL,
    parent_name TEXT NOT NULL,
    parent_run INTEGER,
    parent_epoch INTEGER,
    comparisons TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(comparisons))
  ) STRICT;

  -- Drawings that were read, and what the one who drew them says they are.
  CREATE TABLE corrections (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    truth INTEGER NOT NULL CHECK (truth BETWEEN 0 AND 9),
    answer INTEGER NOT NULL CHECK (answer BETWEEN 0 AND 9),
    probabilities TEXT NOT NULL CHECK (json_valid(probabilities)),
    image BLOB NOT NULL CHECK (length(image) = 784),
    strokes TEXT CHECK (json_valid(strokes)),
    model TEXT NOT NULL,
    created_at TEXT NOT NULL
  ) STRICT;`,

  // owner: a digest of what the cookie of the one who asked for it says; pause_after: the epoch after which it waits for
  // its sweep; stopped_early: its sweep found other trials better; test_hits: a bit for each test image, set when it was read
  // right; temperature: what its logits are divided by, so that it is as often right as it is sure.
  `CREATE TABLE sweeps (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    settings TEXT NOT NULL CHECK (json_valid(settings)),
    axes TEXT NOT NULL CHECK (json_valid(axes)),
    halving INTEGER NOT NULL CHECK (halving IN (0, 1)),
    owner TEXT,
    owner_name TEXT,
    created_at TEXT NOT NULL
  ) STRICT;

  ALTER TABLE runs ADD COLUMN owner TEXT;
  ALTER TABLE runs ADD COLUMN owner_name TEXT;
  ALTER TABLE runs ADD COLUMN name TEXT NOT NULL DEFAULT '';
  ALTER TABLE runs ADD COLUMN note TEXT NOT NULL DEFAULT '';
  ALTER TABLE runs ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0 CHECK (pinned IN (0, 1));
  ALTER TABLE runs ADD COLUMN test_hits BLOB;
  ALTER TABLE runs ADD COLUMN temperature REAL;
  ALTER TABLE runs ADD COLUMN sweep_id INTEGER REFERENCES sweeps ON DELETE SET NULL;
  ALTER TABLE runs ADD COLUMN pause_after INTEGER;
  ALTER TABLE runs ADD COLUMN stopped_early INTEGER NOT NULL DEFAULT 0 CHECK (stopped_early IN (0, 1));
  UPDATE runs SET settings = json_set(settings, '$.timebudget', 0);
  CREATE INDEX runs_by_sweep ON runs (sweep_id) WHERE sweep_id IS NOT NULL;

  -- As before, and: a run that began after epochs of another one, which were copied to it, has no weights of its own here;
  -- a parent may be deleted.
  CREATE TABLE new_starts (
    run_id INTEGER PRIMARY KEY REFERENCES runs ON DELETE CASCADE,
    weights BLOB,
    epochs INTEGER NOT NULL DEFAULT 0,
    parent_name TEXT NOT NULL,
    parent_run INTEGER REFERENCES runs ON DELETE SET NULL,
    parent_epoch INTEGER,
    comparisons TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(comparisons))
  ) STRICT;
  INSERT INTO new_starts (run_id, weights, parent_name, parent_run, parent_epoch, comparisons)
    SELECT run_id, weights, parent_name, (SELECT id FROM runs WHERE id = parent_run), parent_epoch, comparisons FROM starts;
  DROP TABLE starts;
  ALTER TABLE new_starts RENAME TO starts;
  CREATE INDEX starts_by_parent ON starts (parent_run) WHERE parent_run IS NOT NULL;`,

  `-- The epoch behind which a fork's patience counts: until now always the last one that it took over.
  ALTER TABLE starts ADD COLUMN patience_from INTEGER NOT NULL DEFAULT 0;
  UPDATE starts SET patience_from = epochs;`,

  // serve: may it go into service when it ends; null = by the server's rule.
  `ALTER TABLE runs ADD COLUMN serve INTEGER CHECK (serve IN (0, 1));
  CREATE INDEX runs_by_owner ON runs (owner, ended_at) WHERE owner IS NOT NULL;

  -- At most one row: the run whose best weights recognise, or null for the model that came with the workbench; who chose it
  -- (an owner, null for nobody) and when; and what recognised before it.
  CREATE TABLE new_serving (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    run_id INTEGER REFERENCES runs ON DELETE CASCADE,
    since TEXT NOT NULL,
    chosen_by TEXT,
    before_kind TEXT CHECK (before_kind IN ('shipped', 'file', 'run')),
    before_run INTEGER REFERENCES runs ON DELETE SET NULL
  ) STRICT;
  INSERT INTO new_serving (id, run_id, since) SELECT id, run_id, strftime('%Y-%m-%dT%H:%M:%fZ') FROM serving;
  DROP TABLE serving;
  ALTER TABLE new_serving RENAME TO serving;`,

  // owner: as a run's; number: from 1 among those of its owner, every fifth of which is kept apart from some number on;
  // runs.corrections: which ones the run learns from, null when from none; signed_out: sessions that were ended before
  // their time, with the Unix time in seconds at which they end by themselves.
  `ALTER TABLE corrections ADD COLUMN owner TEXT;
  ALTER TABLE corrections ADD COLUMN owner_name TEXT;
  ALTER TABLE corrections ADD COLUMN number INTEGER NOT NULL DEFAULT 0;
  UPDATE corrections SET number = id;
  CREATE INDEX corrections_by_owner ON corrections (owner, number);

  ALTER TABLE runs ADD COLUMN corrections TEXT CHECK (json_valid(corrections));
  UPDATE runs SET corrections = json_object('everybody', json('true'), 'owner', NULL, 'newest',
      (SELECT coalesce(max(id), 0) FROM corrections WHERE corrections.created_at <= runs.created_at))
    WHERE settings ->> '$.data' IN ('corrections', 'mnist+corrections');

  CREATE TABLE signed_out (
    session TEXT PRIMARY KEY,
    ends INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;`,

  `-- What was drawn stands apart: it may be a thousand times as long as the rest, and all that counts or shows corrections
  -- would have to read past it.
  CREATE TABLE correction_strokes (
    correction_id INTEGER PRIMARY KEY REFERENCES corrections ON DELETE CASCADE,
    strokes TEXT NOT NULL CHECK (json_valid(strokes))
  ) STRICT;
  INSERT INTO correction_strokes SELECT id, strokes FROM corrections WHERE strokes IS NOT NULL;
  ALTER TABLE corrections DROP COLUMN strokes;
  -- All that is asked of them together, so that nothing else is read.
  CREATE INDEX corrections_counted ON corrections (truth, answer, owner);`,

  // The class that each test image was answered with, a byte each; of older runs only test_hits is known.
  `ALTER TABLE runs ADD COLUMN test_answers BLOB;`,

  // fence: how often the run was claimed. What a trainer writes names it, so that one that has lost the run changes nothing.
  // stop_asked_at: somebody has stopped it. turns: the number of the claim that each owner's latest turn was, '' for nobody's.
  `ALTER TABLE runs ADD COLUMN fence INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE runs ADD COLUMN stop_asked_at TEXT;

  CREATE TABLE turns (
    owner TEXT PRIMARY KEY,
    turn INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  INSERT INTO turns (owner, turn)
    SELECT coalesce(owner, ''), row_number() OVER (ORDER BY max(started_at)) FROM runs
    WHERE started_at IS NOT NULL GROUP BY coalesce(owner, '');`,

  // Rooms: what there was before belongs to room 0, the default one. token, teacher_token: SHA-256 of its tokens; tokens: how often
  // they were made; kept_runs, kept_megabytes: what its newest runs keep of their checkpoints, as `Budget`.
  `CREATE TABLE rooms (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    key TEXT NOT NULL UNIQUE,
    token BLOB,
    teacher_token BLOB,
    tokens INTEGER NOT NULL DEFAULT 0,
    kept_runs INTEGER NOT NULL DEFAULT 50 CHECK (kept_runs >= 0),
    kept_megabytes INTEGER CHECK (kept_megabytes >= 0),
    created_at TEXT NOT NULL
  ) STRICT;
  INSERT INTO rooms (id, name, key, created_at) VALUES (0, '', '', strftime('%Y-%m-%dT%H:%M:%fZ'));

  ALTER TABLE runs ADD COLUMN room INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE sweeps ADD COLUMN room INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE corrections ADD COLUMN room INTEGER NOT NULL DEFAULT 0;
  DROP INDEX runs_by_state;
  CREATE INDEX runs_by_state ON runs (state, room, id);
  CREATE INDEX runs_by_room ON runs (room, id);
  DROP INDEX runs_by_owner;
  CREATE INDEX runs_by_owner ON runs (owner, room, ended_at) WHERE owner IS NOT NULL;
  CREATE INDEX sweeps_by_room ON sweeps (room, id);
  CREATE INDEX corrections_by_room ON corrections (room, id);
  DROP INDEX corrections_by_owner;
  CREATE INDEX corrections_by_owner ON corrections (room, owner, number);
  DROP INDEX corrections_counted;
  CREATE INDEX corrections_counted ON corrections (room, truth, answer, owner);

  CREATE TABLE new_turns (
    room INTEGER NOT NULL,
    owner TEXT NOT NULL,
    turn INTEGER NOT NULL,
    PRIMARY KEY (room, owner)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO new_turns SELECT 0, owner, turn FROM turns;
  DROP TABLE turns;
  ALTER TABLE new_turns RENAME TO turns;

  -- As before, one row for each room.
  CREATE TABLE new_serving (
    room INTEGER PRIMARY KEY,
    run_id INTEGER REFERENCES runs ON DELETE CASCADE,
    since TEXT NOT NULL,
    chosen_by TEXT,
    before_kind TEXT CHECK (before_kind IN ('shipped', 'file', 'run')),
    before_run INTEGER REFERENCES runs ON DELETE SET NULL
  ) STRICT;
  INSERT INTO new_serving SELECT 0, run_id, since, chosen_by, before_kind, before_run FROM serving;
  DROP TABLE serving;
  ALTER TABLE new_serving RENAME TO serving;`,

  // Which models were in service in each room, instead of only the latest one: the newest row is the one that is. run, epoch: also of
  // a run that was deleted since; reason: as `ServiceReason`.
  `CREATE TABLE services (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    room INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('shipped', 'file', 'run')),
    run_id INTEGER REFERENCES runs ON DELETE SET NULL,
    run INTEGER,
    epoch INTEGER,
    since TEXT NOT NULL,
    owner TEXT,
    owner_name TEXT,
    reason TEXT NOT NULL CHECK (reason IN ('started', 'trained', 'chosen', 'rolledback', 'erased')),
    CHECK ((kind = 'run') = (run IS NOT NULL AND epoch IS NOT NULL))
  ) STRICT;
  CREATE INDEX services_by_room ON services (room, id);
  CREATE INDEX services_by_run ON services (run_id) WHERE run_id IS NOT NULL;
  INSERT INTO services (room, kind, run_id, run, epoch, since, reason)
    SELECT room, before_kind, before_run, before_run, (SELECT best_epoch FROM runs WHERE id = before_run), since, 'chosen'
    FROM serving WHERE before_kind <> 'run' OR before_run IN (SELECT id FROM runs WHERE best_epoch IS NOT NULL);
  INSERT INTO services (room, kind, run_id, run, epoch, since, owner, reason)
    SELECT room, CASE WHEN run_id IS NULL THEN 'shipped' ELSE 'run' END, run_id, run_id,
      (SELECT best_epoch FROM runs WHERE id = run_id), since, chosen_by, 'chosen'
    FROM serving WHERE run_id IS NULL OR run_id IN (SELECT id FROM runs WHERE best_epoch IS NOT NULL);
  DROP TABLE serving;`,
];

/**
 * Brings the tables up to date, in one transaction: when a step fails, or the process ends, all is as it was.
 *
 * @param before is called first when there is something to upgrade, with the version that it has
 * @throws CodedError STORE_NEWER when a later program made the database
 */
export function migrate(
  db: DatabaseSync,
  migrations: readonly string[] = MIGRATIONS,
  before: (version: number) => void = () => {},
): void {
  const version = db.prepare('PRAGMA user_version').get()!.user_version as number;
  if (version > migrations.length) throw newer(version, migrations.length);
  if (version === migrations.length) return;
  if (version > 0) before(version);
  transaction(db, () => {
    for (const step of migrations.slice(version)) db.exec(step);
    db.exec(`PRAGMA user_version = ${migrations.length}`);
  });
}

/** All of the work, or none of it. Within another transaction it is a part of that one. */
export function transaction<Result>(db: DatabaseSync, work: () => Result): Result {
  if (db.isTransaction) return work();
  db.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    db.exec('COMMIT');
    return result;
  } catch (error) {
    // A full disk rolls back by itself.
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}
