import { isIP } from 'node:net';
import { hostname } from 'node:os';
import type { FastifyInstance } from 'fastify';
import type { Config } from '../config.ts';
import { CodedError } from '../errors.ts';
import { isLoopback } from './loopback.ts';

/** Whoever asks whether the server is there may not know its name. */
const ANY_HOST = new Set(['/livez', '/readyz']);

/**
 * Refuses requests for a name that is not ours with 421. A page of another site can have its own name point here (DNS
 * rebinding) and would then be of the same origin; a name is what it needs, so that IP addresses are let through, also
 * those that a container does not know it has.
 */
export function registerAllowedHosts(app: FastifyInstance, { host, allowedHosts }: Config): void {
  const own = hostname().toLowerCase();
  const names = new Set([host.toLowerCase(), own, `${own}.local`, `${own.split('.')[0]}.local`]);
  const isAllowed = (name: string) =>
    isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0 ||
    isLoopback(name) ||
    names.has(name) ||
    allowedHosts.some((allowed) => (allowed.startsWith('.') ? name.endsWith(allowed) : name === allowed));

  app.addHook('onRequest', async ({ headers, routeOptions }) => {
    if (isAllowed(nameOf(headers.host ?? '')) || ANY_HOST.has(routeOptions.url ?? '')) return;
    throw new CodedError({
      code: 'UNKNOWN_HOST',
      status: 421,
      message:
        'This server is not asked for by this name. Whoever runs it can add the name to ALLOWED_HOSTS.',
    });
  });
}

/** "Lab.example:8000" → "lab.example"; a dot at the end is the same name. */
function nameOf(host: string): string {
  return host.toLowerCase().replace(/:\d*$/, '').replace(/\.$/, '');
}
