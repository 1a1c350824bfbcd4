import { Type } from 'typebox';
import { json, jsonOrPage, type Operations, ref } from '../api/operation.ts';

const tag = 'People';
const params = Type.Object({ id: Type.String({ description: 'As the `id` of an `owner`' }) });
const answers = {
  200: {
    description: 'What was theirs, and whether it is erased',
    content: json(Type.Object({ person: ref('Person'), erased: Type.Boolean() })),
  },
};

export const people: Operations = {
  'GET /people': {
    tag,
    summary: 'Lists whose runs, sweeps and corrections are here',
    answers: {
      200: {
        description: 'Whoever was here last first',
        content: jsonOrPage(Type.Object({ people: Type.Array(ref('Person')) })),
      },
    },
  },
  'DELETE /people/:id': {
    tag,
    summary: 'Erases all that is somebody’s: runs, sweeps, corrections, names',
    params,
    query: Type.Object(
      {
        dry_run: Type.Optional(
          Type.Unsafe<string>({ enum: ['true', 'false'], description: 'Only tells what would be erased' }),
        ),
      },
      { additionalProperties: false },
    ),
    answers,
  },
  'POST /people/:id/erase': { tag, summary: 'The same, as a form asks for it', params, answers },
};
