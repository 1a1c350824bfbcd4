import type { Correction, CorrectionFilter, DrawnStrokes, NewCorrection } from '../corrections/correction.ts';
import { CodedError } from '../errors.ts';
import { DEFAULT_ROOM } from '../rooms/room.ts';
import type { LearntCorrections } from '../runs/run.ts';
import type { CorrectedImage } from '../training/correction-sets.ts';
import { type Condition, where } from './conditions.ts';
import type { Database, Row, Value } from './database.ts';
import { toOwner } from './rows.ts';

/** More than anybody draws by hand; 8 MB of images. */
export const MOST_CORRECTIONS = 10_000;

/** Ten drawings may have nine megabytes. */
const DELETED_AT_ONCE = 10;

/** How often each truth was read as each answer. */
export interface CorrectionCount {
  readonly truth: number;
  readonly answer: number;
  readonly count: number;
}

export interface CorrectionStoreOptions {
  /** Most that a room may have. */
  readonly most?: number;
  /** Id of the room whose corrections they are; null for all rooms. */
  readonly room?: number | null;
}

/** The drawings that somebody corrected: those of all rooms, or of one. */
export class CorrectionStore {
  readonly #db: Database;
  readonly #most: number;
  readonly #room: number | null;

  constructor(db: Database, { most = MOST_CORRECTIONS, room = null }: CorrectionStoreOptions = {}) {
    this.#db = db;
    this.#most = most;
    this.#room = room;
  }

  /** The same of one room: a correction of another room is not there. */
  in(room: number): CorrectionStore {
    return new CorrectionStore(this.#db, { most: this.#most, room });
  }

  /** @throws CodedError 409 when there is no room for another */
  async add(correction: NewCorrection): Promise<Correction> {
    const { truth, answer, probabilities, model, image, strokes, owner = null } = correction;
    const most = this.#most;
    const room = this.#room ?? DEFAULT_ROOM;
    const row = await this.#db.transaction(function* () {
      yield [LOCK];
      const [{ count }] = yield ['SELECT count(*) AS count FROM corrections WHERE room = $1', [room]];
      if ((count as number) >= most) throw noRoom(most);
      const [added] = yield [
        ADD,
        [
          truth,
          answer,
          JSON.stringify(probabilities),
          image,
          model,
          owner?.id ?? null,
          owner?.name ?? null,
          room,
        ],
      ];
      if (strokes !== null) yield [ADD_STROKES, [added.id, strokes]];
      return added;
    });
    return toCorrection(row);
  }

  async get(id: number): Promise<Correction | null> {
    const [row] = await this.#db.query(GET, [id, this.#room]);
    return row === undefined ? null : toCorrection(row);
  }

  async strokes(id: number): Promise<DrawnStrokes> {
    const [row] = await this.#db.query(STROKES, [id, this.#room]);
    return (row?.strokes as string | undefined) ?? null;
  }

  async count(filter: CorrectionFilter = {}): Promise<number> {
    const { text, values } = this.#where(filter);
    const [row] = await this.#db.query(`SELECT count(*) AS count FROM corrections ${text}`, values);
    return row.count as number;
  }

  /** Truths and answers that occur. */
  async counts(filter: CorrectionFilter = {}): Promise<CorrectionCount[]> {
    const { text, values } = this.#where(filter);
    const rows = await this.#db.query(
      `SELECT truth, answer, count(*) AS count FROM corrections ${text} GROUP BY truth, answer ORDER BY truth, answer`,
      values,
    );
    return rows as unknown as CorrectionCount[];
  }

  /** Newest first. */
  async list(
    filter: CorrectionFilter,
    { limit, offset = 0 }: { limit: number; offset?: number },
  ): Promise<Correction[]> {
    const { text, values } = this.#where(filter, [limit, offset]);
    const rows = await this.#db.query(
      `SELECT * FROM corrections ${text} ORDER BY id DESC LIMIT $1 OFFSET $2`,
      values,
    );
    return rows.map(toCorrection);
  }

  /** Oldest first, read in portions: a reader that takes its time sees what is there when it comes to it. */
  async *each(filter: CorrectionFilter = {}): AsyncGenerator<Correction, void, undefined> {
    for await (const rows of this.#portions('*', filter, 100)) yield* rows.map(toCorrection);
  }

  /** Those of them that are still there, oldest first, in portions: all of them may be eight megabytes. */
  async *images({
    everybody,
    owner,
    newest,
  }: LearntCorrections): AsyncGenerator<CorrectedImage[], void, undefined> {
    const filter = { newest, ...(!everybody && { owner: owner?.id ?? null }) };
    for await (const rows of this.#portions('id, number, truth, image', filter, 500)) {
      yield rows as unknown as CorrectedImage[];
    }
  }

  /** @returns the correction that was deleted; null when there is none */
  async delete(id: number): Promise<Correction | null> {
    const [row] = await this.#db.query(DELETE, [id, this.#room]);
    return row === undefined ? null : toCorrection(row);
  }

  /**
   * Deletes some, the oldest ones: to delete ten thousand takes long.
   *
   * @returns how many; 0 when there are no more
   */
  async deleteSome(filter: CorrectionFilter): Promise<number> {
    const { text, values } = this.#where(filter);
    const rows = await this.#db.query(
      `DELETE FROM corrections WHERE id IN
        (SELECT id FROM corrections ${text} ORDER BY id LIMIT ${DELETED_AT_ONCE}) RETURNING id`,
      values,
    );
    return rows.length;
  }

  async *#portions(
    columns: string,
    filter: CorrectionFilter,
    size: number,
  ): AsyncGenerator<Row[], void, undefined> {
    for (let after = 0; ; ) {
      const { text, values } = this.#where({ ...filter, after });
      const statement = `SELECT ${columns} FROM corrections ${text} ORDER BY id LIMIT ${size}`;
      const rows = await this.#db.query(statement, values);
      if (rows.length === 0) return;
      yield rows;
      after = rows.at(-1)!.id as number;
    }
  }

  #where(
    { truth, answer, newest, before: time, owner, after }: CorrectionFilter & { readonly after?: number },
    before?: readonly Value[],
  ) {
    const conditions: Condition[] = [
      ['room', this.#room ?? undefined],
      ['truth', truth ?? undefined],
      ['answer', answer ?? undefined],
      ['id <= ?', newest ?? undefined],
      ['created_at < ?', time],
      ['id > ?', after],
      ['owner', owner],
    ];
    return where(conditions, before);
  }
}

const LOCK = `SELECT lock_for('corrections')`;
const ADD = `INSERT INTO corrections (truth, answer, probabilities, image, model, created_at, owner, owner_name, number, room)
  VALUES ($1, $2, $3, $4, $5, now_text(), $6, $7,
    (SELECT coalesce(max(number), 0) + 1 FROM corrections WHERE room = $8 AND owner IS NOT DISTINCT FROM $6), $8) RETURNING *`;
const ADD_STROKES = 'INSERT INTO correction_strokes (correction_id, strokes) VALUES ($1, $2)';
/** Of this id, if it is the room's. */
const FOUND = 'id = $1 AND room = coalesce(CAST($2 AS INTEGER), room)';
const STROKES = `SELECT strokes FROM corrections JOIN correction_strokes ON correction_id = id WHERE ${FOUND}`;
const GET = `SELECT * FROM corrections WHERE ${FOUND}`;
const DELETE = `DELETE FROM corrections WHERE ${FOUND} RETURNING *`;

function toCorrection(row: Row): Correction {
  return {
    id: row.id as number,
    truth: row.truth as number,
    answer: row.answer as number,
    probabilities: JSON.parse(row.probabilities as string),
    model: row.model as string,
    image: row.image as Uint8Array,
    owner: toOwner(row),
    createdAt: row.created_at as string,
  };
}

function noRoom(most: number): CodedError {
  return new CodedError({
    code: 'NO_ROOM',
    status: 409,
    message: ['errors.thereIsRoomForCorrections', { most: most.toLocaleString('en') }],
  });
}
