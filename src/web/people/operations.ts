import { Type } from 'typebox';
import { json, jsonOrPage, type Operations, ref } from '../api/operation.ts';

const tag = 'People';
const params = Type.Object({ id: Type.String({ description: 'The `id` of an `owner`' }) });
const answers = {
  200: {
    description: 'What they had, and whether it was erased',
    content: json(Type.Object({ person: ref('Person'), erased: Type.Boolean() })),
  },
};

export const people: Operations = {
  'GET /people': {
    tag,
    summary: 'Lists who has runs, sweeps or corrections here',
    answers: {
      200: {
        description: 'Most recently active first',
        content: jsonOrPage(Type.Object({ people: Type.Array(ref('Person')) })),
      },
    },
  },
  'DELETE /people/:id': {
    tag,
    summary: 'Erases a person: runs, sweeps, corrections, name',
    params,
    query: Type.Object(
      {
        dry_run: Type.Optional(
          Type.Unsafe<string>({ enum: ['true', 'false'], description: 'Only says what would be erased' }),
        ),
      },
      { additionalProperties: false },
    ),
    answers,
  },
  'POST /people/:id/erase': { tag, summary: 'The same, for HTML forms', params, answers },
};
