/** The API description of one operation: the shape of a table row, and helpers to write one. */
import { type TObject, type TSchema, Type } from 'typebox';
import { LARGEST_PICTURE_TEXT } from '../../images/sizes.ts';

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
  /** May the body be omitted? */
  readonly bodyOptional?: true;
  /** Status → answer. */
  readonly answers: Readonly<Record<number, Answer>>;
  /** The answer on errors, where it differs from everywhere else. */
  readonly failure?: Answer;
}

export interface Answer {
  readonly description: string;
  readonly content?: Content;
}

/** Method and address, as "GET /runs/:id" → its description. */
export type Operations = Readonly<Record<string, Operation>>;

export type Content = Readonly<Record<string, TSchema>>;

/** In the order of the page. */
export const TAGS = {
  Recognition: 'A drawing, a matrix or a picture → the digit.',
  Runs: 'Train, watch, stop, resume, fork, compare.',
  Sweeps: 'Grids of settings, queued as one.',
  Corrections: 'Drawings that were misread, and learning from them.',
  Rooms: 'Classes and groups on one server, each with its own runs, model, corrections and tokens.',
  People: 'Who has runs, sweeps or corrections here, and erasing a person.',
  Model: 'The model in use.',
  'Open Inference Protocol': 'The same model for clients of inference servers.',
  Server: 'Health and metrics.',
} as const;

export type Tag = keyof typeof TAGS;

const JSON_TYPE = 'application/json';

export const json = (schema: TSchema): Content => ({ [JSON_TYPE]: schema });

/** @param form by default the same fields as in JSON */
export const jsonOrForm = (schema: TSchema, form = schema): Content => ({
  [JSON_TYPE]: schema,
  'application/x-www-form-urlencoded': form,
});

/** An answer that browsers get as a page from the same address. */
export const jsonOrPage = (schema: TSchema): Content => ({ [JSON_TYPE]: schema, 'text/html': Type.String() });

export const text = (...types: string[]): Content =>
  Object.fromEntries(types.map((type) => [type, Type.String()]));

/** Server-sent events; the schema is that of each. */
export const events = (...names: string[]): Content => ({
  'text/event-stream': Type.Object(
    {
      event: Type.Optional(oneOf(names)),
      id: Type.Optional(Type.String()),
      data: Type.Optional(Type.String({ contentMediaType: JSON_TYPE })),
      retry: Type.Optional(Type.Union([Type.Integer(), Type.String()])),
    },
    { description: 'Each event' },
  ),
});

/** A component of the description by its name. */
export const ref = (name: string): TSchema => Type.Unsafe({ $ref: `${name}#` });

/** A number in an address; texts such as 007 are not numbers. */
export const Id = Type.Integer({ minimum: 1 });

/** A field of a query, which a form sends empty if nothing was entered. */
export const orEmpty = (schema: TSchema): TSchema => Type.Union([schema, Type.Literal('')]);

/** A field of a form that holds JSON. */
export const jsonText = (description: string): TSchema =>
  Type.String({ minLength: 1, contentMediaType: JSON_TYPE, description });

/** A picture's file. */
export const Image = Type.String({
  format: 'binary',
  description: `PNG, JPEG or WebP, ${LARGEST_PICTURE_TEXT} at most`,
});

/** A picture that is the whole body. */
export const pictureAlone: Content = Object.fromEntries(
  ['image/png', 'image/jpeg', 'image/webp', 'application/octet-stream'].map((type) => [type, Image]),
);

/** One of several texts. */
export const oneOf = (values: readonly string[], about = {}) =>
  Type.Unsafe<string>({ type: 'string', enum: values, ...about });
