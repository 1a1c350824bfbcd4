/** What a request needs before it is answered: who may do what, in one table. */
import type { FastifyRequest } from 'fastify';
/** `read` = anyone may; `recognize` = anyone, unless a token is set for it. */
export type Right = 'read' | 'recognize' | 'change' | 'admin';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Where the method does not tell. */
const EXCEPTIONS: Readonly<Record<string, Right>> = {
  'POST /sign-in': 'read',
  'POST /sign-out': 'read',
  'POST /recognize': 'recognize',
  'POST /v2/models/:name/infer': 'recognize',
  'POST /v2/models/:name/versions/:version/infer': 'recognize',
  // Changes what everybody's drawings are read with.
  'POST /model': 'admin',
  // Who is here is nobody else's business.
  'GET /people': 'admin',
  'GET /people/:id/erase': 'admin',
  'POST /people/:id/erase': 'admin',
  'DELETE /people/:id': 'admin',
  // Pages that ask before something is changed are for those who may change it.
  'GET /runs/:id/delete': 'change',
  'GET /corrections/delete': 'change',
  'GET /corrections/:id/delete': 'change',
};

/** Whatever changes something needs the right to, also what is added later. */
export function rightNeeded({ method, routeOptions }: FastifyRequest): Right {
  const name = `${method === 'HEAD' ? 'GET' : method} ${routeOptions.url}`;
  return EXCEPTIONS[name] ?? (SAFE_METHODS.has(method) ? 'read' : 'change');
}
