import { english, type Message } from './catalogue/catalogue.ts';

/** Options of a coded error. */
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

/** An expected error, with a code, an HTTP status and a sentence that may be shown to anyone. */
export class CodedError extends Error {
  override name = 'CodedError';
  readonly code: string;
  readonly status: number;
  readonly field: string | undefined;
  readonly retryAfter: number | undefined;
  /** The message whose English sentence is `message`; null if it was given as a sentence. */
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
