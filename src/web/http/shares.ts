/** Nobody takes all there is: of what many want at once each client has a share, and guests leave some to the others. */
import { normalizeIP } from '@fastify/rate-limit';
import type { FastifyRequest } from 'fastify';

/** The address of a client; of IPv6 its /64 network, of which somebody has all addresses. */
export const addressOf = ({ ip }: Pick<FastifyRequest, 'ip'>): string => normalizeIP(ip);

/** Whose share it is: that of a session, of a script that says who it is, or of an address; null for an admin, who has all. */
export function shareOf(request: FastifyRequest): string | null {
  const { role, sessionId, owner } = request;
  if (role !== 'guest' && role !== 'user') return null;
  if (sessionId !== null) return sessionId;
  const address = addressOf(request);
  return role === 'user' && owner !== null ? `${address} ${owner.id}` : address;
}

/** What is taken at once, in all and of each share. */
export class Shares {
  readonly #most: number;
  readonly #mostOfOne: number;
  #all = 0;
  readonly #of = new Map<string, number>();

  constructor({ most, mostOfOne }: { readonly most: number; readonly mostOfOne: number }) {
    this.#most = most;
    this.#mostOfOne = mostOfOne;
  }

  /** Has this share room for as much more? */
  hasRoom(share: string | null, weight: number): boolean {
    return share === null || (this.#of.get(share) ?? 0) + weight <= this.#mostOfOne;
  }

  /**
   * @param share null for one that has all there is
   * @param most of all, for one that has to leave some
   * @returns what gives it back; null when there is no room
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
