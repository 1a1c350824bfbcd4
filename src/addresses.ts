import { existsSync } from 'node:fs';
import { isIP, isIPv6 } from 'node:net';
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';

const EVERY_ADDRESS = new Set(['0.0.0.0', '::']);
/** Found in containers, and on some machines that are not containers. */
const CONTAINER_MARKS = ['/.dockerenv', '/run/.containerenv'];

/** Where a server listens. */
interface Listening {
  readonly host: string;
  readonly port: number;
  /** Before each path, empty for none. */
  readonly basePath: string;
}

/**
 * A sentence with the addresses at which other machines reach a server that listens on all of this one's. Within a
 * container the address of its host is unknown.
 *
 * @returns null when it listens on one address, which is then known, or there is no network
 */
export function otherMachines(
  { host, port, basePath }: Listening,
  interfaces: NodeJS.Dict<NetworkInterfaceInfo[]> = networkInterfaces(),
  inContainer = CONTAINER_MARKS.some((mark) => existsSync(mark)),
): string | null {
  if (!EVERY_ADDRESS.has(host)) return null;
  const urls = networkUrls(port, interfaces)
    .map((url) => `${url}${basePath}`)
    .join(' or ');
  if (!inContainer) return urls === '' ? null : `From other machines: ${urls}`;
  const published = `From other machines: http://<address of the container's host>:<port published for ${port}>${basePath}`;
  return urls === '' ? published : `${published}, or without a container ${urls}`;
}

function networkUrls(port: number, interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>): string[] {
  return Object.values(interfaces)
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, address }) => !internal && !isIPv6(address))
    .map(({ address }) => `http://${address}:${port}`);
}

/** Is it an address or a name that only this machine can reach? */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[(.*)\]$/, '$1');
  if (isIP(name) === 4) return name.startsWith('127.');
  if (isIP(name) === 6) return name === '::1' || name.startsWith('::ffff:127.');
  return name === 'localhost' || name.endsWith('.localhost');
}
