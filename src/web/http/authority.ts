import { BlockList, isIP } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Config } from '../../config.ts';

/** The host, and the port unless it is the scheme's default, that a request names: what the browser's address bar shows. */
export interface Authority {
  /** As "lab.example:8000" or "[::1]". */
  readonly host: string;
  /** The header that it came from. */
  readonly header: 'Host' | 'X-Forwarded-Host';
  /** The host that each proxy was asked for, the outermost first; `host` is among them. */
  readonly hosts: readonly string[];
}

declare module 'fastify' {
  interface FastifyRequest {
    readonly authority: Authority;
    /** Does the request come from a trusted proxy? */
    readonly isProxied: boolean;
  }
}

/**
 * Adds to each request the {@link Authority} that it is for. A trusted proxy's `X-Forwarded-Host` goes before `Host`,
 * which may name this server among the proxy's upstreams, and its `X-Forwarded-Port` is the port of a host without one.
 * From other clients both are ignored. Several proxies each add their value: that of the outermost trusted one counts, as
 * with the addresses in `X-Forwarded-For`; the values before it may have been forged by the client.
 */
export function registerAuthority(app: FastifyInstance, { trustProxy }: Pick<Config, 'trustProxy'>): void {
  const isTrusted = trustedProxies(trustProxy);
  app.decorateRequest('isProxied', {
    getter() {
      const { remoteAddress } = this.raw.socket;
      return trustProxy.length > 0 && remoteAddress !== undefined && isTrusted(remoteAddress);
    },
  });
  app.decorateRequest('authority', {
    getter() {
      return authorityOf(this);
    },
  });
}

function authorityOf(request: FastifyRequest): Authority {
  const asked = request.headers.host ?? '';
  if (!request.isProxied) {
    const host = withPort(asked, undefined);
    return { host, header: 'Host', hosts: [host] };
  }
  const said = (name: string) => listOf(request.headers[name]);
  const forwarded = said('x-forwarded-host');
  const ports = said('x-forwarded-port');
  const proxies = Math.max(1, (request.ips?.length ?? 1) - 1);
  const port = outermost(ports, proxies);
  if (forwarded.length === 0) {
    const host = withPort(asked, port);
    return { host, header: 'Host', hosts: [host] };
  }
  const ofHost = URL.canParse(`http://${asked}`) ? new URL(`http://${asked}`) : null;
  const hosts = forwarded.map((host) =>
    withPort(host, port ?? (ofHost?.hostname === host.toLowerCase() ? ofHost.port : undefined)),
  );
  return { host: outermost(hosts, proxies) as string, header: 'X-Forwarded-Host', hosts };
}

const listOf = (header: string | string[] | undefined): string[] =>
  (header === undefined ? '' : String(header))
    .split(',')
    .map((value) => value.trim())
    .filter((value) => value !== '');

/** The value from the outermost trusted proxy. */
const outermost = (values: readonly string[], proxies: number): string | undefined =>
  values.at(-Math.min(proxies, values.length));

function withPort(host: string, port: string | undefined): string {
  const bracketed = isIP(host) === 6 ? `[${host}]` : host;
  if (!port || !/^\d{1,5}$/.test(port) || /:\d+$/.test(bracketed)) return bracketed;
  return /^(80|443)$/.test(port) ? bracketed : `${bracketed}:${port}`;
}

/** @param networks addresses, and subnets such as 10.0.0.0/8 */
export function trustedProxies(networks: readonly string[]): (ip: string) => boolean {
  const list = new BlockList();
  for (const network of networks) {
    const [address, bits] = network.split('/');
    const type = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, type);
    else list.addSubnet(address, Number(bits), type);
  }
  return (ip) => list.check(ip, isIP(ip) === 6 ? 'ipv6' : 'ipv4');
}
