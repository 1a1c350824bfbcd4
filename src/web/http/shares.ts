/** Fair shares of limited resources: each client has a share, and guests leave some to others. */
import { normalizeIP } from '@fastify/rate-limit';
import type { FastifyRequest } from 'fastify';

/** The address of a client; for IPv6 its /64 network, all of which usually belongs to one client. */
export const addressOf = ({ ip }: Pick<FastifyRequest, 'ip'>): string => normalizeIP(ip);

/** Whose share it is: that of a session, of a script that identifies itself, or of an address; null for admins, who have no limit. */
export function shareOf(request: FastifyRequest): string | null {
  const { role, sessionId, owner } = request;
  if (role !== 'guest' && role !== 'user') return null;
  if (sessionId !== null) return sessionId;
  const address = addressOf(request);
  return role === 'user' && owner !== null ? `${address} ${owner.id}` : address;
}

/** Amounts in use, in total and per share. */
export class Shares {
  readonly #most: number;
  readonly #mostOfOne: number;
  #all = 0;
  readonly #of = new Map<string, number>();

  constructor({ most, mostOfOne }: { readonly most: number; readonly mostOfOne: number }) {
    this.#most = most;
    this.#mostOfOne = mostOfOne;
  }

  /** Does this share have room for this much more? */
  hasRoom(share: string | null, weight: number): boolean {
    return share === null || (this.#of.get(share) ?? 0) + weight <= this.#mostOfOne;
  }

  /** @param share null for a client without a limit
   * @param most total allowed, for a client that has to leave some
   * @returns a function that releases it; null when there is no room
   */
  take(share: string | null, weight: number, most = this.#most): (() => void) | null {
    if (this.#all + weight > most || !this.hasRoom(share, weight)) return null;
    this.#add(share, weight);
    return () => this.#add(share, -weight);
  }

  #add(share: string | null, weight: number): void {
    this.#all += weight;
    if (share === null) return;
    const own = (this.#of.get(share) ?? 0) + weight;
    if (own === 0) this.#of.delete(share);
    else this.#of.set(share, own);
  }
}
