import { Type } from 'typebox';
import {
  Id,
  Image,
  json,
  jsonOrForm,
  jsonText,
  type Operations,
  pictureAlone,
  ref,
  text,
} from '../api/operation.ts';

const NDJSON = 'application/x-ndjson';
const tag = 'Recognition';

export const recognition: Operations = {
  'POST /recognize': {
    tag,
    summary: 'Reads a digit, or many',
    description:
      'A form field `matrix` is answered with text, “Digit 7”; JSON with JSON, unless Accept says otherwise. Any number of JSON lines are answered line by line as they arrive. A form may send the 784 numbers as that many fields `matrix`, `matrix[]` or `matrix[0][0]`, and a picture as text; a picture alone is read by its first bytes, whatever its content type. Text answers have a `hint` in the header X-Hint.',
    body: {
      'application/json': Type.Union([
        Type.Object({ matrix: ref('Matrix'), run: Type.Optional(runField()) }),
        Type.Object({ strokes: ref('Strokes'), run: Type.Optional(runField()) }),
        Type.Object({ image: ref('PictureText'), run: Type.Optional(runField()) }),
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
        run: Type.Optional(runField()),
      }),
      'multipart/form-data': Type.Object({ image: Image, run: Type.Optional(runField()) }),
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
            }),
          ]),
          ...text('text/plain', 'text/html', NDJSON),
        },
      },
    },
  },
};

function runField() {
  return Type.Integer({ minimum: 1, description: "Use this run's newest weights" });
}

export const model: Operations = {
  'GET /model': {
    tag: 'Model',
    summary: 'The model in service',
    answers: { 200: { description: 'It', content: json(ref('Model')) } },
  },
  'POST /model': {
    tag: 'Model',
    summary: 'Puts another model into service',
    body: jsonOrForm(
      Type.Object({
        run: Type.Union([Id, Type.Literal('shipped'), Type.Literal('file')], {
          description: 'A run, whose best weights are used, the built-in model, or the file named by MODEL',
        }),
      }),
    ),
    answers: {
      200: { description: 'The model now in service', content: json(ref('Model')) },
      303: { description: 'To a browser' },
    },
  },
};
