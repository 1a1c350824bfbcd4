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
/** As a form sends it; empty counts as omitted. */
const orText = (schema: TSchema, pattern: string) => Type.Union([schema, Type.String({ pattern })]);
/** `newest` excludes those that came after it, `mine` those of others. */
const filter = {
  truth: Type.Optional(orText(Digit, '^[0-9]?$')),
  answer: Type.Optional(orText(Digit, '^[0-9]?$')),
  newest: Type.Optional(orText(Page, '^([1-9][0-9]{0,8})?$')),
  mine: Type.Optional(
    Type.Unsafe<string>({
      enum: ['1', 1, ''],
      description: 'Only the client’s own: those of the browser or of `X-Owner`',
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
    summary: 'Stores the right digit of a drawing',
    description:
      'If both are sent, the strokes are kept when they produce the matrix. A picture may also be the whole body, with `truth` in the address; it must show one digit.',
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
    description: 'Only its owner and an admin may; anyone signed in, if it has no owner.',
    params: Type.Object({ id: Id }),
    answers: {
      200: { description: 'The deleted correction', content: json(ref('Correction')) },
      303: { description: 'To a browser' },
    },
  },
  'GET /corrections/:id/delete': {
    tag,
    summary: 'The page that asks for confirmation before deleting one',
    params: Type.Object({ id: Id }),
    answers: { 200: { description: 'The question', content: text('text/html') } },
  },
  'GET /corrections/delete': {
    tag,
    summary: 'The page that asks for confirmation before deleting the selected ones',
    query: Type.Object(filter, strict),
    answers: {
      200: { description: 'How many would be deleted', content: text('text/html') },
      303: { description: 'There are none' },
    },
  },
  'POST /corrections/delete': {
    tag,
    summary: 'Deletes the selected corrections',
    description: "A user's own only, whatever is selected; for an admin, everybody's.",
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
  'GET /corrections-images-idx3-ubyte': file("Their images, in MNIST's file format"),
  'GET /corrections-labels-idx1-ubyte': file("Their digits, in MNIST's file format"),
  'POST /fine-tunes': {
    tag,
    summary: 'Fine-tunes the model in service on them: a short run from its weights',
    description:
      "It trains on the client's own corrections, an admin's on everybody's, as they are at the time of the request.",
    answers: {
      201: { description: 'The run', content: json(ref('Run')) },
      303: { description: 'To a browser' },
    },
  },
};
