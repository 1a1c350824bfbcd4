import type { EngineSpeed } from '../training/engine-speed.ts';
import type { Database } from './database.ts';

/** How fast the engines were on this machine, so that it is measured only once. */
export class SpeedStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** @param machine what the speed depends on, as one text: processor, threads, Node */
  async get(engine: string, machine: string): Promise<EngineSpeed | null> {
    const [row] = await this.#db.query(GET, [engine, machine]);
    return row === undefined ? null : JSON.parse(row.milliseconds as string);
  }

  async put(engine: string, machine: string, speed: EngineSpeed): Promise<void> {
    await this.#db.query(PUT, [engine, machine, JSON.stringify(speed)]);
  }
}

const GET = 'SELECT milliseconds FROM speeds WHERE engine = $1 AND machine = $2';
const PUT = `INSERT INTO speeds (engine, machine, milliseconds, measured_at) VALUES ($1, $2, $3, now_text())
  ON CONFLICT (engine, machine) DO UPDATE SET milliseconds = excluded.milliseconds, measured_at = excluded.measured_at`;
