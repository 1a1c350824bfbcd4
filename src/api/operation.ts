/** What the interface's description says of one operation: the shape of a table's rows, and how a row is written. */
import { type TObject, type TSchema, Type } from 'typebox';

export interface Operation {
  readonly tag: Tag;
  /** A phrase. */
  readonly summary: string;
  /** Sentences. */
  readonly description?: string;
  /** Parts of the address. */
  readonly params?: TObject;
  readonly query?: TObject;
  readonly headers?: TObject;
  /** Content type → what is sent. */
  readonly body?: Content;
  /** Status → answer. What goes wrong is described for all operations alike. */
  readonly answers: Readonly<Record<number, Answer>>;
}

export interface Answer {
  readonly description: string;
  readonly content?: Content;
}

export type Content = Readonly<Record<string, TSchema>>;

/** In the order of the page. */
export const TAGS = {
  Recognition: 'A drawing, a matrix or a picture → the digit.',
  Runs: 'Train, watch, stop, resume, fork, compare.',
  Sweeps: 'Grids of settings as one thing.',
  Corrections: 'Drawings that were misread, and learning from them.',
  Model: 'What reads now.',
  'Open Inference Protocol': 'The same model for clients of other servers.',
  Server: 'Is it well?',
} as const;

export type Tag = keyof typeof TAGS;

const JSON_TYPE = 'application/json';

export const json = (schema: TSchema): Content => ({ [JSON_TYPE]: schema });

/** The same fields as JSON and as a form. */
export const jsonOrForm = (schema: TSchema): Content => ({
  [JSON_TYPE]: schema,
  'application/x-www-form-urlencoded': schema,
});

/** An answer that browsers get as a page from the same address. */
export const jsonOrPage = (schema: TSchema): Content => ({ [JSON_TYPE]: schema, 'text/html': Type.String() });

export const text = (...types: string[]): Content =>
  Object.fromEntries(types.map((type) => [type, Type.String()]));

/** A component of the description by its name. */
export const ref = (name: string): TSchema => Type.Unsafe({ $ref: `${name}#` });

/** One of some texts. */
export const oneOf = (values: readonly string[], about = {}) =>
  Type.Unsafe<string>({ type: 'string', enum: values, ...about });
