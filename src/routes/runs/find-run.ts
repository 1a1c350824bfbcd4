import type { Parts } from '../../app.ts';
import { CodedError } from '../../errors.ts';
import type { Run } from '../../store/run.ts';

/** Of every address below /runs/:id. */
export interface RunParams {
  readonly id: string;
}

/** @throws CodedError 404 when there is no such run */
export function findRun({ store }: Pick<Parts, 'store'>, id: string): Run {
  const run = /^\d{1,15}$/.test(id) ? store.get(Number(id)) : null;
  if (run === null) {
    throw new CodedError({
      code: 'NO_SUCH_RUN',
      status: 404,
      message: `There is no run ${id.slice(0, 20)}.`,
    });
  }
  return run;
}
