import { english, type Message } from './catalogue/catalogue.ts';

/** What a coded error is made of. */
export interface CodedErrorOptions {
  /** For programs: UPPER_SNAKE_CASE, never changes. */
  readonly code: string;
  /** HTTP status, 400–599. */
  readonly status: number;
  /** A sentence for people: what happened, where, and what to do. No path, no stack. */
  readonly message: string | Message;
  /** The form field or JSON member it is about. */
  readonly field?: string;
  /** Seconds after which to try again, for a 429 or 503. */
  readonly retryAfter?: number;
  readonly cause?: unknown;
}

/** Expected trouble: has a code, an HTTP status and a sentence that may be shown to anyone. */
export class CodedError extends Error {
  override name = 'CodedError';
  readonly code: string;
  readonly status: number;
  readonly field: string | undefined;
  readonly retryAfter: number | undefined;
  /** What `message` says in English. */
  readonly said: Message | null;

  constructor({ code, status, message, field, retryAfter, cause }: CodedErrorOptions) {
    super(typeof message === 'string' ? message : english(...message), { cause });
    this.said = typeof message === 'string' ? null : message;
    this.code = code;
    this.status = status;
    this.field = field;
    this.retryAfter = retryAfter;
  }
}
