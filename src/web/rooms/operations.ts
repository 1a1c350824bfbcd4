import { Type } from 'typebox';
import { json, jsonOrForm, jsonOrPage, type Operations, ref } from '../api/operation.ts';

const tag = 'Rooms';
const params = Type.Object({
  name: Type.String({ description: 'Of a room; "default" for the one that is always there' }),
});
const budget = {
  runs: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 100_000,
      description: 'Newest runs that keep all their checkpoints',
    }),
  ),
  megabytes: Type.Optional(
    Type.Union([Type.Integer({ minimum: 0, maximum: 1_000_000 }), Type.Null()], {
      description: 'Most that those may take together; null for any number',
    }),
  ),
};
const tokens = {
  description: 'The room, and its tokens, which are not told again',
  content: jsonOrPage(Type.Object({ room: ref('Room'), tokens: ref('RoomTokens') })),
};
const room = { description: 'The room', content: json(ref('Room')) };

export const rooms: Operations = {
  'GET /rooms': {
    tag,
    summary: 'Lists the rooms',
    answers: {
      200: {
        description: 'The default one first, then the oldest first',
        content: jsonOrPage(Type.Object({ rooms: Type.Array(ref('Room')) })),
      },
    },
  },
  'POST /rooms': {
    tag,
    summary: 'Makes a room',
    description:
      'Its pupils and teachers sign in at /rooms/{name} with its tokens, or send them as `Authorization: Bearer`; with ADMIN_TOKEN, `X-Room: {name}` makes any other request in it.',
    body: jsonOrForm(
      Type.Object(
        { name: Type.String({ minLength: 1, maxLength: 40 }), ...budget },
        { additionalProperties: false },
      ),
    ),
    answers: { 201: tokens },
  },
  'GET /rooms/:name': {
    tag,
    summary: 'One room; browsers that are not in it get a page to sign in',
    params,
    answers: { 200: { description: 'The room', content: jsonOrPage(ref('Room')) } },
  },
  'PATCH /rooms/:name': {
    tag,
    summary: 'Changes how many of its runs keep all their checkpoints',
    params,
    body: jsonOrForm(Type.Object(budget, { additionalProperties: false })),
    bodyOptional: true,
    answers: { 200: room },
  },
  'POST /rooms/:name/tokens': {
    tag,
    summary: 'Makes new tokens',
    description: 'The ones before, and sessions that began with them, no longer count.',
    params,
    answers: { 200: tokens },
  },
  'POST /rooms/:name/enter': {
    tag,
    summary: "Moves the operator's browser into the room, by a cookie",
    params,
    answers: { 200: room },
  },
  'DELETE /rooms/:name': {
    tag,
    summary: 'Deletes a room with its runs, sweeps and corrections',
    params,
    query: Type.Object(
      {
        dry_run: Type.Optional(
          Type.Unsafe<string>({ enum: ['true', 'false'], description: 'Only says what would be deleted' }),
        ),
      },
      { additionalProperties: false },
    ),
    answers: {
      200: {
        description: 'What it had, and whether it was deleted',
        content: json(Type.Object({ room: ref('Room'), deleted: Type.Boolean() })),
      },
    },
  },
};
