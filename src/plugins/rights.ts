/** What a request needs before it is answered: who may do what, in one table. */
import type { FastifyRequest } from 'fastify';

/** `admin` may do everything, a `user` may train and correct, a `guest` may look. */
export type Role = 'admin' | 'user' | 'guest';

/** `read` = anyone may; `recognize` = anyone, unless a token is set for it. */
export type Right = 'read' | 'recognize' | 'change' | 'admin';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** What else than its method a route goes by. */
const EXCEPTIONS: Readonly<Record<string, Right>> = {
  'POST /sign-in': 'read',
  'POST /sign-out': 'read',
  'POST /recognize': 'recognize',
  'POST /v2/models/:name/infer': 'recognize',
  'POST /v2/models/:name/versions/:version/infer': 'recognize',
  // Changes what everybody's drawings are read with, or what nobody can bring back.
  'POST /model': 'admin',
  'POST /corrections/delete': 'admin',
};

/** Whatever changes something needs the right to, also what is added later. */
export function rightNeeded({ method, routeOptions }: FastifyRequest): Right {
  return EXCEPTIONS[`${method} ${routeOptions.url}`] ?? (SAFE_METHODS.has(method) ? 'read' : 'change');
}
