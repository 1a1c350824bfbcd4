import { CodedError } from '../../errors.ts';
import type { Run } from '../../runs/run.ts';
import type { Workbench } from '../../workbench.ts';

/** Parameters of every address below /runs/:id. */
export interface RunParams {
  readonly id: string;
}

/** Is this the id of a row? There is one spelling for each: 007 is not 7. */
export const isId = (text: string) => /^[1-9]\d{0,14}$/.test(text);

/** @throws CodedError 404 when there is no such run */
export async function findRun({ store }: Pick<Workbench, 'store'>, id: string): Promise<Run> {
  const run = isId(id) ? await store.get(Number(id)) : null;
  if (run === null) {
    throw new CodedError({
      code: 'NO_SUCH_RUN',
      status: 404,
      message: ['errors.thereIsNoRun', { id: id.slice(0, 20) }],
    });
  }
  return run;
}
