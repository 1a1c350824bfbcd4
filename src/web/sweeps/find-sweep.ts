import { CodedError } from '../../errors.ts';
import type { SweepService, SweepStanding } from '../../queue/sweep-service.ts';
import { isId } from '../models/find-run.ts';

/** Of every address below /sweeps/:id. */
export interface SweepParams {
  readonly id: string;
}

/** @throws CodedError 404 when there is no such sweep */
export function findSweep(sweeps: Pick<SweepService, 'get'>, id: string): SweepStanding {
  const standing = isId(id) ? sweeps.get(Number(id)) : null;
  if (standing !== null) return standing;
  const message = `There is no sweep ${id.slice(0, 20)}.`;
  throw new CodedError({ code: 'NO_SUCH_SWEEP', status: 404, message });
}
