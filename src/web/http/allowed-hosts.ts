import { isIP } from 'node:net';
import { hostname } from 'node:os';
import type { FastifyInstance } from 'fastify';
import type { Config } from '../../config.ts';
import { CodedError } from '../../errors.ts';
import './authority.ts';
import { isLoopback } from '../../addresses.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** Is this name, with or without a port, one of the server's? */
    isOurs(host: string): boolean;
  }
}

/** Health checks may not know the server's name. */
const ANY_HOST = new Set(['/livez', '/readyz']);

/**
 * Refuses requests for a name that is not ours with 421. A page of another site can have its own name point here (DNS
 * rebinding) and would then be of the same origin; a name is what it needs, so that IP addresses are let through, also
 * those that a container does not know it has.
 */
export function registerAllowedHosts(app: FastifyInstance, { host, allowedHosts }: Config): void {
  const own = hostname().toLowerCase();
  const names = new Set([host.toLowerCase(), own, `${own}.local`, `${own.split('.')[0]}.local`]);
  const isAllowedName = (name: string) =>
    isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0 ||
    isLoopback(name) ||
    names.has(name) ||
    allowedHosts.some((allowed) => (allowed.startsWith('.') ? name.endsWith(allowed) : name === allowed));

  const isOurs = (host: string) => isAllowedName(nameOf(host));
  app.decorate('isOurs', isOurs);

  app.addHook('onRequest', ({ authority: { host, header }, routeOptions }, _reply, done) => {
    if (isOurs(host) || ANY_HOST.has(routeOptions.url ?? '')) return done();
    throw new CodedError({
      code: 'UNKNOWN_HOST',
      status: 421,
      message: `This server is not known as "${nameOf(host)}" (${header}). Its operator can add the name to ALLOWED_HOSTS, or have the proxy pass on the name in the browser's address bar.`,
    });
  });
}

/** "Lab.example:8000" → "lab.example"; a dot at the end is the same name. */
function nameOf(host: string): string {
  return host.toLowerCase().replace(/:\d*$/, '').replace(/\.$/, '');
}
