/** Who may do what, as far as it follows from how the server was started. */
import { isLoopback } from './addresses.ts';
import type { Config } from './config.ts';

export type TokenVariables = Pick<Config, 'host' | 'token' | 'adminToken' | 'recognizeToken'>;

/** `admin` may do everything, a `user` may train and correct, a `guest` may look. */
export type Role = 'admin' | 'user' | 'guest';

/** Does nobody need a token, so that everybody may do everything? */
export function isOpen({ host, token, adminToken, recognizeToken }: TokenVariables): boolean {
  return isLoopback(host) && [token, adminToken, recognizeToken].every((text) => text === null);
}
