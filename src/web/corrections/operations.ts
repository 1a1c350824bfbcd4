import { type TSchema, Type } from 'typebox';
import {
  Id,
  Image,
  json,
  jsonOrForm,
  jsonOrPage,
  jsonText,
  type Operations,
  orEmpty,
  pictureAlone,
  ref,
  text,
} from '../api/operation.ts';

const tag = 'Corrections';
const Digit = Type.Integer({ minimum: 0, maximum: 9 });
const Page = Type.Integer({ minimum: 1, maximum: 999_999_999 });
/** As a form sends it; empty counts as left out. */
const orText = (schema: TSchema, pattern: string) => Type.Union([schema, Type.String({ pattern })]);
/** `newest` keeps those out that came after it; `mine` those of others. */
const filter = {
  truth: Type.Optional(orText(Digit, '^[0-9]?$')),
  answer: Type.Optional(orText(Digit, '^[0-9]?$')),
  newest: Type.Optional(orText(Page, '^([1-9][0-9]{0,8})?$')),
  mine: Type.Optional(
    Type.Unsafe<string>({
      enum: ['1', 1, ''],
      description: 'Only the client’s own: of the browser, or of `X-Owner`',
    }),
  ),
};
const strict = { additionalProperties: false };
const file = (description: string) =>
  ({
    tag,
    summary: description,
    query: Type.Object(filter, strict),
    answers: { 200: { description: 'The file', content: text('application/octet-stream') } },
  }) as const;

export const corrections: Operations = {
  'POST /corrections': {
    tag,
    summary: 'Keeps what a drawing was',
    description:
      'Of both, the strokes are kept when the matrix is made of them. A picture may also be the whole body, with `truth` in the address; it must show one digit.',
    query: Type.Object({ truth: Type.Optional(Digit) }),
    body: {
      ...jsonOrForm(
        Type.Union([
          Type.Object({ truth: Digit, matrix: ref('Matrix'), strokes: Type.Optional(ref('Strokes')) }),
          Type.Object({ truth: Digit, strokes: ref('Strokes') }),
          Type.Object({ truth: Digit, image: ref('PictureText') }),
        ]),
        Type.Object({
          truth: Digit,
          matrix: Type.Optional(jsonText('A matrix as JSON')),
          strokes: Type.Optional(jsonText('Strokes as JSON')),
          image: Type.Optional(ref('PictureText')),
        }),
      ),
      'multipart/form-data': Type.Object({ truth: Digit, image: Image }),
      ...pictureAlone,
    },
    answers: {
      201: { description: 'The correction', content: json(ref('Correction')) },
      303: { description: 'To a browser' },
    },
  },
  'GET /corrections': {
    tag,
    summary: "Lists everybody's corrections, newest first",
    query: Type.Object({ ...filter, page: Type.Optional(orEmpty(Page)) }, strict),
    answers: {
      200: {
        description: 'A page of them',
        content: jsonOrPage(
          Type.Object({
            count: Type.Integer({ minimum: 0 }),
            page: Type.Integer({ minimum: 1 }),
            corrections: Type.Array(ref('Correction')),
          }),
        ),
      },
    },
  },
  'DELETE /corrections/:id': {
    tag,
    summary: 'Deletes one',
    description: 'Only its owner and an admin may; one without an owner, whoever signed in.',
    params: Type.Object({ id: Id }),
    answers: {
      200: { description: 'The one that was deleted', content: json(ref('Correction')) },
      303: { description: 'To a browser' },
    },
  },
  'GET /corrections/:id/delete': {
    tag,
    summary: 'A page that asks before its form deletes one',
    params: Type.Object({ id: Id }),
    answers: { 200: { description: 'The question', content: text('text/html') } },
  },
  'GET /corrections/delete': {
    tag,
    summary: 'A page that asks before its form deletes those that are meant',
    query: Type.Object(filter, strict),
    answers: {
      200: { description: 'How many they are', content: text('text/html') },
      303: { description: 'There are none' },
    },
  },
  'POST /corrections/delete': {
    tag,
    summary: 'Deletes those that are meant',
    description: "Of a user only their own, whatever is meant; of an admin everybody's.",
    body: jsonOrForm(Type.Object(filter, strict)),
    bodyOptional: true,
    answers: {
      200: { description: 'How many', content: json(Type.Object({ deleted: Type.Integer({ minimum: 0 }) })) },
      303: { description: 'To a browser' },
    },
  },
  'GET /corrections.json': {
    tag,
    summary: 'All of them as a file',
    query: Type.Object(filter, strict),
    answers: { 200: { description: 'The file', content: json(Type.Array(ref('Correction'))) } },
  },
  'GET /corrections-images-idx3-ubyte': file("Their images as MNIST's files have them"),
  'GET /corrections-labels-idx1-ubyte': file("Their digits as MNIST's files have them"),
  'POST /fine-tunes': {
    tag,
    summary: 'Teaches them to the model that reads: a short run from its weights',
    description:
      "It learns from the client's own corrections, an admin's from everybody's: those there are when it is asked for.",
    answers: {
      201: { description: 'The run', content: json(ref('Run')) },
      303: { description: 'To a browser' },
    },
  },
};
