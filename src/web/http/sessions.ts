import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** A school day, so that nobody has to sign in twice. */
export const SESSION_SECONDS = 12 * 3600;
/** Ended sessions that are remembered: more than a school signs out in twelve hours. */
const MOST_ENDED = 50_000;

/** Where ended sessions are kept. */
export interface EndedSessions {
  add(session: string, ends: number): Promise<void>;
  since(now: number): Promise<string[]>;
  delete(session: string): Promise<void>;
}

export interface SessionsOptions {
  /** Signs sessions: anyone who knows it can create them. */
  readonly key: Buffer;
  readonly ended: EndedSessions;
  readonly log: { error(error: unknown, message: string): void };
  /** Unix time in milliseconds. */
  readonly now?: () => number;
  /** Ended ones that are remembered. */
  readonly most?: number;
}

export interface Session {
  /** Cannot be guessed, and reveals nothing about the token. */
  readonly id: string;
  readonly grant: string;
}

/** Why a cookie is not a session: signed out or never valid, expired, or signed with another key. */
export type NoSession = 'none' | 'over' | 'foreign';

/** The wall clock at the start of the process, advanced monotonically: setting the clock neither ends nor prolongs a session. */
const steadyNow = () => performance.timeOrigin + performance.now();

/** What is signed, and the 43 letters of its 32 bytes of signature. */
const COOKIE = /^(([a-z]{1,12}(?:-\d{1,10}){0,2})\.([a-z\d]{1,8})\.([\w-]{22}))\.([\w-]{43})$/;

/**
 * Sessions in signed cookies: role, expiry and an id. Only those that were ended before their expiry are stored here.
 */
export class Sessions {
  readonly #options: Required<SessionsOptions>;
  #ended = new Set<string>();

  constructor(options: SessionsOptions) {
    this.#options = { now: steadyNow, most: MOST_ENDED, ...options };
  }

  /** Loads those that were ended before the process started. */
  async open(): Promise<void> {
    this.#ended = new Set(await this.#options.ended.since(this.#seconds()));
  }

  /** @returns the value of the cookie of a new session */
  begin(grant: string): string {
    const ends = this.#seconds() + SESSION_SECONDS;
    const text = `${grant}.${ends.toString(36)}.${randomBytes(16).toString('base64url')}`;
    return `${text}.${this.#sign(text).toString('base64url')}`;
  }

  find(cookie: string): Session | NoSession {
    const [, text, grant, ends, id, signature] = COOKIE.exec(cookie) ?? [];
    if (text === undefined) return 'none';
    if (!timingSafeEqual(this.#sign(text), Buffer.from(signature, 'base64url'))) return 'foreign';
    if (this.#ended.has(id)) return 'none';
    return Number.parseInt(ends, 36) > this.#seconds() ? { id, grant } : 'over';
  }

  /** Also for a copied cookie, and after a restart. */
  async end(cookie: string): Promise<void> {
    const session = this.find(cookie);
    if (typeof session === 'string') return;
    const { ended, log, most } = this.#options;
    this.#ended.add(session.id);
    try {
      await ended.add(session.id, Number.parseInt(cookie.split('.')[1], 36));
      if (this.#ended.size > most) await this.#forget();
    } catch (error) {
      log.error(error, 'a sign-out could not be stored: a restart would bring the session back');
    }
  }

  /** Drops the expired ones and the oldest tenth of the others, so that it need not happen on every sign-out. */
  async #forget(): Promise<void> {
    const { ended, most } = this.#options;
    const alive = new Set(await ended.since(this.#seconds()));
    for (const id of this.#ended) if (!alive.has(id)) this.#ended.delete(id);
    for (const id of this.#ended) {
      if (this.#ended.size <= 0.9 * most) return;
      this.#ended.delete(id);
      await ended.delete(id);
    }
  }

  #sign(text: string): Buffer {
    return createHmac('sha256', this.#options.key).update(text).digest();
  }

  #seconds(): number {
    return Math.floor(this.#options.now() / 1000);
  }
}
