import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import type { Correction, CorrectionFilter, DrawnStrokes, NewCorrection } from '../corrections/correction.ts';
import { CodedError } from '../errors.ts';
import type { LearntCorrections } from '../runs/run.ts';
import type { CorrectedImage } from '../training/correction-sets.ts';
import { transaction } from './migrations.ts';
import { toOwner } from './rows.ts';
import { prepareAll } from './statements.ts';

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

/** The drawings that somebody corrected. */
export class CorrectionStore {
  readonly #db: DatabaseSync;
  readonly #statements: Readonly<Record<keyof typeof STATEMENTS, StatementSync>>;
  readonly #most: number;

  constructor(db: DatabaseSync, { most = MOST_CORRECTIONS }: { most?: number } = {}) {
    this.#db = db;
    this.#most = most;
    this.#statements = prepareAll(db, STATEMENTS);
  }

  /** @throws CodedError 409 when there is no room for another */
  add({ truth, answer, probabilities, model, image, strokes, owner = null }: NewCorrection): Correction {
    if (this.count() >= this.#most) throw noRoom(this.#most);
    const { add, addStrokes } = this.#statements;
    return transaction(this.#db, () => {
      const { lastInsertRowid: id } = add.run(
        truth,
        answer,
        JSON.stringify(probabilities),
        image,
        model,
        new Date().toISOString(),
        owner?.id ?? null,
        owner?.name ?? null,
        owner?.id ?? null,
      );
      if (strokes !== null) addStrokes.run(id, strokes);
      return this.get(Number(id))!;
    });
  }

  get(id: number): Correction | null {
    const row = this.#statements.get.get(id);
    return row === undefined ? null : toCorrection(row);
  }

  strokes(id: number): DrawnStrokes {
    return (this.#statements.strokes.get(id)?.strokes as string | undefined) ?? null;
  }

  count(filter: CorrectionFilter = {}): number {
    return this.#statements.count.get(toBounds(filter))!.count as number;
  }

  /** Truths and answers that occur. */
  counts(filter: CorrectionFilter = {}): CorrectionCount[] {
    return this.#statements.counts.all(toBounds(filter)) as unknown as CorrectionCount[];
  }

  /** Newest first. */
  list(filter: CorrectionFilter, { limit, offset = 0 }: { limit: number; offset?: number }): Correction[] {
    return this.#statements.list.all({ ...toBounds(filter), limit, offset }).map(toCorrection);
  }

  /** Oldest first, read in portions: a reader that takes its time sees what is there when it comes to it. */
  *each(filter: CorrectionFilter = {}): Generator<Correction, void, void> {
    for (let after = 0; ; ) {
      const rows = this.#statements.portion.all({ ...toBounds(filter), after });
      if (rows.length === 0) return;
      yield* rows.map(toCorrection);
      after = rows.at(-1)!.id as number;
    }
  }

  /** Those of them that are still there, oldest first, in portions: all of them may be eight megabytes. */
  *images({ everybody, owner, newest }: LearntCorrections): Generator<CorrectedImage[], void, void> {
    const bounds = toBounds({ newest, ...(!everybody && { owner: owner?.id ?? null }) });
    for (let after = 0; ; ) {
      const rows = this.#statements.images.all({ ...bounds, after });
      if (rows.length === 0) return;
      yield rows as unknown as CorrectedImage[];
      after = rows.at(-1)!.id as number;
    }
  }

  /** @returns the correction that was deleted; null when there is none */
  delete(id: number): Correction | null {
    const correction = this.get(id);
    this.#statements.delete.run(id);
    return correction;
  }

  /** Some at a time, oldest first: to delete ten thousand takes long. @returns how many were deleted */
  *deleteAll(filter: CorrectionFilter): Generator<void, number, void> {
    for (let deleted = 0; ; ) {
      const { changes } = this.#statements.deleteSome.run(toBounds(filter));
      if (changes === 0) return deleted;
      deleted += Number(changes);
      yield;
    }
  }
}

const WHERE = `(:truth IS NULL OR truth = :truth) AND (:answer IS NULL OR answer = :answer)
  AND (:newest IS NULL OR id <= :newest) AND (:anybody OR owner IS :owner)`;

const STATEMENTS = {
  add: `INSERT INTO corrections (truth, answer, probabilities, image, model, created_at, owner, owner_name, number)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, (SELECT coalesce(max(number), 0) + 1 FROM corrections WHERE owner IS ?))`,
  addStrokes: `INSERT INTO correction_strokes (correction_id, strokes) VALUES (?, ?)`,
  strokes: `SELECT strokes FROM correction_strokes WHERE correction_id = ?`,
  get: `SELECT * FROM corrections WHERE id = ?`,
  count: `SELECT count(*) AS count FROM corrections WHERE ${WHERE}`,
  counts: `SELECT truth, answer, count(*) AS count FROM corrections WHERE ${WHERE}
    GROUP BY truth, answer ORDER BY truth, answer`,
  list: `SELECT * FROM corrections WHERE ${WHERE} ORDER BY id DESC LIMIT :limit OFFSET :offset`,
  portion: `SELECT * FROM corrections WHERE ${WHERE} AND id > :after ORDER BY id LIMIT 100`,
  images: `SELECT id, number, truth, image FROM corrections WHERE ${WHERE} AND id > :after ORDER BY id LIMIT 500`,
  delete: `DELETE FROM corrections WHERE id = ?`,
  deleteSome: `DELETE FROM corrections
    WHERE id IN (SELECT id FROM corrections WHERE ${WHERE} ORDER BY id LIMIT ${DELETED_AT_ONCE})`,
};

function toBounds({ truth = null, answer = null, newest = null, owner }: CorrectionFilter) {
  return { truth, answer, newest, anybody: owner === undefined ? 1 : 0, owner: owner ?? null };
}

function toCorrection(row: Record<string, SQLOutputValue>): Correction {
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
