import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Axes, Sweep } from '../runs/sweep.ts';
import { transaction } from './migrations.ts';
import { type Row, toOwner, toSettings } from './rows.ts';
import { prepareAll } from './statements.ts';

/** What was swept, and what a sweep says about its runs; the runs themselves are the run store's. */
export class SweepStore {
  readonly #db: DatabaseSync;
  readonly #statements: Readonly<Record<keyof typeof STATEMENTS, StatementSync>>;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#statements = prepareAll(db, STATEMENTS);
  }

  /**
   * A new sweep with all its runs, or none of it.
   *
   * @param createRuns creates them with the id of the sweep
   */
  create(sweep: Omit<Sweep, 'id' | 'createdAt'>, createRuns: (id: number) => void): Sweep {
    const { settings, axes, halving, owner } = sweep;
    return transaction(this.#db, () => {
      const { lastInsertRowid } = this.#statements.create.run(
        JSON.stringify(settings),
        JSON.stringify(axes),
        halving ? 1 : 0,
        owner?.id ?? null,
        owner?.name ?? null,
        new Date().toISOString(),
      );
      const id = Number(lastInsertRowid);
      createRuns(id);
      return this.get(id)!;
    });
  }

  get(id: number): Sweep | null {
    const row = this.#statements.get.get(id);
    return row === undefined ? null : toSweep(row);
  }

  /** Newest first. */
  list(limit: number): Sweep[] {
    return this.#statements.list.all(limit).map(toSweep);
  }

  /** Ids of those with a run that may wait for others, oldest first. */
  waiting(): number[] {
    return this.#statements.waiting.all().map(({ id }) => id as number);
  }

  /** A run that waited for its sweep: others were better. */
  stopEarly(runId: number, reason: string): void {
    this.#statements.stopEarly.run(reason, runId);
  }

  /** A run that waited for its sweep will not go on. */
  stopWaiting(runId: number, reason: string): void {
    this.#statements.stopWaiting.run(reason, runId);
  }

  /** No run of the sweep waits for the others any more. */
  letGo(id: number): void {
    this.#statements.letGo.run(id);
  }

  /** Its runs stay, as runs of no sweep, and read nobody's drawings as little as before. */
  delete(id: number): void {
    transaction(this.#db, () => {
      this.#statements.keepFromService.run(id);
      this.#statements.delete.run(id);
    });
  }
}

function toSweep(row: Row): Sweep {
  return {
    id: row.id as number,
    settings: toSettings(row),
    axes: JSON.parse(row.axes as string) as Axes,
    halving: row.halving === 1,
    owner: toOwner(row),
    createdAt: row.created_at as string,
  };
}

const STATEMENTS = {
  create: `INSERT INTO sweeps (settings, axes, halving, owner, owner_name, created_at) VALUES (?, ?, ?, ?, ?, ?)`,
  get: `SELECT * FROM sweeps WHERE id = ?`,
  list: `SELECT * FROM sweeps ORDER BY id DESC LIMIT ?`,
  waiting: `SELECT DISTINCT sweep_id AS id FROM runs WHERE sweep_id IS NOT NULL AND pause_after IS NOT NULL ORDER BY sweep_id`,
  stopEarly: `UPDATE runs SET reason = ?, stopped_early = 1, pause_after = NULL WHERE id = ? AND state = 'stopped'`,
  stopWaiting: `UPDATE runs SET reason = ?, pause_after = NULL WHERE id = ? AND state = 'stopped'`,
  letGo: `UPDATE runs SET pause_after = NULL WHERE sweep_id = ?`,
  keepFromService: `UPDATE runs SET serve = 0 WHERE sweep_id = ? AND serve IS NULL`,
  delete: `DELETE FROM sweeps WHERE id = ?`,
};
