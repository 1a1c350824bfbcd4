/** The right that each request needs: who may do what, in one table. */
import type { FastifyRequest } from 'fastify';
/**
 * `read` = anyone may; `recognize` = anyone, unless a token is set for it; `admin`: of the room, which is its teacher; `operator`: of
 * the server.
 */
export type Right = 'read' | 'recognize' | 'change' | 'admin' | 'operator';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Exceptions to the rule by method. */
const EXCEPTIONS: Readonly<Record<string, Right>> = {
  'POST /sign-in': 'read',
  'POST /sign-out': 'read',
  'POST /reader': 'read',
  'POST /recognize': 'recognize',
  'GET /inside': 'recognize',
  'POST /v2/models/:name/infer': 'recognize',
  'POST /v2/models/:name/versions/:version/infer': 'recognize',
  // Changes the model that everybody uses.
  'POST /model': 'admin',
  'POST /models/:id/promote': 'admin',
  'POST /models/rollback': 'admin',
  // Who is here is nobody else's business.
  'GET /people': 'admin',
  'GET /people/:id/erase': 'admin',
  'POST /people/:id/erase': 'admin',
  'DELETE /people/:id': 'admin',
  // Rooms belong to the server, not to one of them.
  'GET /rooms': 'operator',
  'POST /rooms': 'operator',
  'PATCH /rooms/:name': 'operator',
  'DELETE /rooms/:name': 'operator',
  'POST /rooms/:name/enter': 'operator',
  'POST /rooms/:name/settings': 'operator',
  'POST /rooms/:name/tokens': 'operator',
  'GET /rooms/:name/delete': 'operator',
  'POST /rooms/:name/delete': 'operator',
  // Confirmation pages are for those who may make the change.
  'GET /runs/:id/delete': 'change',
  'GET /corrections/delete': 'change',
  'GET /corrections/:id/delete': 'change',
};

/** Every request that changes something needs a right, including routes added later. */
export function rightNeeded({ method, routeOptions }: FastifyRequest): Right {
  const name = `${method === 'HEAD' ? 'GET' : method} ${routeOptions.url}`;
  return EXCEPTIONS[name] ?? (SAFE_METHODS.has(method) ? 'read' : 'change');
}
