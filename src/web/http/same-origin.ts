import type { FastifyInstance, FastifyRequest } from 'fastify';
import { CodedError } from '../../errors.ts';
import './allowed-hosts.ts';
import './authority.ts';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses with 403 what a page of another site makes a browser send: browsers say where a request comes from, in
 * `Sec-Fetch-Site` or, over plain HTTP from another machine, in `Origin`. Scripts say neither.
 */
export function registerSameOrigin(app: FastifyInstance): void {
  app.addHook('onRequest', (request, _reply, done) => {
    if (SAFE_METHODS.has(request.method) || !isCrossSite(request)) return done();
    throw new CodedError({ code: 'CROSS_SITE', status: 403, message: refusal(request) });
  });
}

/** Does the request come from a page of another origin? False for scripts and for typed addresses. */
export function isCrossSite(request: FastifyRequest): boolean {
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  const { origin } = request.headers;
  if (origin === undefined) return false;
  // "null" has no host. A proxy may terminate TLS: only the hosts are compared, without the scheme's default port.
  const from = URL.canParse(origin) ? comparable(new URL(origin).host) : null;
  // Any of several proxies' hosts may match: no page can make a browser send such headers to another site.
  return (
    from === null ||
    !request.authority.hosts.some((host) => comparable(host) === from && request.server.isOurs(host))
  );
}

/** Normalises case, IPv6 notation and the scheme's default port; null for text that is not a host. */
function comparable(host: string): string | null {
  if (!/^[^\s/?#@\\]+$/.test(host) || !URL.canParse(`http://${host}`)) return null;
  return new URL(`http://${host}`).host.replace(/:(80|443)$/, '');
}

/** Says which headers did not match, for the person who set up the proxy. */
function refusal({ headers, authority: { host, header }, isProxied }: FastifyRequest): string {
  const site = headers['sec-fetch-site'];
  const by = site === undefined ? `Origin is "${headers.origin}"` : `Sec-Fetch-Site is "${site}"`;
  const own = 'Open the workbench itself and do it there.';
  if (site !== undefined || !URL.canParse(headers.origin ?? ''))
    return `This was sent by a page of another site: ${by}. ${own}`;
  const isUnheard = !isProxied && (headers['x-forwarded-host'] ?? headers['x-forwarded-port']) !== undefined;
  const remedy = isUnheard
    ? "add the proxy's address to TRUST_PROXY, without which X-Forwarded-Host and -Port are ignored"
    : `have the proxy pass on the host and port it was asked for, in nginx "proxy_set_header ${header} $http_host;"`;
  return `This was sent by a page of another site: ${by}, but ${header} is "${host}". ${own} If you did, ${remedy}.`;
}
