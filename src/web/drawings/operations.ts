import { Type } from 'typebox';
import { Id, Image, jsonText, type Operations, orEmpty, pictureAlone, ref, text } from '../api/operation.ts';

const NDJSON = 'application/x-ndjson';
const tag = 'Recognition';

export const recognition: Operations = {
  'POST /recognize': {
    tag,
    summary: 'Reads a digit, or many',
    description:
      'A form field `matrix` is answered with text, “Digit 7”; JSON with JSON, unless Accept says otherwise. Any number of JSON lines are answered line by line as they arrive. A form may send the 784 numbers as that many fields `matrix`, `matrix[]` or `matrix[0][0]`, and a picture as text; a picture alone is read by its first bytes, whatever its content type. Text answers have a `hint` in the header X-Hint.',
    query: Type.Object({
      model: Type.Optional(readerName('The model to read with')),
      beside: Type.Optional(readerName('A model that reads it too')),
      explain: Type.Optional(
        orEmpty(
          Type.String({
            description:
              '`1`: the answer to one input also has what each layer computed for it (of several digits for the first); or the value to write out, as `at` of `GET /inside`',
          }),
        ),
      ),
    }),
    body: {
      'application/json': Type.Union([
        Type.Object({ matrix: ref('Matrix'), ...readers() }),
        Type.Object({ strokes: ref('Strokes'), ...readers() }),
        Type.Object({ image: ref('PictureText'), ...readers() }),
        Type.Object({
          inputs: Type.Array(Type.Union([ref('Input'), Type.Unknown()]), {
            minItems: 1,
            maxItems: 1000,
            description: 'An input that cannot be read has an error in its place',
          }),
        }),
      ]),
      'application/x-www-form-urlencoded': Type.Object({
        matrix: Type.Optional(jsonText('A matrix as JSON')),
        strokes: Type.Optional(jsonText('Strokes as JSON')),
        image: Type.Optional(ref('PictureText')),
        ...readers(),
      }),
      'multipart/form-data': Type.Object({ image: Image, ...readers() }),
      ...pictureAlone,
      [NDJSON]: Type.String({ description: 'One matrix, drawing or image per line' }),
    },
    answers: {
      200: {
        description: 'What was read',
        content: {
          'application/json': Type.Union([
            ref('Reading'),
            Type.Object({
              results: Type.Array(
                Type.Union([
                  ref('Reading'),
                  Type.Object({ error: Type.Object({ code: Type.String(), message: Type.String() }) }),
                ]),
              ),
              model: Type.String(),
              version: ref('ModelId'),
              run: Type.Union([Id, Type.Null()]),
              epoch: Type.Union([Id, Type.Null()]),
            }),
          ]),
          ...text('text/plain', 'text/html', NDJSON),
        },
      },
    },
  },
};

/** Which model reads, and which one beside it. */
function readers() {
  return {
    run: Type.Optional(Type.Integer({ minimum: 1, description: "Use this run's newest weights" })),
    model: Type.Optional(readerName('The model to read with')),
    beside: Type.Optional(
      readerName('A model that reads it too: its reading is the member `beside` of the answer'),
    ),
  };
}

function readerName(description: string) {
  return Type.String({
    minLength: 1,
    description: `${description}: its id, "service" for the one in use, "mine" for the client's own`,
  });
}
