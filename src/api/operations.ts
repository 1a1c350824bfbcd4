/** Every operation that scripts may use: method and address, as the routes have them → its description. */
import type { Operation } from './operation.ts';
import { corrections } from './operations/corrections.ts';
import { inference } from './operations/inference.ts';
import { model, recognition } from './operations/recognition.ts';
import { runs } from './operations/runs.ts';
import { server } from './operations/server.ts';
import { sweeps } from './operations/sweeps.ts';

export const OPERATIONS: Readonly<Record<string, Operation>> = {
  ...recognition,
  ...runs,
  ...sweeps,
  ...corrections,
  ...model,
  ...inference,
  ...server,
};
