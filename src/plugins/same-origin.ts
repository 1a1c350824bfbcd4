import type { FastifyInstance, FastifyRequest } from 'fastify';
import { CodedError } from '../errors.ts';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses with 403 what a page of another site has a browser send: browsers say where a request comes from, in
 * `Sec-Fetch-Site` or, over plain HTTP from another machine, in `Origin`. Scripts say neither.
 */
export function registerSameOrigin(app: FastifyInstance): void {
  app.addHook('onRequest', async (request) => {
    if (SAFE_METHODS.has(request.method) || !isCrossSite(request)) return;
    throw new CodedError({
      code: 'CROSS_SITE',
      status: 403,
      message: 'This was sent by a page of another site. Open the workbench itself and do it there.',
    });
  });
}

/** Does a page of another origin ask? False for scripts and for an address that somebody typed. */
export function isCrossSite({ headers }: FastifyRequest): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  const { origin } = headers;
  if (origin === undefined) return false;
  // "null" has no host. TLS may end before us: only the hosts are compared, without a scheme's own port.
  return !URL.canParse(origin) || withoutPort(new URL(origin).host) !== withoutPort(headers.host ?? '');
}

const withoutPort = (host: string) => host.toLowerCase().replace(/:(80|443)$/, '');
