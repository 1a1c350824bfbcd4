import { existsSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';

const EVERY_ADDRESS = new Set(['0.0.0.0', '::']);
/** Inside of one nobody knows at which address its host is reached. */
const CONTAINER_MARKS = ['/.dockerenv', '/run/.containerenv'];

/**
 * What to type on another machine to reach a server that listens on all addresses of this one.
 *
 * @returns none when it listens on one address, which is then known, and in a container
 */
export function networkUrls(
  host: string,
  port: number,
  interfaces: NodeJS.Dict<NetworkInterfaceInfo[]> = networkInterfaces(),
  inContainer = CONTAINER_MARKS.some((mark) => existsSync(mark)),
): string[] {
  if (!EVERY_ADDRESS.has(host) || inContainer) return [];
  return Object.values(interfaces)
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, address }) => !internal && !isIPv6(address))
    .map(({ address }) => `http://${address}:${port}`);
}
