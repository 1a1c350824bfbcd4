/** Who may do what, as far as the server's configuration determines it. */
import { isLoopback } from './addresses.ts';
import type { Config } from './config.ts';

export type TokenVariables = Pick<Config, 'host' | 'token' | 'adminToken' | 'recognizeToken'>;

/** `admin` may do everything, a `user` may train and correct, a `guest` may look. */
export type Role = 'admin' | 'user' | 'guest';

/** Is no token needed, so that everybody may do everything? */
export function isOpen({ host, token, adminToken, recognizeToken }: TokenVariables): boolean {
  return isLoopback(host) && [token, adminToken, recognizeToken].every((text) => text === null);
}
