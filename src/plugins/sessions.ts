import { randomBytes } from 'node:crypto';

/** A school day: nobody signs in twice. */
export const SESSION_SECONDS = 12 * 3600;
/** More than any class has tablets; the oldest goes first. */
const MOST_SESSIONS = 5000;

/**
 * Who signed in, under an id that cannot be guessed and says nothing of the token. Kept in memory: a restart of the
 * server signs everybody out, and who signs out is out.
 */
export class Sessions<Grant> {
  readonly #grants = new Map<string, { readonly grant: Grant; readonly ends: number }>();
  readonly #now: () => number;

  /** @param now milliseconds; not of the clock, which may be put right */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** @returns the id of a new session */
  begin(grant: Grant): string {
    if (this.#grants.size >= MOST_SESSIONS) this.#grants.delete(this.#grants.keys().next().value as string);
    const id = randomBytes(24).toString('base64url');
    this.#grants.set(id, { grant, ends: this.#now() + SESSION_SECONDS * 1000 });
    return id;
  }

  /** Null when there is none of this id, or no longer. */
  find(id: string): Grant | null {
    const session = this.#grants.get(id);
    if (session === undefined) return null;
    if (session.ends > this.#now()) return session.grant;
    this.#grants.delete(id);
    return null;
  }

  end(id: string): void {
    this.#grants.delete(id);
  }
}
