import type { Owner } from '../runs/run.ts';
import { isSameModel, type ServedModel, type Service, type ServiceReason } from '../runs/service.ts';
import type { Database, Row } from './database.ts';
import { toOwner } from './rows.ts';

export interface NewService {
  readonly model: ServedModel;
  readonly reason: ServiceReason;
  /** Who chose it. */
  readonly by?: Owner | null | undefined;
  /** Id of the entry that has to be the current one, 0 for none; left out, any may be. */
  readonly expected?: number | undefined;
}

/** Which models are and were in service in a room. */
export class ServiceStore {
  readonly #db: Database;
  readonly #room: number;

  /** @param room its id */
  constructor(db: Database, room: number) {
    this.#db = db;
    this.#room = room;
  }

  /** Null while nothing was ever put into service. */
  async current(): Promise<Service | null> {
    return (await this.history(1))[0] ?? null;
  }

  /** Newest first. */
  async history(limit: number): Promise<Service[]> {
    return (await this.#db.query(HISTORY, [this.#room, limit])).map(toService);
  }

  /**
   * From now on this one is in service. One that is already stays so, unless somebody else chooses it, or for another reason.
   *
   * @returns null, and nothing has changed, when another one than expected is in service
   */
  async put({ model, reason, by = null, expected }: NewService): Promise<Service | null> {
    const room = this.#room;
    const row = await this.#db.transaction(function* () {
      yield [LOCK];
      const [current] = yield [HISTORY, [room, 1]];
      if (expected !== undefined && expected !== ((current?.id as number | undefined) ?? 0)) return null;
      const isSame = current !== undefined && isSameModel(toService(current).model, model);
      if (isSame && (by === null || (by.id === current.owner && reason === current.reason))) return current;
      const { runId = null, epoch = null } = model.kind === 'run' ? model : {};
      yield [ADD, [room, model.kind, runId, epoch, by?.id ?? null, by?.name ?? null, reason]];
      const [added] = yield [HISTORY, [room, 1]];
      return added;
    });
    return row && toService(row);
  }
}

function toService(row: Row): Service {
  const { kind, run, epoch } = row;
  return {
    id: row.id as number,
    model:
      kind === 'run'
        ? { kind, runId: run as number, epoch: epoch as number }
        : { kind: kind as 'shipped' | 'file' },
    since: row.since as string,
    chosenBy: toOwner(row),
    reason: row.reason as ServiceReason,
    isKept: kind !== 'run' || row.kept === 1,
  };
}

const LOCK = `SELECT lock_for('service')`;
const HISTORY = `SELECT services.*, CASE WHEN checkpoints.run_id IS NULL THEN 0 ELSE 1 END AS kept FROM services
  LEFT JOIN checkpoints ON checkpoints.run_id = services.run_id AND checkpoints.epoch = services.epoch
  WHERE room = $1 ORDER BY services.id DESC LIMIT $2`;
const ADD = `INSERT INTO services (room, kind, run_id, run, epoch, owner, owner_name, reason, since)
  VALUES ($1, $2, $3, $3, $4, $5, $6, $7, now_text()) RETURNING id`;
