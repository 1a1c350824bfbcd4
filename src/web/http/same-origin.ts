import type { FastifyInstance, FastifyRequest } from 'fastify';
import { CodedError } from '../../errors.ts';
import './allowed-hosts.ts';
import './authority.ts';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses with 403 what a page of another site has a browser send: browsers say where a request comes from, in
 * `Sec-Fetch-Site` or, over plain HTTP from another machine, in `Origin`. Scripts say neither.
 */
export function registerSameOrigin(app: FastifyInstance): void {
  app.addHook('onRequest', (request, _reply, done) => {
    if (SAFE_METHODS.has(request.method) || !isCrossSite(request)) return done();
    throw new CodedError({ code: 'CROSS_SITE', status: 403, message: refusal(request) });
  });
}

/** Does a page of another origin ask? False for scripts and for an address that somebody typed. */
export function isCrossSite(request: FastifyRequest): boolean {
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  const { origin } = request.headers;
  if (origin === undefined) return false;
  // "null" has no host. TLS may end before us: only the hosts are compared, without a scheme's own port.
  const from = URL.canParse(origin) ? comparable(new URL(origin).host) : null;
  // Among several proxies' hosts one that is ours will do: no page can have a browser send such headers elsewhere.
  return (
    from === null ||
    !request.authority.hosts.some((host) => comparable(host) === from && request.server.isOurs(host))
  );
}

/** Upper case, an IPv6 address written out and a scheme's own port are the same host; null for what is none. */
function comparable(host: string): string | null {
  if (!/^[^\s/?#@\\]+$/.test(host) || !URL.canParse(`http://${host}`)) return null;
  return new URL(`http://${host}`).host.replace(/:(80|443)$/, '');
}

/** Says which headers did not fit, for the one who set up a proxy. */
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
