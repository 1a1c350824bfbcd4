import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { EngineSpeed } from '../training/engine-speed.ts';

/** How fast the engines were on this machine, so that it is measured only once. */
export class SpeedStore {
  readonly #get: StatementSync;
  readonly #put: StatementSync;

  constructor(db: DatabaseSync) {
    this.#get = db.prepare('SELECT milliseconds FROM speeds WHERE engine = ? AND machine = ?');
    this.#put = db.prepare(
      `INSERT INTO speeds (engine, machine, milliseconds, measured_at) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET milliseconds = excluded.milliseconds, measured_at = excluded.measured_at`,
    );
  }

  /** @param machine what the speed depends on, as one text: processor, threads, Node */
  get(engine: string, machine: string): EngineSpeed | null {
    const row = this.#get.get(engine, machine);
    return row === undefined ? null : JSON.parse(row.milliseconds as string);
  }

  put(engine: string, machine: string, speed: EngineSpeed): void {
    this.#put.run(engine, machine, JSON.stringify(speed), new Date().toISOString());
  }
}
