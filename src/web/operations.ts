/** Every operation for scripts: method and address, as in the routes → its description. */
import type { Operations } from './api/operation.ts';
import { corrections } from './corrections/operations.ts';
import { inference } from './drawings/inference-operations.ts';
import { recognition } from './drawings/operations.ts';
import { inside } from './inside/operations.ts';
import { models } from './models/operations.ts';
import { people } from './people/operations.ts';
import { rooms } from './rooms/operations.ts';
import { runs } from './runs/operations.ts';
import { server } from './server/operations.ts';
import { sweeps } from './sweeps/operations.ts';

export const OPERATIONS: Operations = {
  ...recognition,
  ...inside,
  ...runs,
  ...sweeps,
  ...corrections,
  ...rooms,
  ...people,
  ...models,
  ...inference,
  ...server,
};
